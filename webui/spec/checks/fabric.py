"""How the APIC is reached, names that must stand together, and the limits of the fabric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from webui.spec.checks.registry import Subject, check
from webui.spec.inventory import leaf_name, machine_rows
from webui.spec.problem import Problem, blocking, warning

ANCHORS = 6
PEERS = 2000
"""Limits of ACI 6.1(2): anchor leaves of one floating L3Out, BGP neighbours of one leaf."""


@check
def controllers(subject: Subject) -> Iterator[Problem]:
    """Up to three different controllers."""
    apics = subject.spec.fabric.apics
    if len(apics) > 3:
        yield blocking("fabric.apics", f"{len(apics)} APIC addresses are given.", "Keep three of one cluster.")
    for host, times in Counter(apics).items():
        if times > 1:
            yield warning("fabric.apics", f"{host} is given {times} times.", "Give each controller once.")


@check
def unverified(subject: Subject) -> Iterator[Problem]:
    """Switching verification off is said aloud."""
    for section, page in ((subject.spec.fabric, "fabric"), (subject.spec.vcenter, "vcenter")):
        if section.tls.unverified:
            sentence = "The server's certificate is not verified: anyone in between can read and change what is sent."
            yield warning(
                f"{page}.tls.verify", sentence, "Verify it, and pin the CA certificate if the system does not know it."
            )


@check
def reachable_names(subject: Subject) -> Iterator[Problem]:
    """The APIC finds VRF and contract by name in the L3Out's tenant or in common, nowhere else."""
    l3out = subject.spec.l3out
    for path, what, tenant in (
        ("l3out.vrf.tenant", "VRF", l3out.vrf.tenant),
        ("l3out.contract.tenant", "contract", l3out.contract.tenant),
    ):
        if tenant and l3out.tenant and tenant not in (l3out.tenant, "common"):
            sentence = f"The {what} is in tenant {tenant}, which an L3Out of tenant {l3out.tenant} cannot refer to."
            yield blocking(path, sentence, f"Choose a {what} of tenant {l3out.tenant} or of tenant common.")


@check
def anchor_limit(subject: Subject) -> Iterator[Problem]:
    """How many anchor leaves the fabric takes."""
    count = len(subject.spec.l3out.anchors)
    if count > ANCHORS:
        sentence = f"{count} anchor leaves are given; a floating L3Out takes {ANCHORS}."
        yield blocking(
            "l3out.anchors", sentence, f"Keep {ANCHORS}. Other leaves still reach the cluster as non-anchors, up to 32."
        )
    elif count == 1:
        sentence = "With one anchor leaf, its reload cuts the whole cluster off."
        yield warning("l3out.anchors", sentence, "Add a second leaf to its rack.")


@check
def peer_limit(subject: Subject) -> Iterator[Problem]:
    """How many BGP neighbours a leaf takes."""
    families = 2 if subject.spec.l3out.node_subnet.v6 else 1
    racks = Counter(getattr(subject.spec.machines, role)[n].rack for _, role, n in machine_rows(subject.spec))
    for n, leaf in enumerate(subject.spec.l3out.anchors):
        peers = families * racks[leaf.rack]
        if leaf.rack and peers > PEERS:
            sentence = (
                f"{leaf_name(subject.spec, n).capitalize()} would have {peers} BGP neighbours; a leaf takes {PEERS}."
            )
            yield blocking(f"l3out.anchors.{n}.rack", sentence, "Spread the machines over more racks.")


@check
def version_limits(subject: Subject) -> Iterator[Problem]:
    """What the APIC's version can do."""
    version = subject.facts.version if subject.facts else None
    if version is None:
        return
    if not version.at_least(5):
        sentence = f"ACI {version} has no floating SVI for physical domains; it came with 5.0."
        yield blocking("fabric.apics", sentence, "Upgrade the fabric, or choose another one.")
    elif not version.at_least(6, 1, 2):
        sentence = (
            f"With ACI {version}, traffic spreads over nodes only if all of them hang on anchor leaves, or none does."
        )
        yield warning(
            "l3out.anchors", sentence, "Make every leaf that has machines an anchor leaf, or upgrade to 6.1(2)."
        )


@check
def next_hop(subject: Subject) -> Iterator[Problem]:
    """Next hop unchanged needs 6.1(2) and one pod."""
    path, l3out = "l3out.bgp.next_hop_unchanged", subject.spec.l3out
    version = subject.facts.version if subject.facts else None
    pods = {leaf.pod for leaf in l3out.anchors if leaf.pod is not None}
    if not l3out.bgp.next_hop_unchanged:
        return
    if version is not None and not version.at_least(6, 1, 2):
        yield blocking(
            path, f"ACI {version} cannot leave the next hop unchanged; it came with 6.1(2).", "Switch it off."
        )
    elif len(pods) > 1:
        sentence = f"The leaves are in {len(pods)} pods: an unchanged next hop is not supported across pods."
        yield warning(path, sentence, "Switch it off.")
