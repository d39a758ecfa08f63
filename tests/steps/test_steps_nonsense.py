"""Whatever a request holds, the answer is a page or a sentence, and the draft is kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webui.steps.document import clean
from webui.steps.pages import BY_KEY, FORMS

PATHS = sorted({name for page in FORMS for name in vars(page.form) if hasattr(getattr(page.form, name), "_formfield")})
NAMES = st.sampled_from(PATHS) | st.builds(
    "{}.{}.{}".format, st.sampled_from(["l3out.anchors", "fabric.apics"]), st.text(max_size=5), st.text(max_size=5)
)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["198.18.2.0/24", "::/0", "999999999999999999999", "-1", "1e9", "²", "\x00", "/", "a/b/c", "${env:HOME}", "true"]
)
SLOW = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(st.sampled_from([page.key for page in FORMS]), st.dictionaries(NAMES, TEXTS, max_size=12))
def test_nonsense_is_answered_in_words_and_every_page_still_opens(wizard, page, values) -> None:
    assert wizard.autosave(page, values).status_code in (200, 409)
    assert wizard.send(page, values, do="next").status_code in (303, 409)
    for key in BY_KEY:
        assert wizard.get(key).status_code == 200


@SLOW
@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["", "l3out.anchors.1", "x", "....", "name.²"]))
def test_forged_control_fields_are_harmless(wizard, seen, do, remove) -> None:
    answer = wizard.send("l3out", {"l3out.anchors.0.node": "101", "remove": remove}, seen=seen, do=do)
    assert answer.status_code in (303, 409)


@SLOW
@given(
    st.text(max_size=400)
    | st.sampled_from(
        [
            "[1,2]",
            "{",
            "a: &x [*x]",
            "a: &x {b: *x}",
            'name: "\\uD800"',
            "fabric: 5",
            "l3out: {anchors: {a: 1}}",
            "x: y",
        ]
    )
)
def test_any_text_in_place_of_a_spec_is_answered(wizard, text) -> None:
    assert wizard.post("review/yaml", {"yaml": text}).status_code in (303, 400)
    for key in BY_KEY:
        assert wizard.get(key).status_code == 200


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text) -> None:
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


def test_unknown_clusters_and_lists_are_a_404(wizard) -> None:
    token = {"csrf_token": wizard.token()}
    for page in ("fabric", "l3out", "network", "review", "review/spec.yaml", "review/progress", "options/tenants"):
        assert wizard.client.get(f"/clusters/nobody/{page}").status_code == 404
    for page in ("fabric", "l3out/save", "review/plan", "review/apply", "review/yaml"):
        assert wizard.client.post(f"/clusters/nobody/{page}", data=token).status_code == 404
    assert wizard.get("options/passwords").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "new",
        "example",
        "{c}/fabric",
        "{c}/l3out/save",
        "{c}/network",
        "{c}/review/plan",
        "{c}/review/apply",
        "{c}/review/yaml",
    ],
)
def test_every_form_needs_its_token(wizard, path) -> None:
    answer = wizard.client.post("/clusters/" + path.format(c=wizard.cluster_id), data={"name": "x"})
    assert answer.status_code == 400
    assert wizard.row().draft_version == 0


def test_a_viewer_looks_and_cannot_change(user) -> None:
    wizard = user().begin()
    wizard.send("fabric", {"name": "k8s-a"})
    viewer = user("viewer")
    viewer.cluster_id = wizard.cluster_id
    for key in BY_KEY:
        page = viewer.get(key)
        assert page.status_code == 200
        assert "data-autosave" not in page.text and "Plan changes</button></form>" not in page.text
    assert "<fieldset" in viewer.get("l3out").text and re.search(r"<fieldset[^>]* disabled", viewer.get("l3out").text)
    assert viewer.send("fabric", {"name": "mine"}, seen="{}").status_code == 403
    assert viewer.post("review/plan").status_code == 403
    assert wizard.row().name == "k8s-a"


def test_pages_need_a_sign_in(wizard) -> None:
    stranger = wizard.client.application.test_client()
    for key in BY_KEY:
        assert stranger.get(wizard.url(key)).status_code == 302


def test_the_policy_holds_no_inline_script_or_style(wizard) -> None:
    for key in BY_KEY:
        page = wizard.get(key).text
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", page)


def test_pages_that_a_mode_does_without_are_named_so_and_can_still_be_opened(wizard) -> None:
    assert wizard.get("l3out").text.count(">Not needed</small>") == 0
    wizard.send("fabric", {"mode": "no-cluster"})
    page = wizard.get("l3out").text
    assert page.count(">Not needed</small>") == 3 and "To come" not in page
    assert "This mode does without this page" in wizard.get("machines").text
    wizard.send("fabric", {"mode": "bare-metal"})
    assert wizard.get("l3out").text.count(">Not needed</small>") == 1
    assert "This mode does without this page" not in wizard.get("machines").text


def test_every_control_has_a_label_and_its_help_exists(wizard) -> None:
    wizard.send("l3out", {"l3out.anchors": "", "l3out.anchors.0.node": "101"}, do="next")
    for key in BY_KEY:
        page = wizard.get(key).text
        body = re.sub(r"<template.*?</template>", "", page, flags=re.S)
        ids = re.findall(r'\sid="([^"]+)"', body)
        assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
        for target in re.findall(r'aria-(?:describedby|labelledby|controls)="([^"]+)"', body):
            missing = [one for one in target.split() if one not in ids]
            assert not missing, (key, missing)
        for control in re.findall(r"<(?:input|textarea|select)\b[^>]*>", body):
            if re.search(r'type="(hidden|radio|checkbox)"', control):
                continue
            own = re.search(r'\sid="([^"]+)"', control)
            assert "aria-label=" in control or (own and f'for="{own[1]}"' in body), control
