"""The wizard: the pages that edit a cluster's draft, and the review before anything changes."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint

VIEWS = (
    "start",
    "options",
    *(f"{page}.view" for page in ("fabric", "l3out", "vcenter", "machines", "cluster", "network", "review")),
)
"""Modules with views; each binds its own to the blueprint when it is imported."""

bp = Blueprint("steps", __name__, template_folder="..", url_prefix="/clusters")


def blueprints() -> list[Blueprint]:
    """The pages of this package."""
    for name in VIEWS:
        import_module(f"{__name__}.{name}")
    return [bp]
