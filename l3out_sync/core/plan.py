"""(what this cluster must own, what stands in the fabric) -> steps. Pure, and the whole of what the controller decides.

- Owned is what carries our annotation with the cluster's id. Foreign objects are never changed and never removed.
- A foreign subnet where one of ours belongs serves as it is; one in another external EPG is left and told.
- Of owned objects only annotation and scope are ours: whatever else somebody sets on them stays.
- An owned external EPG goes when nobody wants it and nothing foreign is in it.
- Contracts: those that annotations name; where none does, an owned EPG gets the L3Out's default EPG's.
- Above a ceiling nothing new is made; what stands there stays.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from l3out_sync.core.ceilings import admitted
from l3out_sync.core.cluster import Ref
from l3out_sync.core.fabric import Contracts, Epg, Fabric, L3Out, Subnet
from l3out_sync.core.naming import EpgKey, L3OutKey
from l3out_sync.core.owned import Owned, WantedEpg
from l3out_sync.core.policy import Policy
from l3out_sync.core.problem import Problem

Verb = Literal["create", "change", "delete"]
CONTRACT_CLASSES: tuple[Contracts, ...] = ("fvRsProv", "fvRsCons")
_RN = {"fvRsProv": "rsprov-{}", "fvRsCons": "rscons-{}"}


@dataclass(frozen=True, slots=True)
class Step:
    """One object to create, change or delete. `cls` l3extInstP is the EPG itself, `name` then "".

    `name`: the subnet's address or the contract. `attributes`: what is written. `ref`: for whom.
    """

    verb: Verb
    epg: EpgKey
    cls: str
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    ref: Ref | None = None

    @property
    def dn(self) -> str:
        """DN of the object."""
        if self.cls == "l3extInstP":
            return self.epg.dn
        rn = f"extsubnet-[{self.name}]" if self.cls == "l3extSubnet" else _RN[self.cls].format(self.name)
        return f"{self.epg.dn}/{rn}"


@dataclass(slots=True)
class Plan:
    """Steps in the order in which they are sent, and what stands in the way of others."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def plan(owned: Owned, fabric: Fabric, policy: Policy) -> Plan:
    """What brings the fabric to what is owned. L3Outs that have not been read are left out."""
    wanted, problems = admitted(owned, fabric, policy)
    result = Plan(problems=problems)
    for key, l3out in fabric.l3outs.items():
        here = {epg.key.name: epg for epg in wanted.values() if epg.key.where == key}
        if l3out.exists:
            _Planner(key, l3out, policy, result).do(here)
        else:
            result.problems.extend(_missing(key, here.values()))
    # What goes makes room for what comes: an address that moves between EPGs never stands in two.
    result.steps.sort(key=lambda step: step.verb != "delete")
    return result


def _missing(key: L3OutKey, epgs: Iterable[WantedEpg]) -> Iterator[Problem]:
    for epg in epgs:
        for ref in epg.sources:
            message = f"The fabric has no L3Out {key.l3out} in tenant {key.tenant}."
            remedy = "Correct tenant and l3out in the annotation, or create the L3Out."
            yield Problem(ref, "L3OutMissing", message, remedy)


