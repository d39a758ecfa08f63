"""What differs between the applied spec and the wanted one, in words, with the stages that it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import SecretStr

from webui.spec.model import ClusterSpec, Part
from webui.spec.parsing import join, label, shapes

Kind = Literal["add", "change", "remove"]

FABRIC, MACHINES, HOSTS, CONTROL, WORKERS, NETWORK, ADD_ONS = (
    "fabric",
    "machines",
    "hosts",
    "control plane",
    "workers",
    "network",
    "add-ons",
)
STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("name", (MACHINES, NETWORK)),
    ("l3out.anchors.*.rack", (NETWORK,)),
    ("l3out.anchors.*.pod", (FABRIC,)),
    ("l3out.anchors.*.router_id", (FABRIC,)),
    ("l3out.anchors", (FABRIC, NETWORK)),
    ("l3out.bgp.fabric_as", (NETWORK,)),
    ("l3out.bgp.max_restart", (NETWORK,)),
    ("l3out.bgp.stale", (FABRIC,)),
    ("l3out.bgp.max_prefixes", (FABRIC,)),
    ("l3out.bgp.vrf_policy", (FABRIC,)),
    ("l3out.bgp.next_hop_unchanged", (FABRIC,)),
    ("l3out.bgp", (FABRIC, NETWORK)),
    ("l3out.mtu", (FABRIC, HOSTS)),
    ("l3out.node_subnet", (FABRIC, MACHINES, HOSTS, NETWORK, ADD_ONS)),
    ("l3out.secondary", (FABRIC, MACHINES, HOSTS)),
    ("l3out", (FABRIC,)),
    ("network.ingress", (NETWORK, ADD_ONS)),
    ("network.external_services", (FABRIC, HOSTS, NETWORK, ADD_ONS)),
    ("network", (FABRIC, HOSTS, CONTROL, NETWORK, ADD_ONS)),
    ("vcenter", (MACHINES,)),
    ("machines.control_plane.*.rack", (MACHINES, NETWORK)),
    ("machines.control_plane.*.v6", (MACHINES, HOSTS, CONTROL)),
    ("machines.control_plane", (MACHINES, HOSTS, CONTROL, NETWORK, ADD_ONS)),
    ("machines.workers.*.rack", (MACHINES, NETWORK)),
    ("machines.workers.*.v6", (MACHINES, HOSTS, WORKERS)),
    ("machines.workers", (MACHINES, HOSTS, WORKERS, NETWORK)),
    ("machines.user", (MACHINES, HOSTS, CONTROL, WORKERS, NETWORK, ADD_ONS)),
    ("machines", (MACHINES,)),
    ("cluster.kubernetes_version", (HOSTS, CONTROL)),
    ("cluster.cni", (CONTROL, NETWORK, ADD_ONS)),
    ("cluster.ebpf", (NETWORK,)),
    ("cluster.typha", (NETWORK,)),
    ("cluster.calico_version", (NETWORK,)),
    ("cluster.load_balancer", (NETWORK, ADD_ONS)),
    ("cluster.calico_mtu", (NETWORK,)),
    ("cluster.add_ons", (ADD_ONS,)),
    ("cluster.vip", (HOSTS, CONTROL)),
    ("cluster.port", (CONTROL,)),
    ("cluster.keepalived_router_id", (CONTROL,)),
    ("cluster.dns.domain", (MACHINES, HOSTS, NETWORK, ADD_ONS)),
    ("cluster.dns", (MACHINES, HOSTS)),
    ("cluster.proxy", (HOSTS, NETWORK, ADD_ONS)),
    ("cluster.apt_mirror", (HOSTS, NETWORK, ADD_ONS)),
    ("cluster.registries.*.ca", (HOSTS,)),
    ("cluster.registries", (HOSTS, NETWORK, ADD_ONS)),
    ("cluster.container_runtime", (HOSTS, CONTROL, WORKERS)),
    ("cluster.expert.containerd", (HOSTS,)),
    ("cluster.expert.kubeadm", (HOSTS, CONTROL)),
    ("cluster.expert.ignore_preflight", (CONTROL, WORKERS)),
    ("cluster.expert", (CONTROL,)),
    ("cluster", (HOSTS,)),
)
"""Which stages a field concerns; the first entry that fits counts. Machines' stages are those whose playbook uses it (a
test); where there is a proxy, what is reached without it concerns all that fetch images."""

ROWS = {
    "l3out.anchors": ("node", "Leaf"),
    "machines.control_plane": ("name", "Machine"),
    "machines.workers": ("name", "Machine"),
    "cluster.registries": ("upstream", "Registry mirror"),
}
"""Lists whose rows are told apart by a field of theirs: all that are not of plain values."""

UNSEEN = ("fabric.password", "version", "cluster.manifest_mirror")
"""Fields that change nothing that was built."""


@dataclass(frozen=True)
class Change:
    """One difference. `field` is a path in the wanted spec (in the applied one for what is removed)."""

    kind: Kind
    field: str
    sentence: str
    stages: tuple[str, ...]


def changes(applied: ClusterSpec | None, wanted: ClusterSpec) -> list[Change]:
    """The differences in the document's order; without an applied spec the one change is that the cluster is new.

    Compare completed specs: a value that is derived in one and given in the other is no change.
    """
    if applied is None:
        name = wanted.name or "The cluster"
        return [Change("add", "name", f"{name} is new.", stages_of_mode(wanted))]
    return list(_part(applied, wanted, ""))


def stages_of_mode(spec: ClusterSpec) -> tuple[str, ...]:
    """The stages that build a cluster of this mode."""
    if spec.mode == "no-cluster":
        return (FABRIC,)
    machines = (MACHINES,) if spec.mode != "bare-metal" else ()
    return (FABRIC, *machines, HOSTS, CONTROL, WORKERS, NETWORK, ADD_ONS)


def _part(before: Part, after: Part, path: str, row: str = "") -> Iterator[Change]:
    for name, shape in shapes(type(after)).items():
        here, old, new = join(path, name), getattr(before, name), getattr(after, name)
        if old == new or here in UNSEEN:
            continue
        if here in ROWS:
            yield from _rows(old, new, here)
        elif shape.kind == "part":
            yield from _part(old, new, here)
        else:
            yield _value(here, old, new, f"{row}, {shape.title}" if row else label(here))


def _rows(before: tuple[Part, ...], after: tuple[Part, ...], path: str) -> Iterator[Change]:
    key, word = ROWS[path]
    old, new = _by_key(before, key), _by_key(after, key)
    for row, (n, entry) in new.items():
        place = join(path, n)
        if row not in old:
            yield Change("add", place, f"{word} {row} is added{_to_rack(entry)}.", _stages(path))
        else:
            yield from _part(old[row][1], entry, place, f"{word} {row}")
    for row, (n, entry) in old.items():
        if row not in new:
            yield Change("remove", join(path, n), f"{word} {row} is removed{_from_rack(entry)}.", _stages(path))


def _by_key(rows: tuple[Part, ...], key: str) -> Mapping[Any, tuple[int, Part]]:
    return {getattr(entry, key) or f"in row {n + 1}": (n, entry) for n, entry in enumerate(rows)}


def _to_rack(entry: Part) -> str:
    rack = getattr(entry, "rack", None)
    return f" to rack {rack}" if rack else ""


def _from_rack(entry: Part) -> str:
    rack = getattr(entry, "rack", None)
    return f" from rack {rack}" if rack else ""


def _value(path: str, before: Any, after: Any, title: str) -> Change:
    if _untold(before) or _untold(after):
        kind, words = _kind(before, after), {"add": "is set", "change": "is another one", "remove": "is taken away"}
        return Change(kind, path, f"{title}: it {words[kind]}.", _stages(path))
    verb = "become" if isinstance(before, tuple) and len(before) > 1 else "becomes"
    return Change(_kind(before, after), path, f"{title}: {_words(before)} {verb} {_words(after)}.", _stages(path))


def _untold(value: Any) -> bool:
    """A secret, or a text of several lines, such as a certificate: its beginning says nothing."""
    return isinstance(value, SecretStr) or (isinstance(value, str) and "\n" in value)


def _kind(before: Any, after: Any) -> Kind:
    if before in (None, ()):
        return "add"
    return "remove" if after in (None, ()) else "change"


def _words(value: Any) -> str:
    if value in (None, ()):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    text = " ".join(str(value).split())
    return f"{text[:60]}…" if len(text) > 60 else text


def _stages(path: str) -> tuple[str, ...]:
    plain = ".".join("*" if step.isdigit() else step for step in path.split("."))
    return next((stages for prefix, stages in STAGES if plain == prefix or plain.startswith(f"{prefix}.")), ())
