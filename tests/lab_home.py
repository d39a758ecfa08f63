"""A home whose built-in lab is the simulator inside the test's process: its tree, requests and faults are at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from lab.apic.home import ADMIN_PASSWORD, PROCESS
from tests.lab_apic_server import ServedSimulator, Simulator


@contextmanager
def lab_in(home: Path) -> Iterator[Simulator]:
    """`lab.site.status(home / "lab")` finds the simulator, from other processes too."""
    place = home / "lab" / "apic"
    place.mkdir(parents=True, mode=0o700)
    with ServedSimulator(place) as simulator:
        (place / ADMIN_PASSWORD).write_text(simulator.password)
        port = int(simulator.url.rpartition(":")[2])
        here = {"pid": os.getpid(), "started": psutil.Process().create_time(), "port": port}
        (place / PROCESS).write_text(json.dumps(here))
        yield simulator
