"""Runs `go build`, at low priority, and tells how far it is: Kubernetes takes minutes without a word of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Say = Callable[[str], None]

SETTINGS = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
"""Nothing but the committed go.mod and go.sum decides what is built."""

EVERY = 15.0
"""Seconds between two sentences about a build."""
FETCHING = "go: downloading "


@dataclass(frozen=True)
class Done:
    """How `go` ended, and the last lines of what it said."""

    returncode: int
    output: str


@dataclass(frozen=True)
class Order:
    """What to build: packages of the module in a directory, with flags, into a file or, for several, a directory."""

    title: str
    module: Path
    packages: Sequence[str]
    flags: Sequence[str]
    target: Path


def compile(go: Path, order: Order, say: Say) -> Done:
    """Build it; `say` gets a sentence now and then."""
    progress = Progress(order.title, say)
    # Asked first, `go list` fetches the modules and tells which packages are not in Go's build cache.
    stale = ["-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"]
    listed = _run([go, "list", *order.flags, *stale, *order.packages], order.module, progress.fetched)
    if listed.returncode:
        return listed
    progress.total = sum(not line.startswith("go:") for line in listed.output.splitlines())
    words: list[str | Path] = [go, "build", "-v", *order.flags, "-o", order.target, *order.packages]
    return _run(words, order.module, progress.built)


def _run(words: Sequence[str | Path], module: Path, line_said: Callable[[str], None]) -> Done:
    nice = ["nice", "-n", "10"] if shutil.which("nice") else []
    process = subprocess.Popen(
        [*nice, *map(str, words)],
        cwd=module,
        env={**os.environ, **SETTINGS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    kept: deque[str] = deque(maxlen=5000)
    try:
        for line in process.stdout or ():
            kept.append(line)
            line_said(line.strip())
        return Done(process.wait(), "".join(kept))
    finally:
        process.kill()
        process.wait()


@dataclass
class Progress:
    """Turns the lines of `go` into a sentence now and then. `total`: packages that are to be compiled."""

    title: str
    say: Say
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    done: int = 0
    modules: int = 0
    began: float = field(init=False)
    said: float = field(init=False)

    def __post_init__(self) -> None:
        """The clock starts."""
        self.began = self.said = self.clock()

    def fetched(self, line: str) -> None:
        """A line of `go list`: a module that is fetched."""
        if line.startswith(FETCHING):
            self.modules += 1
            if self._due():
                self.say(f"Fetching the Go modules of {self.title}: {self.modules} so far.")
        self.began = self.clock()

    def built(self, line: str) -> None:
        """A line of `go build -v`: a package that is compiled or, when all are, a program that is linked."""
        if not line or line.startswith(("go:", "#")):
            return
        self.done += 1
        if self._due():
            self.say(self._sentence())

    def _due(self) -> bool:
        due = self.clock() >= self.said + EVERY
        if due:
            self.said = self.clock()
        return due

    def _sentence(self) -> str:
        if self.done >= self.total:
            return f"Building {self.title}: linking."
        left = (self.clock() - self.began) / self.done * (self.total - self.done)
        return f"Building {self.title}: {self.done} of {self.total} packages, {words(left)} left."


def words(seconds: float) -> str:
    """A time to come, as people say it."""
    if seconds < 50:
        return "less than a minute"
    minutes = round(seconds / 60)
    return "about a minute" if minutes <= 1 else f"about {minutes} minutes"
