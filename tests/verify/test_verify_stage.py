"""The stage and the command: how a look becomes a report, when it fails, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from tests import verify_scenes as scenes
from webui.cli import main, verify_commands
from webui.lookups.verify import Brought
from webui.runs import outside, plays, settle, vcenter
from webui.runs.failures import Failure
from webui.runs.pipeline import Context, Skipped
from webui.runs.playbook import Outcome
from webui.runs.stages import verify
from webui.runs.stop import Ended, Stop
from webui.verify import Report, from_json, judge
from webui.verify.seen import Workload

SPEC = scenes.spec_of(password="s3cret")
WANTED, SEEN = scenes.whole(SPEC)


@dataclass
class Table:
    """Everything around the stage, by hand: what was played, said and kept."""

    fabrics: list[Any]
    brought: Brought
    played: list[tuple[str, str]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    reads: int = 0
    remove: Callable[[], None] = lambda: None
    machines: Callable[[], None] = lambda: None

    def play(self, context: Context, book: str, variables: Any = None, limit: str = "") -> Outcome:
        self.played.append((book, limit))
        if book == verify.REMOVAL:
            self.remove()
        return Outcome(files={verify.HANDED: "{}"})

    def fabric(self, session: Any, spec: Any, *, since: str) -> Any:
        self.reads += 1
        return self.fabrics[min(self.reads, len(self.fabrics)) - 1]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    made = Table([SEEN.fabric], Brought(SEEN.cluster, SEEN.workload, SEEN.reaches))

    @contextmanager
    def signed(*_: object) -> Iterator[str]:
        yield "session"

    monkeypatch.setattr(plays, "play", made.play)
    monkeypatch.setattr(verify, "read_cluster", lambda text: made.brought)
    monkeypatch.setattr(verify, "read_fabric", made.fabric)
    monkeypatch.setattr(verify, "signed", signed)
    monkeypatch.setattr(verify, "reached", lambda session: "apic1")
    monkeypatch.setattr(verify, "_applied_at", lambda context: scenes.APPLIED)
    monkeypatch.setattr(outside, "of_site", lambda context: None)
    monkeypatch.setattr(vcenter, "must_have_machines", lambda context: made.machines())
    monkeypatch.setattr(settle, "outputs", lambda context, **found: made.kept.update(found))
    monkeypatch.setattr(verify, "POLL", 0.01)
    monkeypatch.setattr(verify, "SETTLING", 0.05)
    monkeypatch.setattr(verify, "PATIENCE", {"verify": 0.02})
    return made


def context_of(table: Table, action: str = "verify", kind: str = "apply", **environ: str) -> Any:
    say = lambda text, level="info", data=None: table.said.append((level, text))  # noqa: E731
    run = SimpleNamespace(kind=kind, action=action, cluster_id="c", id=1)
    found = {"run": run, "spec": SPEC, "stop": Stop(), "environ": environ, "say": say}
    return SimpleNamespace(**found, credential={}, settings=None)


def test_a_green_cluster_passes_and_its_report_is_kept(table: Table) -> None:
    verify.run(context_of(table))
    report = from_json(table.kept["verify"])
    assert report
    assert report.green
    assert report.notes == ("Leaves and a client outside cannot be asked here: the built-in lab alone can.",)
    assert [book for book, _ in table.played] == ["verify.yml", "verify_remove.yml"]
    assert table.played[1][1] == "k8s-cp-1"
    assert table.reads == 1


def test_a_plan_verifies_nothing(table: Table) -> None:
    with pytest.raises(Skipped):
        verify.run(context_of(table, kind="plan"))
    assert not table.played


def test_without_machines_nobody_is_asked(table: Table) -> None:
    def refuse() -> None:
        raise Skipped("Left out: the lab runs without machines.")

    table.machines = refuse
    with pytest.raises(Skipped):
        verify.run(context_of(table))
    assert not table.played
    assert table.reads == 0


def test_sessions_that_come_up_in_time_are_waited_for(table: Table) -> None:
    down = scenes.session_down(SEEN, 101).fabric
    table.fabrics = [down, down, SEEN.fabric]
    verify.run(context_of(table, action="apply"))
    assert table.reads == 3
    assert [book for book, _ in table.played] == ["verify.yml", "verify_remove.yml"]


def test_red_cells_fail_with_cause_remedy_and_field_and_the_report_stays(table: Table) -> None:
    table.fabrics = [scenes.session_down(SEEN, 101, password=False).fabric]
    with pytest.raises(Failure) as caught:
        verify.run(context_of(table))
    card = caught.value
    assert card.what == "Leaf 101 has no session with k8s-cp-1, k8s-cp-2 and k8s-w-1."
    assert (card.field, card.page, card.retry) == ("l3out.bgp.password", "l3out", True)
    report = from_json(table.kept["verify"])
    assert report
    assert not report.green
    assert any(level == "error" and "Leaf 101" in text for level, text in table.said)
    assert "verify_remove.yml" in [book for book, _ in table.played]


def test_at_the_end_of_an_apply_it_looks_twice_before_it_fails(table: Table) -> None:
    table.fabrics = [scenes.session_down(SEEN, 101, password=False).fabric]
    with pytest.raises(Failure):
        verify.run(context_of(table, action="apply"))
    assert [book for book, _ in table.played].count("verify.yml") == 2


def test_a_silent_master_is_not_asked_to_remove_the_workload(table: Table) -> None:
    assert SEEN.cluster
    silent = replace(SEEN.cluster, silent=frozenset({"k8s-cp-1"}))
    table.brought = Brought(silent, SEEN.workload, SEEN.reaches)
    with pytest.raises(Failure):
        verify.run(context_of(table))
    assert table.played[-1] == ("verify_remove.yml", "k8s-cp-2")


def test_a_workload_that_stays_is_named(table: Table) -> None:
    def refuse() -> None:
        raise Failure("The machine went.", "", "")

    table.remove = refuse
    verify.run(context_of(table))
    assert any(level == "warning" and "anchorage-verify" in text for level, text in table.said)


def test_without_the_workload_nothing_is_removed(table: Table) -> None:
    inside = tuple(one for one in SEEN.reaches if one.target.startswith(("leaf", "kubernetes")))
    table.brought = Brought(SEEN.cluster, Workload(kubernetes="198.18.4.1", made=False), inside)
    verify.run(context_of(table, ANCHORAGE_VERIFY_WORKLOAD="no"))
    assert [book for book, _ in table.played] == ["verify.yml"]
    report = from_json(table.kept["verify"])
    assert report
    assert "The test workload was left out, so no pod was asked." in report.notes


def test_a_workload_that_nobody_left_out_and_that_is_not_there_fails_with_its_cause(table: Table) -> None:
    inside = tuple(one for one in SEEN.reaches if one.target.startswith(("leaf", "kubernetes")))
    table.brought = Brought(SEEN.cluster, Workload(kubernetes="198.18.4.1", made=False), inside)
    with pytest.raises(Failure) as caught:
        verify.run(context_of(table))
    assert "nothing was sent to a pod" in caught.value.what
    assert "coredns" in caught.value.cause


def test_stop_ends_the_waiting(table: Table) -> None:
    table.fabrics = [scenes.session_down(SEEN, 101).fabric]
    context = context_of(table, action="apply")
    context.stop.ask()
    with pytest.raises(Ended):
        verify.run(context)
    assert [book for book, _ in table.played] == ["verify.yml"]


def test_what_was_not_handed_over_is_a_failure_in_words(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "read_cluster", lambda text: json.loads("no"))
    with pytest.raises(Failure, match="cannot be read"):
        verify.run(context_of(table))


def test_leaves_and_client_ask_pods_and_the_balancer_twice_before_they_call_them_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outside, "PATIENCE", 0.0)
    asked: list[tuple[str, str, int]] = []

    def ask(source: str, address: str, port: int) -> bool:
        asked.append((source, address, port))
        return source == "leaf-101"

    work = Workload(pods={"k8s-w-1": ("198.18.64.2",)}, balancer=("198.18.5.9",))
    found = outside.Outside(("leaf-101", "outside"), ask).reaches(work)
    assert {(one.source, one.target, one.state) for one in found} == {
        ("leaf-101", "balancer v4", "ok"),
        ("leaf-101", "pod k8s-w-1 v4", "ok"),
        ("outside", "balancer v4", "silent"),
        ("outside", "pod k8s-w-1 v4", "silent"),
    }
    assert asked.count(("outside", "198.18.64.2", 8080)) == 2
    assert asked.count(("leaf-101", "198.18.5.9", 80)) == 1


def test_an_address_that_is_told_of_outside_a_moment_later_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "PAUSE", 0.001)
    answers = iter([False] * 4 + [True])
    found = outside.Outside(("outside",), lambda *_: next(answers)).reaches(Workload(balancer=("198.18.5.9",)))
    assert [one.state for one in found] == ["ok"]


@pytest.fixture
def spec_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANCHORAGE_HOME", str(tmp_path / "home"))
    file = tmp_path / "spec.yaml"
    file.write_text((scenes.ROOT / "examples/lab.yaml").read_text())
    return file


def call(file: Path, monkeypatch: pytest.MonkeyPatch, report: Report | None, *words: str) -> Any:
    run: Mapping[str, Any] = {"failure": {"what": "The lab is not up.", "cause": "Nothing answers."}, "state": "failed"}
    monkeypatch.setattr(verify_commands, "_verified", lambda path, *, quiet: (SimpleNamespace(**run), report))
    return CliRunner().invoke(main, ["verify", str(file), *words])


def test_the_command_prints_the_matrix_and_exits_0_when_green(spec_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = call(spec_file, monkeypatch, judge(WANTED, SEEN))
    assert result.exit_code == 0, result.output
    assert "k8s-w-1   + Up      + Up      -" in result.output
    assert "198.18.4.0/24" in result.output
    assert "8 of 8 sessions up" in result.output


def test_the_command_says_what_was_not_asked_because_nobody_hands_out_addresses(
    spec_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = judge(*scenes.whole(scenes.spec_of(cluster__load_balancer="none")))
    result = call(spec_file, monkeypatch, report)
    assert result.exit_code == 0, result.output
    assert "No LoadBalancer address was asked: by the spec nobody hands such addresses out" in result.output


def test_the_command_exits_1_when_red_and_says_why(spec_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = judge(WANTED, scenes.session_down(SEEN, 101, password=False))
    result = call(spec_file, monkeypatch, report)
    assert result.exit_code == 1
    assert "x Active [1]" in result.output
    assert "1. Leaf 101 has no session with k8s-cp-1, k8s-cp-2 and k8s-w-1." in result.output
    assert "(l3out.bgp.password)" in result.output
    document = json.loads(call(spec_file, monkeypatch, report, "--json").stdout)
    assert from_json(document) == report


def test_the_command_exits_2_when_it_could_not_ask(spec_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(main, ["verify", str(spec_file)])
    assert result.exit_code == 2
    assert "There is no cluster k8s-dc1 here" in result.output
    result = call(spec_file, monkeypatch, None)
    assert result.exit_code == 2
    assert "The lab is not up. Nothing answers." in result.output
