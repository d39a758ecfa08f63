"""Secrets: sealed in the rows, never in a page, an answer, a file or the audit."""

from __future__ import annotations

import json

from sqlalchemy import text

from webui.store.engine import engine, session_factory

SECRET = "Zx9-very-secret-md5"


def everything_stored(settings) -> str:
    with session_factory(engine(settings))() as db:
        tables = [row[0] for row in db.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))]
        return json.dumps([[str(row) for row in db.execute(text(f'SELECT * FROM "{name}"'))] for name in tables])


def everything_shown(wizard) -> str:
    pages = ("fabric", "l3out", "network", "review", "review/spec.yaml", "review/terraform.tfvars.json")
    return "".join(wizard.get(page).text for page in pages) + wizard.autosave("l3out", {}).text


def test_a_bgp_password_is_kept_sealed_and_never_shown(wizard) -> None:
    wizard.send("l3out", {"l3out.bgp.password": SECRET}, do="next")
    assert wizard.secrets() == {"l3out.bgp.password": SECRET}
    assert SECRET not in everything_stored(wizard.settings)
    assert SECRET not in everything_shown(wizard)
    assert ">Stored<" in wizard.get("l3out").text


def test_an_empty_password_field_keeps_it_and_clear_forgets_it(wizard) -> None:
    wizard.send("l3out", {"l3out.bgp.password": SECRET})
    wizard.send("l3out", {"l3out.bgp.password": "", "l3out.vlan": "310"})
    assert wizard.secrets() == {"l3out.bgp.password": SECRET}
    version = wizard.row().draft_version
    wizard.send("l3out", {"l3out.bgp.password": "", "l3out.bgp.password.clear": "yes"})
    assert wizard.secrets() == {} and wizard.row().draft_version == version + 1


def test_a_changed_password_makes_a_plan_stale(wizard) -> None:
    wizard.send("l3out", {"l3out.bgp.password": SECRET})
    version = wizard.row().draft_version
    wizard.send("l3out", {"l3out.bgp.password": SECRET + "2"})
    assert wizard.row().draft_version == version + 1


def test_the_password_of_the_apic_is_not_stored_even_when_the_sign_in_fails(wizard) -> None:
    values = {"fabric.site": "apic", "fabric.apics": "", "fabric.apics.0": "127.0.0.1:1", "fabric.user": "admin"}
    answer = wizard.send("fabric", {**values, "fabric.password": SECRET}, do="sign-in")
    assert answer.status_code == 422 and SECRET not in answer.text
    assert SECRET not in everything_stored(wizard.settings) and SECRET not in everything_shown(wizard)


def test_a_secret_in_an_uploaded_spec_is_sealed_and_the_export_refers_to_it(wizard) -> None:
    wizard.post(
        "review/yaml", {"yaml": f"name: k8s-a\nfabric: {{password: {SECRET}x}}\nl3out: {{bgp: {{password: {SECRET}}}}}"}
    )
    assert wizard.secrets() == {"l3out.bgp.password": SECRET}
    assert SECRET not in everything_stored(wizard.settings) and SECRET not in everything_shown(wizard)
    exported = wizard.get("review/spec.yaml").text
    assert "${env:ANCHORAGE_L3OUT_BGP_PASSWORD}" in exported
    wizard.post("review/yaml", {"yaml": exported})
    assert wizard.secrets() == {"l3out.bgp.password": SECRET}


def test_text_that_looks_like_html_is_shown_as_text(wizard) -> None:
    wizard.send("fabric", {"name": '"><script>alert(1)</script>'}, do="next")
    wizard.send("l3out", {"l3out.anchors": "", "l3out.anchors.0.node": "'\"><img src=x onerror=alert(1)>"}, do="next")
    for page in ("fabric", "l3out", "network", "review"):
        assert "<script>alert" not in wizard.get(page).text and "<img src=x" not in wizard.get(page).text
