"""Terraform for one cluster: init when needed, plan to a saved plan, apply exactly that, read the outputs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webui.runs import failures, stop
from webui.runs.redact import Redactor
from webui.runs.terraform import command, process
from webui.runs.terraform.launch import NOT_STARTED
from webui.runs.terraform.messages import Diagnostic, Reader, Said
from webui.runs.terraform.workspace import Workspace

INIT_TIME, SHOW_TIME = 300, 120
"""Seconds that these may take; they change nothing."""


@dataclass(frozen=True)
class Environments:
    """For init (proxies, no secrets) and for plan and apply (credential and secret variables)."""

    init: Mapping[str, str]
    work: Mapping[str, str]


@dataclass
class Runner:
    """`say` gets each line for the log; `on_start` the process group that now works and when it began."""

    binary: str
    parallelism: int
    workspace: Workspace
    environments: Environments
    say: Callable[[Said], None]
    asked: stop.Stop
    redactor: Redactor = field(default_factory=Redactor)
    provider: str = "ACI"
    """What the provider is for, in words."""
    where: str = "the fabric"
    """Where its objects stand."""
    known: Sequence[failures.Known] = failures.KNOWN
    """Error texts that are recognised."""
    on_start: Callable[[int, float], None] = lambda pid, started: None

    def init(self, provider_configuration: str) -> None:
        """`terraform init`, unless it was run for the same code and provider configuration. Raises Failure, Ended."""
        digest = self.workspace.digest(provider_configuration)
        if self.workspace.is_initialised(digest):
            return
        self.say(Said(f"Preparing Terraform and its provider for {self.provider}."))
        self.workspace.forget_init()
        output: list[str] = []
        result = self._run(command.init(self.binary), self.environments.init, output.append)
        if result.code:
            text = _init_error(result.errors or "\n".join(output))
            raise failures.of_text(text, "Terraform could not be prepared.", self.known)
        self.workspace.note_init(digest)

    def plan(self, *, destroy: bool, unchecked: Sequence[str] = ()) -> tuple[dict[str, Any], str]:
        """Make and keep a saved plan: (`terraform show -json` of it, its SHA-256). Raises Failure, Ended."""
        with self.workspace.opened():
            self.workspace.discard_plan()
            line = command.plan(self.binary, destroy=destroy, parallelism=self.parallelism, unchecked=unchecked)
            self._work(line, Reader(where=self.where), "planned")
            shown = self._ask(command.show(self.binary))
            return shown, self.workspace.plan_digest()

    def apply(self, digest: str, total: int) -> dict[str, Any]:
        """Apply the saved plan with this digest; the outputs. Raises PlanGone, Failure, Ended."""
        with self.workspace.opened(digest):
            reader = Reader(total=total, where=self.where)
            self._work(command.apply(self.binary, parallelism=self.parallelism), reader, "applied")
            return reader.outputs

    def _work(self, line: list[str], reader: Reader, done: str) -> None:
        def hear(text: str) -> None:
            for said in reader.read(text):
                self.say(said)

        result = self._run(line, self.environments.work, hear)
        if result.code:
            what = f"Terraform could not finish: not everything was {done}."
            told = self._clean(reader.diagnostics)
            raise failures.of_diagnostics(told, self.redactor.text(result.errors), what, self.known)

    def _run(self, line: list[str], environ: Mapping[str, str], hear: Callable[[str], None]) -> process.Result:
        result = process.run(line, self.workspace.module, environ, hear, stop=self.asked, on_start=self.on_start)
        if self.asked.asked and result.code:
            raise stop.Ended
        if result.code == NOT_STARTED:
            raise no_terraform(self.binary)
        return result

    def _ask(self, line: list[str]) -> dict[str, Any]:
        """A short command that only reads; its output may hold secrets and goes nowhere but to the caller."""
        done = subprocess.run(
            line,
            cwd=self.workspace.module,
            env=dict(self.environments.work),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SHOW_TIME,
            check=False,
        )
        if done.returncode:
            raise failures.of_text(self.redactor.text(done.stderr.decode(errors="replace")), "The plan cannot be read.")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def _clean(self, found: list[Diagnostic]) -> list[Diagnostic]:
        text = self.redactor.text
        return [Diagnostic(one.severity, text(one.summary), text(one.detail), one.address) for one in found]


def no_terraform(binary: str) -> failures.Failure:
    """The card for a missing Terraform."""
    return failures.Failure(
        "Terraform is not installed on this machine.",
        f"There is no command {Path(binary).name} on PATH.",
        "Install Terraform 1.9 or newer, name it in ANCHORAGE_TERRAFORM, or start once with ./startup.sh.",
        retry=True,
    )


def _init_error(text: str) -> str:
    """Terraform's boxed error without the box."""
    lines = [line.strip().strip("│╷╵").strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)
