"""Against the site: no subnet of ours is in the VRF already."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec.checks.registry import Subject, check
from webui.spec.inventory import Ranged, subnets
from webui.spec.problem import Problem, Severity, blocking, warning
from webui.spec.site import UsedSubnet
from webui.spec.values import covers


@check
def subnets_are_new(subject: Subject) -> Iterator[Problem]:
    """Compare with what bridge domains, L3Outs, static routes and external EPGs brought into the VRF."""
    for used in subject.facts.subnets if subject.facts else ():
        for ranged in subnets(subject.spec) if used.vrf == subject.vrf_key else ():
            severity = _severity(ranged, used)
            if severity:
                yield _problem(subject, ranged, used, severity)


def _severity(ranged: Ranged, used: UsedSubnet) -> Severity | None:
    """A host route or a connected subnet collides; a wider static route or external EPG is how VRFs usually look."""
    if ranged.subnet.version != used.prefix.version or not ranged.subnet.overlaps(used.prefix):
        return None
    if used.where in ("bridge domain", "L3Out interface"):
        return "blocking"
    wider = covers(used.prefix, ranged.subnet) and used.prefix != ranged.subnet
    if used.where == "static route":
        return ("warning" if used.prefix.prefixlen else None) if wider else "blocking"
    if wider:
        return None
    return "blocking" if used.prefix == ranged.subnet else "warning"


def _problem(subject: Subject, ranged: Ranged, used: UsedSubnet, severity: Severity) -> Problem:
    make = blocking if severity == "blocking" else warning
    what = ranged.what[:1].upper() + ranged.what[1:]
    verb = "is" if used.prefix == ranged.subnet else f"overlaps {used.prefix},"
    article = "an" if used.where[0] in "eL" else "a"
    sentence = f"{what} {ranged.subnet} {verb} in the VRF already: {article} {used.where} has it ({used.dn})."
    return make(ranged.path, sentence, f"Choose another subnet.{subject.free(ranged.path, ranged.subnet)}")
