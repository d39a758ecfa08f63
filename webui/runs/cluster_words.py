"""What a stage would do on the cluster's machines, in sentences, each with what that means for the network. PURE.

Each stage's function is asked only when something differs for the stage: `before` is the spec that it was carried out
with last (None: never), `wanted` the one of this run, `fresh` the machines that are new to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from webui.runs import scope
from webui.runs.vcenter_diff import listed, named
from webui.spec import Change, ClusterSpec, changes
from webui.spec.model.l3out import Anchor

CONTROL, WORKERS, NETWORK, ADD_ONS = scope.OF_CLUSTER


@dataclass(frozen=True)
class Step:
    """`note`: what it means for what runs; "" when it goes without saying."""

    text: str
    note: str = ""


AGAIN = Step("Brings the machines to the current settings.")
"""Something differs that has no words of its own, such as the address of a mirror that was derived anew."""

REHASH = "Next hops change: flows are hashed anew once. Sessions that stay are not reset."
RESETS = "Its sessions are reset once; routes over other leaves stay."
NOTES = {
    "l3out.bgp.password": "Sessions close until both sides have it: nodes and leaves are out of touch for a while.",
    "l3out.bgp.cluster_as": "Every session closes and opens with the new AS.",
    "l3out.bgp.fabric_as": "Every session closes and opens with the new AS.",
    "l3out.bgp.keepalive": "Every session is reset once.",
    "l3out.bgp.hold": "Every session is reset once.",
    "l3out.bgp.max_restart": "Counts from the next restart on. Sessions are not reset.",
    "network.external_services": "Services with an address of the old subnet lose it and get another one.",
    "cluster.calico_mtu": "Counts for pods that start from now on.",
    "cluster.ebpf": "Connections through services are cut once.",
}
"""What it means for the network, by the path of what changes."""

ROWS = ("machines.control_plane", "machines.workers")
"""Machines that come or go are told by what happens to them."""


def hosts(before: ClusterSpec | None, wanted: ClusterSpec, names: Sequence[str]) -> list[Step]:
    """Machines are made fit for Kubernetes, and get what it is made of."""
    if not names:
        return []
    changed = _changed(before, wanted, scope.HOSTS) if before else []
    return [Step(f"Prepares {named(list(names))}."), *changed]


def control_plane(before: ClusterSpec | None, wanted: ClusterSpec, fresh: Sequence[str]) -> list[Step]:
    """Kubernetes comes onto the first machines, or goes on to more."""
    count = len(wanted.machines.control_plane)
    if before is None:
        version = wanted.cluster.kubernetes_version or ""
        return [Step(f"Installs Kubernetes {version} on {_count(count, 'control-plane machine')}.")]
    joins = [Step(f"Joins {listed(fresh)} to the control plane.", _quorum(count, "more"))] if fresh else []
    names = [str(row.name) for row in wanted.machines.control_plane]
    gone = [str(row.name) for row in before.machines.control_plane if row.name not in names]
    left = [Step(f"Takes {listed(gone)} from behind the API address.")] if gone else []
    return [*joins, *left, *_changed(before, wanted, CONTROL)] or [AGAIN]


def workers(before: ClusterSpec | None, wanted: ClusterSpec, fresh: Sequence[str]) -> list[Step]:
    """Machines join, or those that did get other settings."""
    joins = [Step(f"Joins {_workers(fresh)}.")] if fresh else []
    if before is None:
        return joins
    return [*joins, *_changed(before, wanted, WORKERS)] or [AGAIN]


def network(before: ClusterSpec | None, wanted: ClusterSpec, fresh: Sequence[str]) -> list[Step]:
    """BGP between nodes and leaves, and what hands out addresses."""
    if before is None:
        plugin = {"calico": "Calico", "kube-router": "kube-router"}.get(str(wanted.cluster.cni), "the pod network")
        return [Step(f"Installs {plugin} and peers with {_count(len(wanted.l3out.anchors), 'leaf', 'leaves')}.")]
    # A machine that leaves and joins in another role is a new node, too.
    new = {*fresh, *(_names(wanted) - _names(before))}
    others = _changed(before, wanted, NETWORK, "l3out.anchors")
    return [*_peered(wanted, new), *_leaves(before, wanted), *others] or [AGAIN]


def add_ons(before: ClusterSpec | None, wanted: ClusterSpec, fresh: Sequence[str]) -> list[Step]:
    """What is installed on top comes, goes, or is set up differently."""
    old, new = (before.cluster.add_ons if before else ()), wanted.cluster.add_ons
    added, gone = [one for one in new if one not in old], [one for one in old if one not in new]
    found = [Step(f"Installs {listed(added)}.")] if added else []
    if gone:
        found.append(Step(f"Removes {listed(gone)}.", "What they kept in the cluster goes with them."))
    if before and new:
        found += _changed(before, wanted, ADD_ONS, "cluster.add_ons")
    return found or ([AGAIN] if before and new else [])


def removals(names: Sequence[str], masters: Sequence[str], left: int, leaves: Sequence[str]) -> list[Step]:
    """What leaves a living cluster before the fabric and vCenter are changed. `left`: control-plane machines that
    stay."""
    found = [Step(f"Removes {one} from the control plane.", _quorum(left, "less")) for one in masters]
    rest = [one for one in names if one not in masters]
    if rest:
        found.append(Step(f"Drains and removes {listed(rest)}.", "Pods move to other machines, where these have room."))
    if leaves:
        what = f"BGP {'peer' if len(leaves) == 1 else 'peers'} {listed([f'leaf-{one}' for one in leaves])}"
        found.append(Step(f"Takes the {what} from the nodes.", f"Routes leave before the leaf does. {REHASH}"))
    return found


def lost(machines: Sequence[str]) -> Step:
    """No control-plane machine stays: there is nothing to remove machines from."""
    return Step(
        f"Gives up the cluster on {named(list(machines))}.",
        "Every control-plane machine goes: Kubernetes is installed anew, and all that it held is lost.",
    )


def _names(spec: ClusterSpec) -> set[str]:
    return {str(row.name) for row in (*spec.machines.control_plane, *spec.machines.workers)}


def _peered(wanted: ClusterSpec, fresh: Collection[str]) -> Iterable[Step]:
    rows = [row for row in (*wanted.machines.control_plane, *wanted.machines.workers) if row.name in fresh]
    for rack in dict.fromkeys(row.rack for row in rows):
        names = listed([str(row.name) for row in rows if row.rack == rack])
        leaves = [str(leaf.node) for leaf in wanted.l3out.anchors if leaf.rack == rack]
        which = f"{'leaf' if len(leaves) == 1 else 'leaves'} {listed(leaves)}" if leaves else "no leaf"
        yield Step(f"Peers {names} with {which}.", "Sessions of the other machines stay as they are.")


def _leaves(before: ClusterSpec, wanted: ClusterSpec) -> Iterable[Step]:
    old, new = _by_node(before), _by_node(wanted)
    added = [node for node in new if node not in old]
    if added:
        yield Step(f"Adds the BGP {_peers(added)}.", REHASH)
    for node in (node for node in new if node in old and new[node] != old[node]):
        moved = new[node].rack != old[node].rack
        what = f"moves to rack {new[node].rack}" if moved else "gets another address"
        yield Step(f"The BGP peer leaf-{node} {what}.", RESETS)
    gone = [node for node in old if node not in new]
    if gone:
        yield Step(f"Removes the BGP {_peers(gone)}.", REHASH)


def _changed(before: ClusterSpec, wanted: ClusterSpec, stage: str, *told: str) -> list[Step]:
    """Settings of the stage that differ, apart from `told` fields and from machines that come or go."""
    found = [one for one in changes(before, wanted) if stage in one.stages and not one.field.startswith(told)]
    kept = [one for one in found if one.field.rpartition(".")[0] not in ROWS]
    return [Step(one.sentence, _note(one) if stage == NETWORK else "") for one in kept]


def _note(change: Change) -> str:
    return next((note for path, note in NOTES.items() if change.field.startswith(path)), "")


def _quorum(left: int, word: str) -> str:
    bear = (left - 1) // 2
    means = "none may be lost" if bear == 0 else f"{_spelled(bear)} may be lost"
    return f"etcd has a member {word}, {left} in all: of them {means}."


def _spelled(number: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(number, str(number))


def _by_node(spec: ClusterSpec) -> dict[int | None, Anchor]:
    return {leaf.node: leaf.model_copy(update={"router_id": None, "pod": None}) for leaf in spec.l3out.anchors}


def _peers(nodes: Iterable[object]) -> str:
    names = [f"leaf-{node}" for node in nodes]
    return f"{'peer' if len(names) == 1 else 'peers'} {listed(names)}"


def _workers(names: Sequence[str]) -> str:
    return listed(list(names)) if len(names) < 2 else _count(len(names), "worker")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
