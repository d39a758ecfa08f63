"""Clusters, their runs, the sites: what exists and what is being done to it."""

from __future__ import annotations

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """The pages of this package."""
    return []
