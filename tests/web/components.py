"""A page with every component, for the browser tests of the scripts; registered in tests alone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template_string, request
from flask.typing import ResponseReturnValue

PAGE = Path(__file__).with_name("components.html").read_text()

COLUMNS = [
    {"name": "pod", "label": "Pod", "width": "w1", "placeholder": "1"},
    {"name": "node", "label": "Node", "width": "w2", "placeholder": "103"},
    {"name": "router_id", "label": "Router id", "placeholder": "198.19.0.103"},
    {"name": "v4", "label": "Primary address", "placeholder": "198.18.2.103"},
    {"name": "rack", "label": "Rack", "width": "w2", "placeholder": "r2"},
]
ROWS = [
    {"pod": 1, "node": 101, "router_id": "198.19.0.101", "v4": "198.18.2.101", "rack": "r1"},
    {"pod": 1, "node": 102, "router_id": "198.19.0.102", "v4": "198.18.2.101", "rack": "r1"},
]


def problem(sentence: str) -> SimpleNamespace:
    return SimpleNamespace(severity="blocking", sentence=sentence, remedy="Choose another.")


def proposal(value: str, why: str) -> SimpleNamespace:
    return SimpleNamespace(value=value, why=why)


def add_components(app: Flask) -> list[dict[str, str]]:
    """Add the page; the list gets each form that autosave sends."""
    saved: list[dict[str, str]] = []
    app.extensions["test answer"] = {}

    def page() -> str:
        return render_template_string(
            PAGE,
            columns=COLUMNS,
            rows=ROWS,
            problem=problem("An address is needed."),
            floating=proposal("198.18.2.254", "last usable"),
            secondary=proposal("198.18.2.253", "last but one"),
            problems={"l3out.anchors.1.v4": problem("Leaf 101 already has this address.")},
            proposals={"l3out.anchors.1.v4": proposal("198.18.2.102", "next free")},
        )

    def save() -> ResponseReturnValue:
        saved.append(request.form.to_dict())
        answer: dict[str, Any] = app.extensions["test answer"]
        return {"saved": "2026-11-21T11:04:37+00:00", **answer}

    def tenants() -> ResponseReturnValue:
        names = ["common", "k8s-prod", "k8s-test"]
        return {"options": [{"value": name, "text": name} for name in names], "note": "3 tenants on this fabric"}

    def vrfs() -> ResponseReturnValue:
        tenant = request.args.get("l3out.tenant", "")
        if tenant == "common":
            return {"options": [], "error": "The APIC does not answer. Check the address."}
        return {"options": [{"value": f"{tenant}/main", "text": f"{tenant}/main", "note": "enforced"}]}

    app.add_url_rule("/components", view_func=page, endpoint="components")
    app.add_url_rule("/components/save", view_func=save, endpoint="components_save", methods=["POST"])
    app.add_url_rule("/components/tenants", view_func=tenants, endpoint="components_tenants")
    app.add_url_rule("/components/vrfs", view_func=vrfs, endpoint="components_vrfs")
    return saved
