"""What a state is called, and how far a run is: never done before it is done."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.clusters import documents, states
from webui.filters import age, duration
from webui.store.models import Cluster, Run, Stage

STATES = ("waiting", "running", "done", "failed", "stopped", "to-come", "skipped")
stages = st.lists(
    st.builds(
        Stage, name=st.just("fabric"), state=st.sampled_from(STATES), done=st.integers(0, 90), total=st.integers(0, 60)
    ),
    max_size=9,
)


@given(stages)
def test_only_a_run_that_ended_well_is_at_100_percent(found: list[Stage]) -> None:
    assert 0 <= states.percent(found) <= 99
    assert states.percent(found, ended_well=True) == 100


def test_stages_to_come_do_not_count() -> None:
    found = [Stage(state="done"), Stage(state="running", done=1, total=4)] + [Stage(state="to-come")] * 7
    assert states.percent(found) == 62


@pytest.mark.parametrize(
    ("applied", "destroyed", "last", "text", "group"),
    [
        (False, False, None, "Draft", "draft"),
        (True, False, None, "In place", "placed"),
        (True, False, ("plan", "apply", "running"), "Planning", "running"),
        (True, False, ("apply", "apply", "queued"), "Applying, 0 %, queued", "running"),
        (True, False, ("apply", "destroy", "running"), "Destroying, 0 %", "running"),
        (True, False, ("apply", "apply", "stopping"), "Stopping", "running"),
        (True, False, ("plan", "apply", "failed"), "In place", "placed"),
        (True, False, ("apply", "apply", "failed"), "Apply failed", "look"),
        (False, False, ("apply", "apply", "interrupted"), "Apply interrupted", "look"),
        (True, False, ("apply", "destroy", "stopped"), "Destroy stopped", "look"),
        (False, True, ("apply", "destroy", "succeeded"), "Destroyed", "destroyed"),
    ],
)
def test_a_cluster_says_in_which_state_it_is(
    applied: bool, destroyed: bool, last: tuple[str, str, str] | None, text: str, group: str
) -> None:
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    cluster = Cluster(applied={"name": "x"} if applied else None, destroyed_at=at if destroyed else None)
    run = Run(kind=last[0], action=last[1], state=last[2], stages=[]) if last else None
    state = states.cluster_state(cluster, run)
    assert (state.text, state.group) == (text, group)


def test_a_failed_run_names_its_stage() -> None:
    run = Run(
        kind="apply",
        state="failed",
        stages=[Stage(name="preflight", state="done"), Stage(name="fabric", state="failed")],
    )
    assert states.run_state(run).text == "Failed at Fabric"
    assert states.stage_sentence(run.stages) == ("Fabric", "stage 2 of 2, ended by the failure")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["l3out", "anchors", "node", "v4", "network", "pods", "fabric", "apics"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(ANY)
def test_any_half_typed_draft_can_be_shown(draft: object) -> None:
    assert isinstance(documents.search_text("x", draft), str)
    assert documents.site_label("apic", draft)
    assert all(address for _, address in documents.addresses(draft))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "under 1 min"),
        (90, "1 min"),
        (3600, "1 h"),
        (4000, "1 h 6 min"),
        (86400, "1 d"),
        (1051200, "12 d 4 h"),
        (9e6, "104 d"),
    ],
)
def test_ages_have_two_units_at_most(seconds: float, words: str) -> None:
    assert age(dt.timedelta(seconds=seconds)) == words


def test_durations_count_minutes_and_hours() -> None:
    start = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    assert duration(start, start + dt.timedelta(seconds=83)) == "1:23"
    assert duration(start, start + dt.timedelta(seconds=3723)) == "1:02:03"
    assert duration(None) == ""
