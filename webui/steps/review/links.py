"""From a problem to the field that mends it."""

from __future__ import annotations

from flask import url_for

from webui.spec import Problem
from webui.steps.judge import home
from webui.steps.pages import BY_KEY
from webui.steps.wizard import Visit


def link_of(problem: Problem, found: Visit) -> str:
    """The address of the page with the field as its fragment; "" for a page that is still to come."""
    page = BY_KEY.get(problem.page)
    if page is None or page.form is None:
        return ""
    return url_for(page.endpoint, cluster_id=found.cluster.id, _anchor=anchor_of(problem.field, page.form))


def anchor_of(path: str, form: type) -> str:
    """The id of the element that shows what is said of a path."""
    names = [name for name in vars(form) if hasattr(getattr(form, name), "_formfield")]
    found = home(path, names, [name for name in names if name in TABLES])
    return FIRST.get(found, found)


FIRST = {"fabric.apics": "fabric.apics.0"}
"""Lists whose first entry is where one is missing."""
TABLES = ("l3out.anchors", "fabric.apics", "machines.control_plane", "machines.workers", "cluster.registries")
"""Fields whose rows have ids of their own."""
