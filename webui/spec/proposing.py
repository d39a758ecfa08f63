"""Runs the rules in their order; what one proposes the next ones can build on."""

from __future__ import annotations

from dataclasses import dataclass

from webui.spec.addressing.context import Context
from webui.spec.addressing.rules import RULES
from webui.spec.model import ClusterSpec
from webui.spec.parsing import get, put
from webui.spec.site import SiteFacts
from webui.spec.values import Wrong


@dataclass(frozen=True)
class Proposal:
    """A derived value as text, and why it is this one."""

    value: str
    why: str


def proposals(
    spec: ClusterSpec, facts: SiteFacts | None = None, applied: ClusterSpec | None = None
) -> dict[str, Proposal]:
    """A value for every field that can be derived, given or not, by path.

    `applied` is what the cluster was built with: addresses and subnets that were derived then stay, so that a changed
    row moves no other.
    """
    return derive(spec, facts, applied)[1]


def complete(spec: ClusterSpec, facts: SiteFacts | None = None, applied: ClusterSpec | None = None) -> ClusterSpec:
    """The spec with every derived value filled in where none is given."""
    return derive(spec, facts, applied)[0]


def derive(
    spec: ClusterSpec, facts: SiteFacts | None = None, applied: ClusterSpec | None = None
) -> tuple[ClusterSpec, dict[str, Proposal]]:
    """Both at once: the completed spec, and the proposals."""
    found: dict[str, Proposal] = {}
    for rule in RULES:
        for derived in rule(Context(spec, facts, applied)):
            text = _text(derived.value)
            try:
                filled = put(spec, derived.path, text)
            except Wrong:
                continue  # for instance a name that became too long by its suffix: nothing to propose
            found[derived.path] = Proposal(text, derived.why)
            if get(spec, derived.path) in (None, ()):
                spec = filled
    return spec, found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
