"""Answers for people: what would be changed and why; where a workload's addresses are in the fabric."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from l3out_sync.core.annotation import OURS, THEIRS
from l3out_sync.core.claims import Claim, Claims, counts
from l3out_sync.core.cluster import WORKLOAD_KINDS, Annotated, Pod, Snapshot
from l3out_sync.core.fabric import Fabric
from l3out_sync.core.owned import owned
from l3out_sync.core.plan import Plan, Step, plan
from l3out_sync.core.policy import Policy
from l3out_sync.core.problem import Problem

_VERBS = {"create": "+", "change": "~", "delete": "-"}
_THINGS = {"l3extInstP": "external EPG", "l3extSubnet": "subnet", "fvRsProv": "provides", "fvRsCons": "consumes"}


def changes(found: Plan) -> Iterator[str]:
    """A plan, a line a step with its reason, then what stands in the way."""
    for step in found.steps:
        place = f"{step.epg.tenant}/{step.epg.l3out}/{step.epg.name}"
        thing = f"{_THINGS[step.cls]} {step.name}".strip()
        yield f"{_VERBS[step.verb]} {place}  {thing}  ({_why(step)})"
    if not found.steps:
        yield "The fabric is as it must be: nothing to do."
    yield from problems(found.problems)


def _why(step: Step) -> str:
    if step.verb == "delete":
        return "nobody wants it any more"
    if step.verb == "change":
        return "somebody changed what is ours"
    if step.ref is not None:
        return f"for {step.ref.text}"
    return "a contract that the annotation names, or that the L3Out's default EPG has"


def problems(found: Iterable[Problem]) -> Iterator[str]:
    """Problems, a line each."""
    for problem in found:
        place = f"{problem.ref.text}: " if problem.ref else ""
        yield f"! {place}{problem.reason}: {problem.text}"


def explain(namespace: str, name: str, snapshot: Snapshot, fabric: Fabric, policy: Policy) -> Iterator[str]:
    """Where the addresses of everything of this name are: workloads, pods, services."""
    wanted = owned(snapshot, policy)
    found = plan(wanted, fabric, policy)
    told = [*wanted.problems, *found.problems]
    subjects = list(_named(snapshot, namespace, name))
    if not subjects:
        yield f"There is no workload, pod or service named {namespace}/{name}."
    claims = Claims(snapshot, policy)
    every = list(claims.all())
    for item in subjects:
        yield f"{item.ref.text}: {_said(item)}"
        mine = [claim for claim in every if _belongs(claim, item, claims)]
        yield from _places(mine, fabric, policy)
        yield from _left_out(item, snapshot, claims, policy)
        refs = {item.ref, *(claim.subject.ref for claim in mine)}
        yield from problems(problem for problem in told if problem.ref in refs)


def _named(snapshot: Snapshot, namespace: str, name: str) -> Iterator[Annotated]:
    places = [*(snapshot.workloads(kind) for kind in WORKLOAD_KINDS), snapshot.pods, snapshot.services]
    for place in places:
        item = place.get((namespace, name))
        if item is not None:
            yield item


def _said(item: Annotated) -> str:
    if item.ours is not None:
        return f"{OURS}: {item.ours}"
    if item.theirs is not None:
        return f"{THEIRS}: {item.theirs}"
    return "no annotation of its own"


def _belongs(claim: Claim, item: Annotated, claims: Claims) -> bool:
    subject = claim.subject
    if item.ref in (subject.ref, claim.source.ref):
        return True
    return isinstance(subject, Pod) and claims.workload_of(subject) is item


def _places(mine: list[Claim], fabric: Fabric, policy: Policy) -> Iterator[str]:
    for claim in mine:
        for prefix in claim.prefixes:
            place = _where(claim, prefix, fabric, policy)
            yield f"  {prefix} of {claim.subject.ref.text} by {claim.source.ref.text}: {place}"
        if not claim.prefixes:
            yield f"  wants {claim.epg.text}{_epg(claim, fabric)}"


def _epg(claim: Claim, fabric: Fabric) -> str:
    l3out = fabric.l3outs.get(claim.epg.where)
    return "" if l3out and claim.epg.name in l3out.epgs else ", which is not there"


def _where(claim: Claim, prefix: str, fabric: Fabric, policy: Policy) -> str:
    l3out = fabric.l3outs.get(claim.epg.where)
    epg = l3out.epgs.get(claim.epg.name) if l3out else None
    if epg is None:
        return f"{claim.epg.text} is not there"
    candidates = [prefix, *(_around(prefix, epg.subnets) if policy.aggregate else [])]
    standing = next((epg.subnets[ip] for ip in candidates if ip in epg.subnets), None)
    if standing is None:
        return f"not in {claim.epg.text}"
    ours = "" if standing.annotation == policy.marker else ", made by others"
    return f"in {claim.epg.text}{ours}"


def _around(prefix: str, subnets: Iterable[str]) -> list[str]:
    """Aggregated subnets that cover an address."""
    address = ip_network(prefix)
    networks = [ip_network(subnet) for subnet in subnets]
    return [
        str(network)
        for network in networks
        if network.version == address.version and address.subnet_of(network)  # type: ignore[arg-type]
    ]


def _left_out(item: Annotated, snapshot: Snapshot, claims: Claims, policy: Policy) -> Iterator[str]:
    """Pods of it that do not count, and why."""
    every = snapshot.pods.values()
    pods = [item] if isinstance(item, Pod) else [pod for pod in every if claims.workload_of(pod) is item]
    for pod in pods:
        said = claims.of_pod(pod)
        if said is None:
            continue
        which = said.wish.pods or policy.pods
        if not counts(pod, which):
            yield f"  {pod.ref.text} does not count: {_reason(pod, which)}"


def _reason(pod: Pod, which: str) -> str:
    if pod.host_network:
        return "it is in the host's network"
    if not pod.prefixes:
        return "it has no address yet"
    if which == "none":
        return "pods are left out"
    return "it is not ready" if which == "ready" else f"it has finished ({pod.phase})"
