"""Requests of runs, and their execution with stages of the test's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from webui.runs import locks, pipeline, queue, service, snapshot
from webui.runs.execution import Executor
from webui.runs.failures import Failure
from webui.runs.pipeline import Context
from webui.runs.reconcile import reconcile
from webui.runs.stop import INTERRUPTED, Ended, Stop
from webui.settings import Settings
from webui.store.box import Box
from webui.store.models import STAGES, Cluster, Event, Run, Stage

DRAFT = {
    "name": "k8s-dc1",
    "mode": "no-cluster",
    "fabric": {"site": "apic", "apics": ["apic1.example.net"], "user": "admin"},
    "l3out": {"name": "k8s-dc1", "node_subnet": {"v4": "198.18.2.0/24"}},
}
SECRETS = {"l3out.bgp.password": "planted-bgp", "fabric.password": "planted-admin"}


class Stages:
    """What the two built stages do in a test."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.acts: dict[str, Callable[[Context], None]] = {}

    def built(self) -> dict[str, Callable[[Context], None]]:
        return {name: self._stage(name) for name in ("preflight", "fabric")}

    def _stage(self, name: str) -> Callable[[Context], None]:
        def act(context: Context) -> None:
            self.done.append(name)
            if name in self.acts:
                self.acts[name](context)
            if context.run.kind == "plan" and name == "fabric":
                context.store(plan_digest="d" * 64, diff={"sentence": "Changes nothing.", "groups": []})

        return act


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    made = Stages()
    monkeypatch.setattr(pipeline, "built", made.built)
    return made


@pytest.fixture
def executor(settings: Settings, sessions: sessionmaker[Session], box: Box) -> Executor:
    return Executor(settings, sessions, box)


