"""The wizard: the pages that edit a cluster's draft, and the review before anything changes."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("steps", __name__, template_folder="..", url_prefix="/clusters")


def blueprints() -> list[Blueprint]:
    """The pages of this package."""
    from webui.steps import routes  # noqa: F401

    return [bp]
