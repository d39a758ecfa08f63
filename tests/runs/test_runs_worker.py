"""The worker as a process: it takes runs from the queue, ends cleanly, and survives being killed with -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy.orm import Session, sessionmaker

from lab.apic.faults import Rule
from tests.lab_apic_server import Simulator
from tests.lab_home import lab_in
from webui import lookups
from webui import spec as specs
from webui.runs import service
from webui.runs.processes import began
from webui.runs.site import connect
from webui.settings import Settings
from webui.store.box import Box
from webui.store.models import Cluster, Run, now

pytestmark = pytest.mark.job
OUT = "uni/tn-k8s-prod/out-k8s-dc1"


class Worker:
    """`python -m webui.worker` on a home."""

    def __init__(self, home: Path) -> None:
        self.log = home / "worker.log"
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "webui.worker"],
                env={**os.environ, "ANCHORAGE_HOME": str(home)},
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def settings(home: Path) -> Settings:
    from webui.settings import load
    from webui.store.engine import migrate

    made = load({"ANCHORAGE_HOME": str(home)})
    migrate(made)
    return made


@pytest.fixture
def lab(settings: Settings) -> Iterator[Simulator]:
    with lab_in(settings.home) as simulator:
        yield simulator


@pytest.fixture
def workers(settings: Settings) -> Iterator[Callable[[], Worker]]:
    started: list[Worker] = []

    def start() -> Worker:
        started.append(Worker(settings.home))
        return started[-1]

    yield start
    for worker in started:
        worker.end(signal.SIGKILL)


@pytest.fixture
def cluster(sessions: sessionmaker[Session], box: Box, settings: Settings, lab: Simulator, root: Path) -> str:
    document = yaml.safe_load((root / "examples/lab.yaml").read_text())
    document["l3out"]["bgp"]["password"] = "planted-Pa55"
    draft, secrets = specs.secrets.split(document)
    spec = specs.parse(document).spec
    with connect(spec, lab.password, settings) as session, sessions() as db:
        credential = lookups.make_installer_user(session, "anchorage-test", now)
        made = Cluster(name="k8s-dc1", site="lab", draft=draft, sealed_draft_secrets=box.seal(secrets))
        made.sealed_credential = box.seal(credential.to_json())
        db.add(made)
        db.commit()
        return made.id


def wait_for(sessions: sessionmaker[Session], run: Run, *states: str, seconds: float = 60) -> Run:
    until = time.monotonic() + seconds
    while True:
        with sessions() as db:
            found = db.get_one(Run, run.id)
            _ = found.stages
        if found.state in states:
            return found
        assert time.monotonic() < until, f"still {found.state}: {found.failure}"
        time.sleep(0.1)


def plan(sessions: sessionmaker[Session], cluster: str) -> Run:
    with sessions() as db:
        return wait_for(sessions, service.request_plan(db, cluster, "ada"), "succeeded", "failed")


def slow_apply(sessions: sessionmaker[Session], cluster: str, lab: Simulator) -> Run:
    """An apply run in the middle of its work."""
    planned = plan(sessions, cluster)
    assert planned.state == "succeeded", planned.failure
    lab.faults.rules.append(Rule(r"/api/mo/", "POST", delay=0.5))
    with sessions() as db:
        run = service.request_apply(db, planned.id, "ada")
    until = time.monotonic() + 30
    while OUT not in lab.tree():
        assert time.monotonic() < until
        time.sleep(0.05)
    return run


def resumed(sessions: sessionmaker[Session], run: Run, lab: Simulator) -> Run:
    lab.faults.rules.clear()
    with sessions() as db:
        return wait_for(sessions, service.resume(db, run.id, "ada"), "succeeded", "failed")


def assert_the_end_state(sessions: sessionmaker[Session], cluster: str, lab: Simulator, home: Path) -> None:
    assert sum("/rsnodeL3OutAtt-" in dn for dn in lab.tree() if dn.startswith(OUT)) == 3
    again = plan(sessions, cluster)
    assert again.diff and again.diff["summary"] == {"add": 0, "change": 0, "destroy": 0, "keep": 54}
    with sessions() as db:
        assert db.get_one(Cluster, cluster).applied
    leaked = [path for path in home.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]
    assert leaked == []


def test_a_worker_killed_with_9_leaves_an_interrupted_run_that_resumes_to_the_same_end(
    sessions: sessionmaker[Session], cluster: str, lab: Simulator, workers: Callable[[], Worker], home: Path
) -> None:
    first = workers()
    run = slow_apply(sessions, cluster, lab)
    with sessions() as db:
        terraform = db.get_one(Run, run.id).pid
    assert terraform and began(terraform)
    first.end(signal.SIGKILL)
    workers()
    left = wait_for(sessions, run, "interrupted", "failed", "succeeded")
    assert (
        left.state == "interrupted"
        and {one.name: one.state for one in left.stages}["fabric"] == "stopped"
        and left.pid is None
    )
    assert began(terraform) is None, "Terraform runs on unattended"
    assert not list(home.glob("clusters/*/fabric/code/fabric/terraform.tfstate*"))
    assert resumed(sessions, run, lab).state == "succeeded"
    assert_the_end_state(sessions, cluster, lab, home)


def test_terraform_ends_by_itself_when_its_worker_is_killed(
    sessions: sessionmaker[Session], cluster: str, lab: Simulator, workers: Callable[[], Worker]
) -> None:
    worker = workers()
    run = slow_apply(sessions, cluster, lab)
    with sessions() as db:
        terraform = db.get_one(Run, run.id).pid
    worker.end(signal.SIGKILL)
    until = time.monotonic() + 10
    while terraform and began(terraform):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_sigterm_ends_the_worker_and_interrupts_its_run(
    sessions: sessionmaker[Session], cluster: str, lab: Simulator, workers: Callable[[], Worker], home: Path
) -> None:
    worker = workers()
    run = slow_apply(sessions, cluster, lab)
    began_at = time.monotonic()
    assert worker.end(signal.SIGTERM) == 0
    assert time.monotonic() - began_at < 12
    assert wait_for(sessions, run, "interrupted", "failed", seconds=1).state == "interrupted"
    workers()
    assert resumed(sessions, run, lab).state == "succeeded"
    assert_the_end_state(sessions, cluster, lab, home)


def test_stop_ends_a_run_within_ten_seconds(
    sessions: sessionmaker[Session], cluster: str, lab: Simulator, workers: Callable[[], Worker], home: Path
) -> None:
    workers()
    run = slow_apply(sessions, cluster, lab)
    with sessions() as db:
        service.request_stop(db, run.id, "ada")
    assert wait_for(sessions, run, "stopped", "failed", "succeeded", seconds=10).state == "stopped"
    assert resumed(sessions, run, lab).state == "succeeded"
    assert_the_end_state(sessions, cluster, lab, home)


def test_what_waited_while_no_worker_ran_is_taken_up(
    sessions: sessionmaker[Session], cluster: str, workers: Callable[[], Worker]
) -> None:
    with sessions() as db:
        run = service.request_plan(db, cluster, "ada")
    workers()
    assert wait_for(sessions, run, "succeeded", "failed").state == "succeeded"
