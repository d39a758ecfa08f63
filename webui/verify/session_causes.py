"""Why a session is down: rules from the surest evidence to the weakest; the first that fits is told. PURE."""

from __future__ import annotations

from collections.abc import Callable

from webui.verify import causes_at_leaves as leaves
from webui.verify import causes_at_nodes as nodes
from webui.verify.causes import Cause
from webui.verify.session_case import Case

Rule = Callable[[Case], Cause | None]


def cause_of(case: Case) -> Cause:
    """The likely cause."""
    return next(found for rule in RULES if (found := rule(case)) is not None)


def _unknown(case: Case) -> Cause | None:
    subject = f"Leaf {case.leaf.node}" if case.looked.leaf_is_dark(case.leaf) else case.node.name
    if case.own is None and case.session is None:
        look = (
            "kubectl -n kube-system exec ds/calico-node -- birdcl show protocols all"
            if case.expected.calico
            else "the log of its pod in kubectl -n kube-system get pods -l k8s-app=kube-router -o wide"
        )
        return Cause(
            "unknown",
            subject,
            "Neither side tells of a session. What was seen names no cause.",
            f"Look at the node: {look}; and on leaf {case.leaf.node}: show bgp sessions vrf all.",
            evidence=case.evidence(*case.changed),
        )
    return Cause(
        "unknown",
        subject,
        f"The session does not come up; what both sides say names no cause: {case.said or 'no error'}.",
        f"Compare password, AS and address on both sides. On leaf {case.leaf.node}: show bgp sessions vrf all.",
        "l3out.bgp.password",
        "l3out",
        case.evidence(*case.changed),
    )


RULES: tuple[Rule, ...] = (
    leaves.leaf_gone,
    leaves.interface_gone,
    leaves.other_address,
    leaves.no_peer,
    nodes.node_gone,
    leaves.wrong_as,
    nodes.agent_down,
    nodes.wrong_rack,
    nodes.calico_peer,
    nodes.limit,
    leaves.timers,
    leaves.not_listening,
    leaves.hangs,
    nodes.password,
    leaves.mtu,
    leaves.unreached,
    _unknown,
)