class _Planner:
    """One L3Out."""

    def __init__(self, key: L3OutKey, l3out: L3Out, policy: Policy, result: Plan) -> None:
        self._key, self._l3out, self._policy, self._result = key, l3out, policy, result
        self._marker = policy.marker
        self._taken: dict[str, str] = {}

    def do(self, wanted: Mapping[str, WantedEpg]) -> None:
        """Steps for what is wanted here and for what no longer is."""
        self._taken = dict(self._foreign())
        for name, epg in wanted.items():
            self._want(epg, self._l3out.epgs.get(name))
        for name, standing in self._l3out.epgs.items():
            if name not in wanted and standing.has_any(self._marker):
                self._drop(EpgKey(*self._key, name), standing)

    def _foreign(self) -> Iterator[tuple[str, str]]:
        for name, epg in self._l3out.epgs.items():
            for ip, subnet in epg.subnets.items():
                if subnet.annotation != self._marker and "import-security" in subnet.scope:
                    yield ip, name

    def _want(self, epg: WantedEpg, standing: Epg | None) -> None:
        joined = standing is not None and standing.annotation != self._marker
        if joined and not self._policy.join:
            self._refuse_join(epg)
            if standing is not None and standing.has_any(self._marker):
                self._drop(epg.key, standing)
            return
        if standing is None:
            self._add(Step("create", epg.key, "l3extInstP", "", self._new_epg(), ref=next(iter(epg.sources), None)))
        standing = standing or Epg(annotation=self._marker)
        self._subnets(epg, standing)
        self._contracts(epg, standing, joined)

    def _new_epg(self) -> dict[str, str]:
        default = self._default_epg()
        preferred = {"prefGrMemb": default.preferred} if default and default.preferred == "include" else {}
        return {"annotation": self._marker, **preferred}

    def _default_epg(self) -> Epg | None:
        """The L3Out's default EPG, which is never one of ours."""
        found = self._l3out.epgs.get(self._policy.default_epg) if self._policy.default_epg else None
        return None if found is None or found.annotation == self._marker else found

    def _refuse_join(self, epg: WantedEpg) -> None:
        for ref in epg.sources:
            message = f"{epg.key.text} is not this cluster's."
            remedy = "Name another EPG, or let the controller join those of others (L3OUT_SYNC_JOIN)."
            self._result.problems.append(Problem(ref, "EpgOfOthers", message, remedy))

    def _subnets(self, epg: WantedEpg, standing: Epg) -> None:
        written = {"annotation": self._marker, "scope": self._policy.scope}
        for ip, ref in epg.subnets.items():
            there = standing.subnets.get(ip)
            if there is not None and there.annotation == self._marker:
                if there.scope != self._policy.scope:
                    self._add(Step("change", epg.key, "l3extSubnet", ip, written, ref))
            elif self._is_free(ip, epg.key, there, ref):
                self._add(Step("create", epg.key, "l3extSubnet", ip, written, ref))
        for ip, there in standing.subnets.items():
            if there.annotation == self._marker and ip not in epg.subnets:
                self._add(Step("delete", epg.key, "l3extSubnet", ip))

    def _is_free(self, ip: str, key: EpgKey, there: Subnet | None, ref: Ref) -> bool:
        """Whether a subnet may be made. A foreign one here serves as it is, unless it does not classify traffic."""
        elsewhere = self._taken.get(ip)
        if there is not None and "import-security" in there.scope:
            return False
        if there is None and elsewhere is None:
            return True
        place = f"external EPG {elsewhere}" if elsewhere else f"{key.text}, without the scope import-security"
        message = f"{ip} stands already in {place}, and is not this cluster's."
        remedy = "Remove that subnet on the APIC, or annotate the workload with its EPG."
        self._result.problems.append(Problem(ref, "SubnetOfOthers", message, remedy))
        return False

    def _contracts(self, epg: WantedEpg, standing: Epg, joined: bool) -> None:
        default = None if joined else self._default_epg()
        for cls, said in (("fvRsProv", epg.provided), ("fvRsCons", epg.consumed)):
            assert cls in CONTRACT_CLASSES
            wanted = self._by_default(default, cls) if said is None else said
            held = standing.contracts[cls]
            for name in sorted(wanted - held.keys()):
                self._add(Step("create", epg.key, cls, name, {"annotation": self._marker}))
            for name, annotation in held.items():
                if annotation == self._marker and name not in wanted:
                    self._add(Step("delete", epg.key, cls, name))

    def _by_default(self, default: Epg | None, cls: Contracts) -> frozenset[str]:
        """What others gave the default EPG; what annotations gave it through us is not for everybody."""
        held = default.contracts[cls] if default else {}
        return frozenset(name for name, annotation in held.items() if annotation != self._marker)

    def _drop(self, key: EpgKey, standing: Epg) -> None:
        """Nobody wants this EPG any more."""
        if standing.annotation == self._marker and standing.has_only(self._marker):
            self._add(Step("delete", key, "l3extInstP"))
            return
        if standing.annotation == self._marker:
            message = f"{key.text} is kept: nobody wants it any more, but others put objects into it."
            self._result.problems.append(Problem(None, "EpgKept", message, "Remove them, then it goes by itself."))
        self._subnets(WantedEpg(key), standing)
        for cls in CONTRACT_CLASSES:
            for name, annotation in standing.contracts[cls].items():
                if annotation == self._marker:
                    self._add(Step("delete", key, cls, name))

    def _add(self, step: Step) -> None:
        self._result.steps.append(step)
