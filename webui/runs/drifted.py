"""What the last verification found in the cluster that a stage sets back when it is played again. PURE.

A stage's own mark tells only whether the spec has changed, not whether somebody has changed the cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webui.runs import scope
from webui.runs.cluster_words import NETWORK, Step
from webui.verify import from_json
from webui.verify.report import Finding

NODE_GONE = "node-gone"
OF_NETWORK = frozenset(
    {
        "agent-gone",
        "as",
        "as-up",
        "bgppeer-address",
        "bgppeer-gone",
        "bgppeer-rack",
        "label",
        "no-balancer",
        "not-announced",
        "password-node",
        "password-up",
        "rack",
        "timers",
        "unknown",
    }
)
"""Kinds of findings that may lie in objects which the stage network applies."""


def gone(outputs: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Those of these machines that Kubernetes does not know as its nodes."""
    lost = {one.subject for one in _findings(outputs) if one.kind == NODE_GONE}
    return [name for name in names if name in lost]


def steps(outputs: Mapping[str, Any], stage: str) -> list[Step]:
    """What the stage would set back, in a sentence; none where nothing of the kind was found."""
    found = [one.what for one in _findings(outputs) if stage == NETWORK and one.kind in OF_NETWORK]
    if not found:
        return []
    more = f" ({len(found) - 2} more: see Verify.)" if len(found) > 2 else ""
    return [
        Step(
            f"Sets back what the last verification found: {' '.join(found[:2])}{more}",
            "The network's objects and the nodes' labels are applied again; what is as the spec says stays as it is.",
        )
    ]


def _findings(outputs: Mapping[str, Any]) -> tuple[Finding, ...]:
    report = from_json(outputs.get(scope.VERIFY))
    return report.findings if report else ()
