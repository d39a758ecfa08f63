"""The Terraform executor, with the real Terraform on a configuration that needs no provider."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from webui.runs.failures import Failure
from webui.runs.processes import began
from webui.runs.stop import Ended
from webui.runs.terraform.workspace import PlanGone


def plan_and_apply(bench: Any) -> dict[str, Any]:
    _, digest = bench.runner.plan(destroy=False)
    outputs: dict[str, Any] = bench.runner.apply(digest, 3)
    return outputs


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_it_plans_and_applies_and_returns_outputs(bench: Any) -> None:
    bench.prepare(3)
    assert plan_and_apply(bench) == {"steps": 3}
    assert bench.texts[-1].startswith("Done: ")


def test_it_plans_nothing_after_an_apply(bench: Any) -> None:
    bench.prepare(2)
    plan_and_apply(bench)
    shown, _ = bench.runner.plan(destroy=False)
    assert {tuple(one["change"]["actions"]) for one in shown["resource_changes"]} == {("no-op",)}


def test_a_secret_stays_out_of_argv_files_and_lines(bench: Any) -> None:
    bench.prepare(2, pause=0.4)
    _, digest = bench.runner.plan(destroy=False)
    seen: list[str] = []

    def watch() -> None:
        while not over.wait(0.02):
            for pid in bench.pids:
                try:
                    seen.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
                except OSError:
                    continue

    over = threading.Event()
    thread = threading.Thread(target=watch)
    thread.start()
    bench.runner.apply(digest, 2)
    over.set()
    thread.join()
    assert any("apply" in line for line in seen)
    assert not any("planted" in line for line in seen)
    assert not any("planted" in text for text in bench.texts)
    assert not any(b"planted" in path.read_bytes() for path in files(bench.workspace.path))


def test_state_and_plan_are_sealed_and_the_directory_is_private(bench: Any) -> None:
    bench.prepare(1)
    bench.runner.plan(destroy=False)
    names = {path.name for path in files(bench.workspace.path)}
    assert "plan.sealed" in names and "plan.tfplan" not in names
    plan_and_apply(bench)
    names = {path.name for path in files(bench.workspace.path)}
    assert "terraform.tfstate.sealed" in names
    assert not any(name.startswith("terraform.tfstate") and not name.endswith(".sealed") for name in names)
    assert bench.workspace.path.stat().st_mode & 0o777 == 0o700
    assert bench.workspace.state_serial() is not None


def test_init_is_run_once_for_the_same_code(bench: Any, code: Path) -> None:
    bench.prepare(1)
    count = len(bench.pids)
    bench.prepare(2)
    assert len(bench.pids) == count
    (code / "fabric/extra.tf").write_text("# more\n")
    bench.prepare(2)
    assert len(bench.pids) == count + 1


def test_a_source_that_is_gone_goes_from_the_copy(bench: Any, code: Path) -> None:
    (code / "fabric/extra.tf").write_text("# more\n")
    bench.prepare(1)
    (code / "fabric/extra.tf").unlink()
    bench.prepare(1)
    assert not (bench.workspace.module / "extra.tf").exists()


def test_another_plan_than_the_reviewed_one_is_not_applied(bench: Any) -> None:
    bench.prepare(1)
    _, first = bench.runner.plan(destroy=False)
    bench.prepare(2)
    bench.runner.plan(destroy=False)
    with pytest.raises(PlanGone):
        bench.runner.apply(first, 1)
    assert bench.workspace.state_serial() is None


def stop_soon(bench: Any) -> threading.Thread:
    """Ask to stop when the first resource stands in the state."""

    def wait() -> None:
        until, state = time.monotonic() + 30, bench.workspace.module / "terraform.tfstate"
        while time.monotonic() < until and not (state.exists() and '"step"' in state.read_text()):
            time.sleep(0.02)
        bench.stop.ask()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_stop_ends_terraform_within_ten_seconds_and_keeps_what_was_done(bench: Any) -> None:
    bench.prepare(12, pause=0.5)
    _, digest = bench.runner.plan(destroy=False)
    thread = stop_soon(bench)
    with pytest.raises(Ended):
        bench.runner.apply(digest, 12)
    thread.join()
    assert all(began(pid) is None for pid in bench.pids)
    state = json.loads(
        bench.workspace._box.open_bytes((bench.workspace.path / "terraform.tfstate.sealed").read_bytes())
    )
    instances = state["resources"][0]["instances"]
    assert 0 < len(instances) < 12


def test_what_was_stopped_can_be_planned_and_applied_again(bench: Any) -> None:
    bench.prepare(8, pause=0.3)
    _, digest = bench.runner.plan(destroy=False)
    thread = stop_soon(bench)
    with pytest.raises(Ended):
        bench.runner.apply(digest, 8)
    thread.join()
    bench.stop.flag.clear()
    assert plan_and_apply(bench) == {"steps": 8}


def test_a_command_that_ignores_signals_is_killed(bench: Any) -> None:
    bench.prepare(1)
    (bench.workspace.path / "stubborn").write_text("#!/bin/sh\ntrap '' INT TERM\nwhile :; do sleep 0.1; done\n")
    (bench.workspace.path / "stubborn").chmod(0o755)
    bench.runner.binary = str(bench.workspace.path / "stubborn")
    threading.Timer(0.3, bench.stop.ask).start()
    began_at = time.monotonic()
    with pytest.raises(Ended):
        bench.runner.plan(destroy=False)
    assert time.monotonic() - began_at < 20  # below ten where nothing else runs
    assert all(began(pid) is None for pid in bench.pids)


def test_what_a_killed_worker_left_open_is_sealed_and_not_lost(bench: Any) -> None:
    bench.prepare(1)
    plan_and_apply(bench)
    state = bench.workspace.module / "terraform.tfstate"
    state.write_text('{"serial": 77, "resources": []}')
    (bench.workspace.module / "terraform.tfstate.backup").write_text('{"serial": 1}')
    assert bench.workspace.seal_leftovers() == ["terraform.tfstate"]
    assert bench.workspace.state_serial() == 77
    assert not state.exists() and not (bench.workspace.module / "terraform.tfstate.backup").exists()


def test_a_state_that_was_cut_short_never_replaces_a_whole_one(bench: Any) -> None:
    bench.prepare(1)
    plan_and_apply(bench)
    serial = bench.workspace.state_serial()
    (bench.workspace.module / "terraform.tfstate").write_text('{"serial": 77, "resou')
    bench.workspace.seal_leftovers()
    assert bench.workspace.state_serial() == serial
    assert (bench.workspace.path / "terraform.tfstate.damaged.sealed").exists()


def test_an_error_becomes_a_card_with_terraforms_own_words(bench: Any, code: Path) -> None:
    (code / "fabric/main.tf").write_text('resource "terraform_data" "x" {\n  lifecycle {\n    precondition {\n'
        '      condition     = var.count_of > 2\n'
        '      error_message = "The tenant k8s does not exist."\n    }\n  }\n}\n'
        'variable "count_of" {}\nvariable "pause" {}\n')  # fmt: skip
    bench.prepare(1)
    with pytest.raises(Failure) as caught:
        bench.runner.plan(destroy=False)
    assert "The tenant k8s does not exist." in caught.value.cause


def test_a_missing_terraform_is_said_with_the_remedy(bench: Any) -> None:
    bench.prepare(1)
    bench.runner.binary = "/nowhere/terraform"
    with pytest.raises(Failure, match="not installed") as caught:
        bench.runner.plan(destroy=False)
    assert "ANCHORAGE_TERRAFORM" in caught.value.remedy


def test_terraform_sees_nothing_of_our_environment_but_the_list(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCHORAGE_APIC_PASSWORD", "not-for-you")
    bench.prepare(3, pause=0.4)
    _, digest = bench.runner.plan(destroy=False)
    seen: list[bytes] = []

    def look() -> None:
        while not over.wait(0.05):
            for pid in bench.pids:
                try:
                    seen.append(Path(f"/proc/{pid}/environ").read_bytes())
                except OSError:
                    continue

    over = threading.Event()
    thread = threading.Thread(target=look)
    thread.start()
    bench.runner.apply(digest, 3)
    over.set()
    thread.join()
    ours = [environ for environ in seen if b"TF_IN_AUTOMATION" in environ]
    assert ours and not any(b"not-for-you" in environ for environ in ours)
    assert re.search(rb"CHECKPOINT_DISABLE", ours[0]) and os.environ["ANCHORAGE_APIC_PASSWORD"]
