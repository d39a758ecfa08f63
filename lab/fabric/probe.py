"""Traffic from inside the lab's fabric: from a leaf, or from the client that stands for the rest of the data centre."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from lab.fabric import space
from lab.fabric.plan import OUTSIDE, client
from lab.machines import names
from lab.machines.command import run
from lab.machines.errors import LabError
from lab.machines.network import leaf_namespace

SCRIPT = Path(__file__).with_name("inside_probe.py")


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of it. `ms`: the mean time of the answers, 0 without any."""

    ok: bool
    detail: str
    ms: float


def probe(home: Path, source: str, address: str, port: int | None = None, count: int = 1) -> Probe:
    """Ask an address from `leaf-101` or `outside`: a TCP connection, or an ICMP echo without a port. Never raises.

    `ok` needs an answer to each of `count` tries. Where a leaf serves several VRFs, one that answers is enough.
    """
    lab = names.of(home)
    found = sorted(name for name in space.existing(lab) if name.split(".")[0] == source)
    if not found:
        return Probe(False, f"{source} does not run in this lab.", 0.0)
    answers = [_ask(leaf_namespace(lab, name), source, address, port, count) for name in found]
    return next((answer for answer in answers if answer.ok), answers[0])


def _ask(namespace: str, source: str, address: str, port: int | None, count: int) -> Probe:
    own = [client(ip_address(address).version)] if source == OUTSIDE else []
    words = [address, "-" if port is None else str(port), str(count), *own]
    try:
        shown = json.loads(run("ip", "netns", "exec", namespace, sys.executable, "-I", "-S", SCRIPT, *words))
    except (LabError, ValueError) as error:
        return Probe(False, str(error), 0.0)
    return Probe(bool(shown["ok"]), str(shown["detail"]), float(shown["ms"]))
