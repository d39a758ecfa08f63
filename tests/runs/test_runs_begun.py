"""Which L3Outs a cluster has begun to make, told from its runs."""

from __future__ import annotations

import datetime as dt

from webui.runs import begun
from webui.store.models import Run, Stage

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
OURS = "uni/tn-k8s-prod/out-k8s-dc1"


def run(
    kind: str = "apply", action: str = "apply", state: str = "failed", reached: bool = True, name: str = "k8s-dc1"
) -> Run:
    stages = [
        Stage(position=0, name="preflight", started=NOW),
        Stage(position=1, name="fabric", started=NOW if reached else None),
    ]
    document = {"l3out": {"tenant": "k8s-prod", "name": name}}
    return Run(kind=kind, action=action, state=state, document=document, stages=stages)


def test_an_apply_that_reached_the_fabric_began_its_l3out() -> None:
    assert begun.l3outs([run()]) == {OURS}


def test_a_plan_began_nothing_and_neither_did_an_apply_that_preflight_refused() -> None:
    assert begun.l3outs([run(kind="plan"), run(reached=False)]) == set()


def test_a_finished_destroy_ends_it_and_a_failed_one_does_not() -> None:
    assert begun.l3outs([run(), run(action="destroy", state="succeeded")]) == set()
    assert begun.l3outs([run(), run(action="destroy", state="failed")]) == {OURS}


def test_each_name_that_was_tried_counts() -> None:
    assert begun.l3outs([run(name="k8s-dc2"), run()]) == {OURS, "uni/tn-k8s-prod/out-k8s-dc2"}
