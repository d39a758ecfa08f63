"""From a snapshot of the cluster to what the fabric must hold: the union over all who claim."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from l3out_sync.core.claims import Claim, Claims
from l3out_sync.core.cluster import Ref, Snapshot
from l3out_sync.core.naming import EpgKey
from l3out_sync.core.policy import Policy
from l3out_sync.core.prefixes import aggregated
from l3out_sync.core.problem import Problem

_Place = tuple[str, str, str]
"""Tenant, L3Out, prefix: there it can stand once."""


@dataclass(slots=True)
class WantedEpg:
    """An external EPG with its subnets (and for whom each is) and contracts; None: nobody said anything of them."""

    key: EpgKey
    subnets: dict[str, Ref] = field(default_factory=dict)
    provided: frozenset[str] | None = None
    consumed: frozenset[str] | None = None
    sources: dict[Ref, None] = field(default_factory=dict)
    """The annotated objects that want it, in order: what concerns the EPG as a whole is told on them."""


@dataclass(slots=True)
class Owned:
    """All that this cluster wants to own, and what was wrong with the wishes."""

    epgs: dict[EpgKey, WantedEpg] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def owned(snapshot: Snapshot, policy: Policy) -> Owned:
    """What the fabric must hold for this snapshot."""
    claims = Claims(snapshot, policy)
    found = gathered(claims.all())
    found.problems[:0] = claims.problems
    if policy.aggregate:
        for epg in found.epgs.values():
            epg.subnets = _aggregated(epg.subnets, policy)
    return found


def gathered(claims: Iterable[Claim]) -> Owned:
    """Claims joined by EPG. An address claimed for two EPGs goes to the oldest claim."""
    claims = list(claims)
    result = Owned()
    holders: dict[_Place, EpgKey] = {}
    disputed: set[_Place] = set()
    for claim in claims:
        key = claim.epg
        epg = result.epgs.get(key)
        if epg is None:
            epg = result.epgs[key] = WantedEpg(key)
        _join(epg, claim)
        for prefix in claim.prefixes:
            place = (key.tenant, key.l3out, prefix)
            if holders.setdefault(place, key) != key:
                disputed.add(place)
            epg.subnets.setdefault(prefix, claim.subject.ref)
    for place in sorted(disputed):
        _settle(result, place[2], [claim for claim in claims if _wants(claim, place)])
    return result


def _wants(claim: Claim, place: _Place) -> bool:
    return place[2] in claim.prefixes and claim.epg.where == place[:2]


def _join(epg: WantedEpg, claim: Claim) -> None:
    wish = claim.wish
    epg.sources.setdefault(claim.source.ref)
    if wish.provided is not None:
        epg.provided = (epg.provided or frozenset()) | frozenset(wish.provided)
    if wish.consumed is not None:
        epg.consumed = (epg.consumed or frozenset()) | frozenset(wish.consumed)


def _settle(result: Owned, prefix: str, sides: list[Claim]) -> None:
    first, *others = sorted(sides, key=lambda claim: claim.subject.seniority)
    for claim in sides:
        result.epgs[claim.epg].subnets.pop(prefix, None)
    result.epgs[first.epg].subnets[prefix] = first.subject.ref
    for claim in others:
        if claim.epg == first.epg:
            continue
        message = (
            f"{prefix} of {claim.subject.ref.text} stands already in {first.epg.text} for {first.subject.ref.text}."
        )
        remedy = "An address can be in one external EPG of an L3Out: take it from one of the two, or name the same EPG."
        result.problems.append(Problem(claim.subject.ref, "AddressClaimedTwice", message, remedy))


def _aggregated(subnets: dict[str, Ref], policy: Policy) -> dict[str, Ref]:
    stands = aggregated(subnets, dict(policy.shortest))
    found: dict[str, Ref] = {}
    for prefix, ref in subnets.items():
        found.setdefault(stands[prefix], ref)
    return found
