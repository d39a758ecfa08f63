"""ClusterSpec -> variables of what installs Calico. PURE."""

from __future__ import annotations

from typing import Any

from webui.spec import ClusterSpec


def variables(spec: ClusterSpec) -> dict[str, Any]:
    """Of the roles calico, kube_router and load_balancer; each name begins with its role's, no secret among them."""
    return {}


def secret_variables(spec: ClusterSpec) -> dict[str, Any]:
    """What of it is secret: it reaches Ansible by `Job.secrets` alone."""
    return {}
