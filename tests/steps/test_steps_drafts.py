"""Drafts: nothing typed is lost, each page writes its own fields alone, two tabs do not overwrite each other."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from webui.steps.document import at, put
from webui.steps.merge import Conflict, marks, merge


def test_what_was_typed_comes_back_as_typed_with_its_problem(wizard) -> None:
    wizard.send("l3out", {"l3out.vlan": "three hundred", "l3out.mtu": "9000"}, do="next")
    page = wizard.get("l3out").text
    assert 'value="three hundred"' in page and 'aria-invalid="true"' in page
    assert at(wizard.row().draft, "l3out.vlan") == "three hundred"


def test_each_page_writes_its_own_fields_alone(wizard) -> None:
    wizard.send("l3out", {"l3out.vlan": "310"})
    wizard.send("network", {"network.pods.v4": "198.18.64.0/18", "l3out.vlan": "1", "name": "intruder"})
    wizard.send("fabric", {"name": "k8s-a", "network.pods.v4": "10.0.0.0/8"})
    draft = wizard.row().draft
    assert (at(draft, "l3out.vlan"), at(draft, "network.pods.v4"), draft["name"]) == ("310", "198.18.64.0/18", "k8s-a")


def test_a_request_that_lacks_a_field_leaves_it_alone(wizard) -> None:
    wizard.send("l3out", {"l3out.vlan": "310", "l3out.mtu": "1500"})
    wizard.send("l3out", {"l3out.mtu": "9000"})
    assert at(wizard.row().draft, "l3out.vlan") == "310"


def test_the_version_rises_with_real_changes_only(wizard) -> None:
    wizard.send("l3out", {"l3out.vlan": "310"})
    before = wizard.row().draft_version
    wizard.send("l3out", {"l3out.vlan": " 310 "}, do="next")
    wizard.send("l3out", {"l3out.mtu": ""})
    assert wizard.row().draft_version == before
    wizard.send("l3out", {"l3out.vlan": "311"})
    assert wizard.row().draft_version == before + 1


def test_saving_as_one_types_does_not_complain_of_what_was_not_reached_yet(wizard) -> None:
    answer = wizard.autosave("l3out", {"l3out.vlan": "5000"})
    told = {problem["field"] for problem in answer.json["problems"]}
    assert told == {"l3out.vlan"} and answer.json["summary"] == "1 problem" and answer.json["saved"]


def test_a_finished_page_says_what_is_missing(wizard) -> None:
    wizard.send("l3out", {}, do="next")
    told = {problem["field"] for problem in wizard.autosave("l3out", {}).json["problems"]}
    assert {"l3out.tenant", "l3out.vlan", "l3out.vrf", "l3out.anchors"} <= told


def test_proposals_come_with_the_answer(wizard) -> None:
    answer = wizard.autosave("l3out", {"l3out.node_subnet.v4": "198.18.2.0/24"})
    assert answer.json["proposals"]["l3out.floating.v4"]["value"] == "198.18.2.254"


def test_two_tabs_with_different_fields_both_count(wizard) -> None:
    seen = wizard.seen("l3out")
    assert wizard.autosave("l3out", {"l3out.vlan": "310", "l3out.mtu": ""}, seen=seen).status_code == 200
    assert wizard.autosave("l3out", {"l3out.vlan": "", "l3out.mtu": "1500"}, seen=seen).status_code == 200
    draft = wizard.row().draft
    assert (at(draft, "l3out.vlan"), at(draft, "l3out.mtu")) == ("310", "1500")


def test_two_tabs_with_the_same_field_are_told_and_nothing_is_lost(wizard) -> None:
    seen = wizard.seen("l3out")
    wizard.autosave("l3out", {"l3out.vlan": "310"}, seen=seen)
    quiet = wizard.autosave("l3out", {"l3out.vlan": "320"}, seen=seen)
    assert quiet.status_code == 409 and "VLAN" in quiet.json["what"]
    page = wizard.send("l3out", {"l3out.vlan": "320"}, seen=seen, do="next")
    assert page.status_code == 409
    assert 'value="320"' in page.text and "<code>310</code>" in page.text
    assert at(wizard.row().draft, "l3out.vlan") == "310"
    assert wizard.send("l3out", {"l3out.vlan": "320"}).status_code == 303
    assert at(wizard.row().draft, "l3out.vlan") == "320"


def test_rows_are_added_removed_and_stay_in_order(wizard) -> None:
    rows = {f"l3out.anchors.{n}.node": str(101 + n) for n in range(3)}
    wizard.send("l3out", {"l3out.anchors": "", **rows})
    wizard.send("l3out", {"l3out.anchors": "", **rows, "remove": "l3out.anchors.1"})
    assert [row["node"] for row in at(wizard.row().draft, "l3out.anchors")] == ["101", "103"]
    wizard.send("l3out", {"l3out.anchors": ""})
    assert not at(wizard.row().draft, "l3out.anchors")


def test_a_problem_is_shown_at_the_row_of_the_page_even_with_empty_rows_before_it(wizard) -> None:
    rows = {"l3out.anchors": "", "l3out.anchors.0.node": "", "l3out.anchors.4.node": "nonsense"}
    told = {problem["field"] for problem in wizard.autosave("l3out", rows).json["problems"]}
    assert "l3out.anchors.4.node" in told


def test_two_clusters_cannot_have_one_name(user) -> None:
    operator = user()
    one, two = operator.begin(), operator.begin()
    one.send("fabric", {"name": "k8s-a"})
    answer = two.autosave("fabric", {"name": "k8s-a"})
    assert [p["field"] for p in answer.json["problems"]] == ["name"]
    assert (one.row().name, two.row().name) == ("k8s-a", None)
    assert two.row().draft["name"] == "k8s-a"


VALUES = st.dictionaries(st.sampled_from(["a.b", "a.c", "d", "e.f.g"]), st.text(max_size=3))


@given(VALUES, VALUES, VALUES)
def test_a_merge_loses_neither_side(start, mine, theirs) -> None:
    paths = sorted({*start, *mine, *theirs})
    before = put({}, {path: value or None for path, value in start.items()})
    seen = marks(before, paths)
    after = merge(before, theirs, seen)
    try:
        result = merge(after, mine, seen)
    except Conflict as conflict:
        for path, value in conflict.theirs.items():
            assert value == at(after, path) and mine[path] != (value or "")
        return
    for path in paths:
        was, wanted = at(before, path) or "", at(after, path) or ""
        typed = mine.get(path, was)
        assert (at(result, path) or "") == (typed if typed != was else wanted)


@given(
    st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), st.text()
)
def test_any_path_into_any_document_is_answered(document, path) -> None:
    at(document, path)
    json.dumps(put({"a": document}, {"a.b.c": "x"}))
