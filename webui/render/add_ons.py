"""ClusterSpec -> variables of what installs add-ons. PURE."""

from __future__ import annotations

from typing import Any

from webui.spec import ClusterSpec


def variables(spec: ClusterSpec) -> dict[str, Any]:
    """The roles of the add-ons: plain values, each name beginning with its role's; no secret among them."""
    return {}


def secret_variables(spec: ClusterSpec) -> dict[str, Any]:
    """What of it is secret: it reaches Ansible by `Job.secrets` alone."""
    return {}