@pytest.fixture
def db(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as made:
        yield made


@pytest.fixture
def cluster(db: Session, box: Box) -> Cluster:
    made = Cluster(name="k8s-dc1", draft=DRAFT, sealed_draft_secrets=box.seal(SECRETS), draft_version=3)
    db.add(made)
    db.commit()
    return made


def ask_plan(db: Session, cluster: Cluster, action: str = "apply") -> Run:
    return service.request_plan(db, cluster.id, "ada", action, enqueue=False)


def fresh(db: Session, run: Run) -> Run:
    db.expire_all()
    return db.get_one(Run, run.id)


def stage(run: Run, name: str) -> Stage:
    return next(one for one in run.stages if one.name == name)


def test_it_snapshots_the_complete_spec_and_seals_its_secrets(
    db: Session, cluster: Cluster, box: Box, stages: Stages
) -> None:
    run = ask_plan(db, cluster)
    assert run.number == 1 and run.state == "queued" and run.draft_version == 3
    assert run.document["l3out"]["floating"]["v4"] == "198.18.2.254"
    assert "planted" not in str(run.document) and "planted" not in str(run.sealed_secrets)
    assert snapshot.secrets_of(run, box) == {"l3out.bgp.password": "planted-bgp"}
    password = snapshot.spec_of(run, box).l3out.bgp.password
    assert password and password.get_secret_value() == "planted-bgp"


def test_a_later_change_of_the_draft_does_not_reach_the_run(db: Session, cluster: Cluster, stages: Stages) -> None:
    run = ask_plan(db, cluster)
    cluster.draft = {**DRAFT, "name": "other"}
    db.commit()
    assert fresh(db, run).document["name"] == "k8s-dc1"


def test_stages_to_come_are_never_shown_as_done(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    run = ask_plan(db, cluster)
    assert executor.execute(run.id, Stop()) == "succeeded"
    ended = fresh(db, run).stages
    done = [stage.name for stage in ended if stage.state == "done"]
    assert done == ["preflight", "fabric"] and len(ended) == len(STAGES)
    others = {stage.detail for stage in ended if stage.state == "skipped"}
    assert others == {"Left out: mode no-cluster ends with the fabric. Its manifests can be downloaded."}


def test_one_active_run_a_cluster(db: Session, cluster: Cluster, stages: Stages) -> None:
    ask_plan(db, cluster)
    with pytest.raises(service.Busy, match="Run 1 of this cluster is queued"):
        ask_plan(db, cluster)


def test_of_many_requests_at_once_one_wins(
    sessions: sessionmaker[Session], db: Session, cluster: Cluster, stages: Stages
) -> None:
    outcomes: list[str] = []

    def ask() -> None:
        with sessions() as own:
            try:
                service.request_plan(own, cluster.id, "ada", enqueue=False)
                outcomes.append("made")
            except service.Busy:
                outcomes.append("busy")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy"] * 7 + ["made"]


def test_numbers_count_in_each_cluster(db: Session, cluster: Cluster, stages: Stages, executor: Executor) -> None:
    other = Cluster(name="other", draft=DRAFT)
    db.add(other)
    db.commit()
    for _ in range(2):
        executor.execute(ask_plan(db, cluster).id, Stop())
    assert ask_plan(db, cluster).number == 3
    assert ask_plan(db, other).number == 1


def planned(db: Session, cluster: Cluster, executor: Executor) -> Run:
    run = ask_plan(db, cluster)
    assert executor.execute(run.id, Stop()) == "succeeded"
    return fresh(db, run)


def test_a_plan_is_applied(db: Session, cluster: Cluster, stages: Stages, executor: Executor) -> None:
    plan = planned(db, cluster, executor)
    run = service.request_apply(db, plan.id, "ada", enqueue=False)
    assert (run.kind, run.plan_id, run.document, run.diff) == ("apply", plan.id, plan.document, plan.diff)
    assert executor.execute(run.id, Stop()) == "succeeded"


def test_a_plan_of_an_older_draft_is_stale(db: Session, cluster: Cluster, stages: Stages, executor: Executor) -> None:
    plan = planned(db, cluster, executor)
    cluster.draft_version += 1
    db.commit()
    with pytest.raises(service.Stale, match="draft was changed"):
        service.request_apply(db, plan.id, "ada", enqueue=False)


def test_a_plan_that_another_run_followed_is_stale(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    first, second = planned(db, cluster, executor), planned(db, cluster, executor)
    with pytest.raises(service.Stale, match="Run 2 came after"):
        service.request_apply(db, first.id, "ada", enqueue=False)
    executor.execute(service.request_apply(db, second.id, "ada", enqueue=False).id, Stop())
    with pytest.raises(service.Stale, match="Run 3 came after"):
        service.request_apply(db, second.id, "ada", enqueue=False)


def test_a_failed_or_discarded_plan_is_not_applied(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    plan = planned(db, cluster, executor)
    service.discard(db, plan.id, "ada")
    with pytest.raises(service.Stale, match="discarded"):
        service.request_apply(db, plan.id, "ada", enqueue=False)


def test_a_waiting_run_is_stopped_at_once_and_never_starts(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    run = ask_plan(db, cluster)
    service.request_stop(db, run.id, "ada")
    assert fresh(db, run).state == "stopped"
    assert executor.execute(run.id, Stop()) is None and stages.done == []


def wait_for_stop(context: Context) -> None:
    assert context.stop.flag.wait(10)
    raise Ended


def test_stop_reaches_a_running_run_through_the_database(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    stages.acts["fabric"] = wait_for_stop
    run = ask_plan(db, cluster)
    thread = threading.Thread(target=executor.execute, args=(run.id, Stop()))
    thread.start()
    wait_until(lambda: stages.done == ["preflight", "fabric"])
    service.request_stop(db, run.id, "ada")
    assert run.state == "stopping"
    thread.join(10)
    ended = fresh(db, run)
    assert ended.state == "stopped" and stage(ended, "fabric").state == "stopped" and ended.ended


def wait_until(check: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def test_a_run_whose_process_ends_is_interrupted_and_resumes_at_its_stage(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    run, asked = ask_plan(db, cluster), Stop()

    def end_the_process(context: Context) -> None:
        asked.ask(INTERRUPTED)
        wait_for_stop(context)

    stages.acts["fabric"] = end_the_process
    assert executor.execute(run.id, asked) == "interrupted"
    del stages.acts["fabric"]
    stages.done.clear()
    again = service.resume(db, run.id, "ada", enqueue=False)
    assert again.resumes_id == run.id and again.number == 2
    assert executor.execute(again.id, Stop()) == "succeeded"
    assert stages.done == ["fabric"]
    assert (fresh(db, again).stages[0].state, fresh(db, again).stages[0].detail) == ("skipped", "Done in run 1.")


def test_only_the_newest_run_is_resumed(db: Session, cluster: Cluster, stages: Stages, executor: Executor) -> None:
    stages.acts["fabric"] = fail
    failed = ask_plan(db, cluster)
    executor.execute(failed.id, Stop())
    del stages.acts["fabric"]
    planned(db, cluster, executor)
    with pytest.raises(service.NotResumable, match="Run 2 came after"):
        service.resume(db, failed.id, "ada", enqueue=False)


def fail(context: Context) -> None:
    context.say("The password is planted-bgp.")
    raise Failure("The APIC refused planted-bgp.", "It said so.", "Do something.", "l3out.vlan", "l3out")


def test_a_failure_is_a_card_and_secrets_are_taken_out_of_what_is_said(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    stages.acts["preflight"] = fail
    run = ask_plan(db, cluster)
    assert executor.execute(run.id, Stop()) == "failed"
    ended = fresh(db, run)
    assert ended.failure and ended.failure["field"] == "l3out.vlan" and ended.failure["retry"] is False
    assert ended.failure["what"] == "The APIC refused (secret)."
    texts = db.scalars(select(Event.text).where(Event.run_id == run.id)).all()
    assert "The password is (secret)." in texts and not any("planted" in text for text in texts)
    assert [stage(ended, name).state for name in ("preflight", "fabric")] == ["failed", "waiting"]


def test_an_unexpected_error_is_no_trace_for_users(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(context: Context) -> None:
        raise ZeroDivisionError("planted-bgp")

    stages.acts["preflight"] = crash
    run = ask_plan(db, cluster)
    assert executor.execute(run.id, Stop()) == "failed"
    ended = fresh(db, run)
    assert ended.failure and "Traceback" not in str(ended.failure) and "ZeroDivisionError" in ended.failure["cause"]
    assert "Traceback" in caplog.text and "planted" not in caplog.text


def test_a_run_whose_process_is_gone_is_marked_interrupted(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    run = ask_plan(db, cluster)
    run.state, run.stages[0].state = "running", "running"
    db.commit()
    assert reconcile(executor) == [run.id]
    ended = fresh(db, run)
    assert ended.state == "interrupted" and ended.stages[0].state == "stopped"
    assert "Resume" in db.scalars(select(Event.text).where(Event.run_id == run.id)).one()


def test_a_run_that_somebody_carries_is_left_alone(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor, settings: Settings
) -> None:
    run = ask_plan(db, cluster)
    run.state = "running"
    db.commit()
    with locks.held(settings, cluster.id) as ours:
        assert ours and reconcile(executor) == []
    assert fresh(db, run).state == "running"


def test_what_waited_is_handed_to_the_queue_again_at_start(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor, settings: Settings
) -> None:
    ask_plan(db, cluster)
    assert queue.huey_for(settings).pending_count() == 0
    reconcile(executor, at_start=True)
    assert queue.huey_for(settings).pending_count() == 1


def test_a_request_reaches_the_queue(db: Session, cluster: Cluster, stages: Stages, settings: Settings) -> None:
    service.request_plan(db, cluster.id, "ada")
    assert queue.huey_for(settings).pending_count() == 1


def test_the_admin_password_is_wiped_when_its_run_ends(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor, box: Box
) -> None:
    plan = ask_plan(db, cluster, "destroy")
    executor.execute(plan.id, Stop())
    run = service.request_apply(db, plan.id, "ada", admin_password="planted-once", enqueue=False)
    assert snapshot.admin_password_of(run, box) == "planted-once" and "planted" not in str(run.sealed_secrets)
    executor.execute(run.id, Stop())
    assert snapshot.admin_password_of(fresh(db, run), box) is None


def test_lines_are_numbered_and_read_in_pages(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    def talk(context: Context) -> None:
        for number in range(1000):
            context.say(f"line {number}", data={"done": number, "total": 1000})

    stages.acts["preflight"] = talk
    run = ask_plan(db, cluster)
    executor.execute(run.id, Stop())
    first = service.events_after(db, run.id, 0)
    assert [event.n for event in first] == list(range(1, 501))
    rest = service.events_after(db, run.id, 990)
    assert rest[0].n == 991 and rest[0].text == "line 990" and rest[0].data == {"done": 990, "total": 1000}
    assert fresh(db, run).last_event == rest[-1].n
    lines = list(service.log_lines(db, run.id))
    assert len(lines) == rest[-1].n and lines[0].endswith("line 0\n") and "preflight" in lines[0]


def test_a_hundred_thousand_lines_are_written_in_seconds(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    def talk(context: Context) -> None:
        for number in range(100_000):
            context.say(f"line {number}")

    stages.acts["preflight"] = talk
    run = ask_plan(db, cluster)
    began: Any = time.monotonic()
    executor.execute(run.id, Stop())
    assert time.monotonic() - began < 60
    assert fresh(db, run).last_event > 100_000
    began = time.monotonic()
    assert service.events_after(db, run.id, 99_990)[0].text == "line 99990"
    assert time.monotonic() - began < 1


def put_in_place(context: Context) -> None:
    """What the fabric's stage notes at its end."""
    with context.sessions() as db:
        db.get_one(Cluster, context.run.cluster_id).applied = context.run.document
        db.commit()


def test_a_drift_check_is_of_what_was_applied_and_such_a_plan_of_a_changed_draft_is_never_applied(
    db: Session, cluster: Cluster, stages: Stages, executor: Executor
) -> None:
    plan = planned(db, cluster, executor)
    apply = service.request_apply(db, plan.id, "operator", enqueue=False)
    stages.acts["fabric"] = put_in_place
    executor.execute(apply.id, Stop())
    del stages.acts["fabric"]
    db.expire_all()
    row = db.get_one(Cluster, cluster.id)
    assert not service.draft_moved_on(db, row)
    row.draft = {**row.draft, "l3out": {**row.draft["l3out"], "name": "another"}}
    row.draft_version += 1
    db.commit()
    assert service.draft_moved_on(db, row)
    check = service.request_plan(db, cluster.id, "operator", of="applied", enqueue=False)
    assert check.document["l3out"]["name"] == "k8s-dc1"
    executor.execute(check.id, Stop())
    db.expire_all()
    with pytest.raises(service.Stale, match="of what was applied, not of the draft"):
        service.request_apply(db, check.id, "operator")
