"""Review: what blocks, what would change, whether the plan is still the plan; the spec as a file."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from webui.store.engine import engine, session_factory
from webui.store.models import Run, now

DIFF = {
    "summary": {"add": 1, "change": 1, "destroy": 0, "keep": 3},
    "sentence": "Adds one subnet and raises the prefix limit.",
    "groups": [
        {
            "title": "BGP policies",
            "objects": [
                {
                    "op": "change",
                    "class": "bgpPeerPfxPol",
                    "dn": "uni/tn-k8s-prod/bgpPfxP-k8s-dc1",
                    "rn": "bgpPfxP-k8s-dc1",
                    "title": "Prefix limit",
                    "attributes": [{"name": "maxPfx", "before": "500", "after": "1000", "note": "Sessions stay"}],
                }
            ],
        }
    ],
    "drift": [{"op": "change", "class": "fvX", "dn": "uni/x", "rn": "x", "title": "Touched by hand", "attributes": []}],
}


def runs_of(wizard) -> list[Run]:
    with session_factory(engine(wizard.settings))() as db:
        return list(db.scalars(select(Run).where(Run.cluster_id == wizard.cluster_id).order_by(Run.id)))


def plan_made(wizard, **columns: object) -> Run:
    """The queued plan as a worker leaves it behind."""
    assert wizard.post("review/plan").status_code == 303
    with session_factory(engine(wizard.settings))() as db:
        run = db.scalars(select(Run).where(Run.cluster_id == wizard.cluster_id).order_by(Run.id.desc())).first()
        values = {"state": "succeeded", "diff": DIFF, "plan_digest": "ef62facd" * 8, "started": now(), "ended": now()}
        for name, value in {**values, **columns}.items():
            setattr(run, name, value)
        db.commit()
        return run


def test_problems_block_the_plan_and_link_to_their_fields(wizard) -> None:
    page = wizard.get("review").text
    assert "Nothing can be planned yet" in page and "disabled" in page
    for link in (
        "/l3out#l3out.vlan",
        "/l3out#l3out.vrf",
        "/l3out#l3out.anchors",
        "/fabric#name",
        "/fabric#fabric.apics",
    ):
        assert wizard.url("")[:-1] + link in page, link
    wizard.post("review/plan")
    assert runs_of(wizard) == []


def test_every_link_of_a_problem_leads_to_an_element_of_its_page(wizard) -> None:
    import re

    wizard.send("l3out", {"l3out.anchors": "", "l3out.anchors.0.node": "x", "l3out.anchors.1.v4": "y"}, do="next")
    for page, anchor in re.findall(r'href="/clusters/\w+/(\w+)#([^"]+)"', wizard.get("review").text):
        assert f'id="{anchor}"' in wizard.get(page).text, (page, anchor)


def test_a_plan_is_asked_for_once_and_followed(on_lab) -> None:
    assert on_lab.post("review/plan").status_code == 303
    page = on_lab.get("review").text
    assert 'data-live="' in page and "Follow run 1" in page and "Apply this plan" not in page
    again = on_lab.post("review/plan")
    assert again.status_code == 409 and len(runs_of(on_lab)) == 1
    assert 'data-live="' in on_lab.get("review/progress").text


def test_a_current_plan_is_shown_object_by_object_and_applied_as_it_is(on_lab) -> None:
    plan = plan_made(on_lab)
    page = on_lab.get("review").text
    for words in (
        DIFF["sentence"],
        "bgpPfxP-k8s-dc1",
        "<del>500</del>",
        "<ins>1000</ins>",
        "by hand",
        "Apply this plan",
        "ef62facd",
    ):
        assert words in page, words
    answer = on_lab.post("review/apply", {"plan": str(plan.id)})
    assert answer.status_code == 303 and "/runs/" in answer.location
    assert (runs_of(on_lab)[-1].kind, runs_of(on_lab)[-1].plan_id) == ("apply", plan.id)


def test_a_plan_of_an_older_draft_is_stale_and_refused(on_lab) -> None:
    plan = plan_made(on_lab)
    on_lab.send("l3out", {"l3out.mtu": "1500"})
    page = on_lab.get("review").text
    assert "Stale" in page and "Apply this plan" not in page and "Plan changes" in page
    assert on_lab.post("review/apply", {"plan": str(plan.id)}).status_code == 409
    assert len(runs_of(on_lab)) == 1


def test_only_the_plan_that_was_shown_is_applied(on_lab) -> None:
    old = plan_made(on_lab)
    plan_made(on_lab)
    answer = on_lab.post("review/apply", {"plan": str(old.id)})
    assert answer.status_code == 409 and "not the newest plan" in answer.text
    assert on_lab.post("review/apply", {"plan": ""}).status_code == 409


def test_a_plan_that_changes_nothing_cannot_be_applied_from_the_page(on_lab) -> None:
    plan_made(
        on_lab, diff={**DIFF, "summary": {"add": 0, "change": 0, "destroy": 0, "keep": 9}, "groups": [], "drift": []}
    )
    page = on_lab.get("review").text
    assert "Nothing would change" in page and 'type="button" disabled' in page


def test_a_failed_plan_says_what_why_and_what_to_do(on_lab) -> None:
    plan_made(
        on_lab,
        state="failed",
        diff=None,
        failure={"what": "The APIC is gone.", "cause": "Cable.", "remedy": "Plug it in."},
    )
    page = on_lab.get("review").text
    assert "The APIC is gone." in page and "Plug it in." in page and "Plan changes" in page


def test_a_draft_goes_out_as_yaml_and_comes_back_the_same(on_lab, lab_user) -> None:
    exported = on_lab.get("review/spec.yaml")
    assert exported.headers["Content-Disposition"] == 'attachment; filename="k8s-dc1.yaml"'
    other = lab_user(name="second").begin()
    assert (
        other.post("review/yaml", {"yaml": exported.text.replace("name: k8s-dc1", "name: k8s-dc9")}).status_code == 303
    )
    assert other.get("review/spec.yaml").text == exported.text.replace("name: k8s-dc1", "name: k8s-dc9")


@pytest.mark.parametrize("text", ["", "{", "- a", "just words", "a: &x {b: *x}"])
def test_what_is_no_spec_is_refused_and_shown_again(wizard, text) -> None:
    wizard.send("fabric", {"name": "k8s-a"})
    answer = wizard.post("review/yaml", {"yaml": text})
    assert answer.status_code == 400 and 'aria-invalid="true"' in answer.text
    assert wizard.row().draft["name"] == "k8s-a"


def test_wrong_values_of_an_uploaded_spec_are_kept_and_said(wizard) -> None:
    wizard.post("review/yaml", {"yaml": "name: k8s-a\nl3out: {vlan: nine, colour: red}"})
    page = wizard.get("review").text
    assert "nine" in page and "colour" in page
    assert 'value="nine"' in wizard.get("l3out").text


def test_the_site_of_an_applied_cluster_stays(on_lab) -> None:
    with session_factory(engine(on_lab.settings))() as db:
        row = db.get_one(type(on_lab.row()), on_lab.cluster_id)
        row.applied = dict(row.draft)
        db.commit()
    on_lab.send("fabric", {"fabric.site": "apic"})
    assert on_lab.row().draft["fabric"]["site"] == "lab" and on_lab.row().site == "lab"
    assert "Fixed" in on_lab.get("fabric").text


def test_an_applied_plan_says_so_and_its_own_l3out_is_not_in_its_way(on_lab) -> None:
    plan = plan_made(on_lab)
    on_lab.post("review/apply", {"plan": str(plan.id)})
    with session_factory(engine(on_lab.settings))() as db:
        run = db.scalars(select(Run).where(Run.kind == "apply", Run.cluster_id == on_lab.cluster_id)).one()
        run.state, run.started, run.ended = "succeeded", now(), now()
        db.commit()
    page = on_lab.get("review").text
    assert "Applied" in page and "Stale" not in page and "Plan changes" in page and "Apply this plan" not in page
    on_lab.send("l3out", {"l3out.mtu": "1500"})
    assert "the draft was changed since" in on_lab.get("review").text
