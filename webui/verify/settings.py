"""What the APIC has, against the spec: each line a setting that sessions and routes depend on. PURE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from webui.verify.causes import Book, Cause, listed
from webui.verify.expected import WantedLeaf
from webui.verify.lookup import Looked, within
from webui.verify.report import Cell, Setting
from webui.verify.seen import Family, PeerConfig

CONTROLS = {"as-override": "as-override", "dis-peer-as-check": "peer AS check off"}
FINE = Cell("ok", "Same")
DRIFT = "Check for drift on the cluster's page, then apply the plan: it sets the APIC back to the spec."


@dataclass(frozen=True)
class _Line:
    """A setting; `why` says what is wrong with it, "" when it is right."""

    title: str
    wanted: str
    found: str
    why: str
    field: str = ""
    page: str = "l3out"
    evidence: tuple[str, ...] = ()


def rows(looked: Looked, book: Book) -> tuple[Setting, ...]:
    """A line for each setting; none where the APIC was not asked."""
    if looked.seen.fabric is None:
        return ()
    lines = tuple(_setting(line, book) for make in LINES for line in make(looked))
    return (*lines, _faults(looked, book))


def _setting(line: _Line, book: Book) -> Setting:
    if not line.why:
        return Setting(line.title, line.wanted, line.found, FINE)
    cause = Cause("setting", line.title, line.why, DRIFT, line.field, line.page, line.evidence)
    number = book.note(cause, f"{line.title}: not as in the spec.")
    return Setting(line.title, line.wanted, line.found, Cell("bad", "Differs", finding=number))


def _peers(looked: Looked) -> Iterator[tuple[WantedLeaf, Family, PeerConfig]]:
    for leaf in looked.expected.leaves:
        for family in looked.expected.families:
            for config in looked.configs(leaf, family):
                if any(ip_network(config.range, strict=False) == ip_network(one) for one in looked.expected.subnets):
                    yield leaf, family, config


def _changed(looked: Looked, configs: list[PeerConfig]) -> tuple[str, ...]:
    applied = looked.seen.applied_at
    late = [one for one in configs if applied and one.changed > applied]
    return tuple(f"{one.dn} was changed at {one.changed[:19]}, after the last apply." for one in late[:2])


def _remote_as(looked: Looked) -> Iterator[_Line]:
    wanted = looked.expected.cluster_as
    found = [(leaf, config) for leaf, _, config in _peers(looked)]
    if not found:
        return
    others = [(leaf, config) for leaf, config in found if config.asn != wanted]
    names = listed(dict.fromkeys(f"leaf {leaf.node} ({config.asn or 'none'})" for leaf, config in others))
    why = f"Another AS for the nodes stands on {names}." if others else ""
    shown = listed(dict.fromkeys(str(config.asn or "none") for _, config in found))
    evidence = _changed(looked, [config for _, config in others])
    yield _Line("AS of the nodes", str(wanted), shown, why, "l3out.bgp.cluster_as", evidence=evidence)


def _controls(looked: Looked) -> Iterator[_Line]:
    found = [(leaf, config) for leaf, _, config in _peers(looked)]
    if not found:
        return
    poor = [(leaf, config) for leaf, config in found if not config.controls.issuperset(CONTROLS)]
    names = listed(dict.fromkeys(f"leaf {leaf.node}" for leaf, _ in poor))
    lost = [words for name, words in CONTROLS.items() if any(name not in config.controls for _, config in poor)]
    why = (
        f"{listed(lost)} {'is' if len(lost) == 1 else 'are'} missing on {names}: nodes share one AS, so they drop each "
        "other's routes, and pods on different nodes do not reach each other."
        if poor
        else ""
    )
    wanted = listed(CONTROLS.values())
    shown = f"without {listed(lost)} on {names}" if poor else wanted
    evidence = _changed(looked, [config for _, config in poor])
    yield _Line("Peer controls", wanted, shown, why, "l3out.anchors", evidence=evidence)


def _addresses(looked: Looked) -> Iterator[_Line]:
    wrong = []
    for leaf in looked.expected.leaves:
        for family in looked.expected.families:
            found = looked.interface(leaf, family)
            if found is None or found.address != leaf.address(family):
                wrong.append(f"leaf {leaf.node}: {found.address if found else 'no interface'}")
    count = len(looked.expected.leaves) * len(looked.expected.families)
    why = f"Not where the spec has them: {listed(wrong)}." if wrong else ""
    shown = listed(wrong) if wrong else f"{count} as in the spec"
    yield _Line("Leaves' addresses", f"{count} addresses", shown, why, "l3out.anchors")


def _mtu(looked: Looked) -> Iterator[_Line]:
    wanted = str(looked.expected.mtu)
    found = {one.mtu for one in looked.fabric.interfaces if one.mtu}
    if found:
        why = "The floating interfaces have another MTU." if found != {wanted} else ""
        yield _Line("MTU", wanted, listed(sorted(found)), why, "l3out.mtu")


def _timers(looked: Looked) -> Iterator[_Line]:
    expected, found = looked.expected, looked.fabric.policies
    wanted = f"keepalive {expected.keepalive} s, hold {expected.hold} s"
    if found.hold is None:
        why = "The L3Out refers to no timers: the fabric's defaults hold (60 s and 180 s)."
        yield _Line("Timers", wanted, "none", why, "l3out.bgp.hold")
        return
    same = (found.keepalive, found.hold) == (expected.keepalive, expected.hold)
    why = "" if same else "The timers' policy was changed: a silent node is noticed at another time."
    yield _Line("Timers", wanted, f"keepalive {found.keepalive} s, hold {found.hold} s", why, "l3out.bgp.hold")


def _limit(looked: Looked) -> Iterator[_Line]:
    wanted, found = looked.expected.max_prefixes, looked.fabric.policies.max_prefixes
    why = "" if found == wanted else "The prefix limit of the peers was changed."
    yield _Line("Prefix limit", str(wanted), str(found or "none"), why, "l3out.bgp.max_prefixes")


def _paths(looked: Looked) -> Iterator[_Line]:
    wanted, found = looked.expected.paths, looked.fabric.policies.max_ecmp
    there = found if found is not None else 16
    why = "" if there >= wanted else f"The VRF keeps {there} equal paths: a service is spread over no more nodes."
    shown = str(found) if found is not None else "16, the default"
    yield _Line("Equal paths (ECMP)", f"at least {wanted}", shown, why, "l3out.bgp.vrf_policy")


def _route_control(looked: Looked) -> Iterator[_Line]:
    pools = looked.expected.pools
    lost = [pool for pool in pools if not within(pool, looked.fabric.policies.imported)]
    why = f"The import rule does not let in {listed(lost)}: leaves take none of their routes." if lost else ""
    shown = f"without {listed(lost)}" if lost else f"{len(pools)} subnets"
    yield _Line("Import route control", f"{len(pools)} subnets", shown, why, "network.pods.v4", "network")


def _fabric_as(looked: Looked) -> Iterator[_Line]:
    wanted, found = looked.expected.fabric_as, looked.fabric.policies.fabric_as
    if found is not None:
        why = "" if found == wanted else "The fabric's AS is another one: nodes refuse its leaves."
        yield _Line("AS of the fabric", str(wanted), str(found), why, "l3out.bgp.fabric_as")


def _faults(looked: Looked, book: Book) -> Setting:
    faults = [fault for fault in looked.fabric.faults if fault.severity in ("major", "critical")]
    # Faults of a leaf's BGP are told at its sessions, as long as one of them is down.
    heavy = [fault for fault in faults if "/sys/bgp/" not in fault.dn]
    if not heavy:
        return Setting(
            "Faults", "none that is major", f"{len(looked.fabric.faults) or 'none'}", Cell("ok", "None major")
        )
    cause = Cause(
        "fault",
        "faults",
        listed([f"{fault.code}: {fault.text}" for fault in heavy], 3),
        "Look at them on the APIC, below the L3Out.",
        evidence=tuple(f"{fault.severity} {fault.code} on {fault.dn}" for fault in heavy),
        severity="warn",
    )
    number = book.note(cause, "The APIC raises faults on the L3Out.")
    return Setting("Faults", "none that is major", str(len(heavy)), Cell("warn", "Look", finding=number))


LINES: tuple[Callable[[Looked], Iterator[_Line]], ...] = (
    _fabric_as,
    _remote_as,
    _controls,
    _addresses,
    _mtu,
    _timers,
    _limit,
    _paths,
    _route_control,
)
