"""The registry of checks, and what they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from webui.spec.model import ClusterSpec
from webui.spec.problem import Problem
from webui.spec.proposing import Proposal, derive
from webui.spec.site import SiteFacts, Vrf
from webui.spec.vcenter_site import VCenterFacts

Stage = Literal["fabric", "machines", "hosts", "all"]
"""How far a run shall go: each asks for what those before it need, too."""


_ORDER = ("fabric", "machines", "hosts")


@dataclass(frozen=True)
class Subject:
    """What a check looks at: the completed spec, what of it the user gave, the proposals, the site."""

    spec: ClusterSpec
    given: ClusterSpec
    proposals: dict[str, Proposal]
    facts: SiteFacts | None
    stage: Stage
    vcenter: VCenterFacts | None = None

    @classmethod
    def of(
        cls,
        spec: ClusterSpec,
        facts: SiteFacts | None,
        stage: Stage,
        applied: ClusterSpec | None = None,
        vcenter: VCenterFacts | None = None,
    ) -> Subject:
        """The subject for a spec as the user gave it."""
        done, found = derive(spec, facts, applied)
        return cls(done, spec, found, facts, stage, vcenter)

    @property
    def vrf_key(self) -> tuple[str, str]:
        """(tenant, name) of the VRF, as facts name it."""
        vrf = self.spec.l3out.vrf
        return vrf.tenant or "", vrf.name or ""

    @property
    def vrf(self) -> Vrf | None:
        """The VRF as the site has it."""
        return self.facts.vrf(*self.vrf_key) if self.facts else None

    def goes_to(self, stage: Literal["machines", "hosts"]) -> bool:
        """Whether this stage is part of what is asked for, in a mode that has it."""
        asked = self.stage == "all" or _ORDER.index(self.stage) >= _ORDER.index(stage)
        return asked and (self.spec.mode == "full" if stage == "machines" else self.cluster)

    @property
    def cluster(self) -> bool:
        """There will be a cluster: the mode is not no-cluster."""
        return self.spec.mode != "no-cluster"

    def free(self, path: str, value: object) -> str:
        """A remedy: the proposal for a field, if it is another value than the wrong one."""
        proposal = self.proposals.get(path)
        return f" {proposal.value} is free." if proposal and proposal.value != str(value) else ""


Check = Callable[[Subject], Iterator[Problem]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Add a check."""
    CHECKS.append(function)
    return function
