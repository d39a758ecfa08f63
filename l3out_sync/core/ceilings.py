"""Ceilings: which of the wanted subnets are let in. What stands in the fabric already goes before what is new."""

from collections.abc import Mapping

from l3out_sync.core.cluster import Ref
from l3out_sync.core.fabric import Fabric
from l3out_sync.core.naming import EpgKey
from l3out_sync.core.owned import Owned, WantedEpg
from l3out_sync.core.policy import Policy
from l3out_sync.core.problem import Problem

Wanted = Mapping[EpgKey, WantedEpg]
_MORE = "Have the ceiling raised if the fabric's scale allows it, aggregate, or leave workloads out with pods=none."


def admitted(owned: Owned, fabric: Fabric, policy: Policy) -> tuple[Wanted, list[Problem]]:
    """The wanted EPGs with no more subnets than the ceilings let in, and what is told of the rest."""
    ceilings = policy.ceilings
    total = sum(len(epg.subnets) for epg in owned.epgs.values())
    largest = max((len(epg.subnets) for epg in owned.epgs.values()), default=0)
    if largest < ceilings.per_epg * ceilings.warn and total < ceilings.in_all * ceilings.warn:
        return owned.epgs, []
    standing = _standing(owned, fabric, policy.marker)
    kept = {key: _first(epg.subnets, standing[key], ceilings.per_epg) for key, epg in owned.epgs.items()}
    problems = [problem for key, epg in owned.epgs.items() for problem in _of_epg(epg, len(kept[key]), policy)]
    if total > ceilings.in_all:
        kept = _within(kept, standing, ceilings.in_all)
    problems.extend(_of_all(owned, kept, total, policy))
    return {key: _reduced(epg, kept[key]) for key, epg in owned.epgs.items()}, problems


def _standing(owned: Owned, fabric: Fabric, marker: str) -> dict[EpgKey, set[str]]:
    found: dict[EpgKey, set[str]] = {}
    for key in owned.epgs:
        l3out = fabric.l3outs.get(key.where)
        epg = l3out.epgs.get(key.name) if l3out else None
        subnets = epg.subnets.items() if epg else ()
        found[key] = {ip for ip, subnet in subnets if subnet.annotation == marker}
    return found


def _first(subnets: Mapping[str, Ref], standing: set[str], limit: int) -> list[str]:
    """At most `limit` of the subnets: those that stand, then by name, so that the same ones are let in every time."""
    if len(subnets) <= limit:
        return list(subnets)
    return sorted(subnets, key=lambda ip: (ip not in standing, ip))[:limit]


def _within(kept: dict[EpgKey, list[str]], standing: dict[EpgKey, set[str]], limit: int) -> dict[EpgKey, list[str]]:
    pairs = [(key, ip) for key, ips in kept.items() for ip in ips]
    pairs.sort(key=lambda pair: (pair[1] not in standing[pair[0]], pair))
    let_in = set(pairs[:limit])
    return {key: [ip for ip in ips if (key, ip) in let_in] for key, ips in kept.items()}


def _reduced(epg: WantedEpg, ips: list[str]) -> WantedEpg:
    if len(ips) == len(epg.subnets):
        return epg
    subnets = {ip: epg.subnets[ip] for ip in ips}
    return WantedEpg(epg.key, subnets, epg.provided, epg.consumed, epg.sources)


def _of_epg(epg: WantedEpg, kept: int, policy: Policy) -> list[Problem]:
    ceilings, count = policy.ceilings, len(epg.subnets)
    if count > kept:
        message = f"{epg.key.text} is at its ceiling of {ceilings.per_epg} subnets: {count - kept} are left out."
        return [Problem(ref, "CeilingReached", message, _MORE) for ref in epg.sources]
    if count >= ceilings.per_epg * ceilings.warn:
        message = f"{epg.key.text} nears its ceiling of {ceilings.per_epg} subnets."
        return [Problem(ref, "CeilingNear", message, _MORE) for ref in epg.sources]
    return []


def _of_all(owned: Owned, kept: Mapping[EpgKey, list[str]], total: int, policy: Policy) -> list[Problem]:
    ceilings, let_in = policy.ceilings, sum(len(ips) for ips in kept.values())
    if let_in < ceilings.in_all * ceilings.warn:
        return []
    if total <= ceilings.in_all:
        message = f"The cluster nears its ceiling of {ceilings.in_all} subnets in the fabric."
        return [Problem(None, "CeilingNear", message, _MORE)]
    short = [key for key, epg in owned.epgs.items() if len(kept[key]) < min(len(epg.subnets), ceilings.per_epg)]
    message = (
        f"The cluster is at its ceiling of {ceilings.in_all} subnets in the fabric: some of this EPG are left out."
    )
    sources = [ref for key in short for ref in owned.epgs[key].sources]
    return [Problem(ref, "CeilingReached", message, _MORE) for ref in sources]
