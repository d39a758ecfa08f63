"""Addresses of the wizard's pages, in one place: the wizard stands above this package and is reached by name alone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from werkzeug.routing import BuildError


def wizard(cluster_id: str, page: str = "fabric", field: str = "") -> str:
    """A page of the wizard, at a field."""
    url = _or_empty(f"steps.{page}", cluster_id=cluster_id) or f"/clusters/{cluster_id}/{page}"
    return f"{url}#{field}" if field else url


def _or_empty(endpoint: str, **values: Any) -> str:
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return ""


def new_cluster() -> str:
    """Where a new draft is begun (POST)."""
    return _or_empty("steps.new") or "/clusters/new"


def example() -> str:
    """Where a draft filled with the lab's example is begun (POST)."""
    return _or_empty("steps.example") or "/clusters/example"


def add_links(bp: Blueprint) -> None:
    """Give them to all templates."""
    for name, link in (("wizard_url", wizard), ("new_cluster_url", new_cluster), ("example_url", example)):
        bp.add_app_template_global(link, name)
