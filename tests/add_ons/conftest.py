"""The session's API server."""

from __future__ import annotations

from tests.kube_api import kube_api

__all__ = ["kube_api"]
