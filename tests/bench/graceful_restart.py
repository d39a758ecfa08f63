"""What graceful restart costs, for each setting of it: `.venv/bin/python tests/bench/graceful_restart.py`.

FRR leaves that follow the simulated APIC's tree, and nodes of Debian's BIRD configured as Calico's templates do. The
daemon of a leaf or a node is killed, or its cable is silent, and nobody starts it again; printed are the seconds until
the other side has forgotten its routes. Needs root, as the lab does; about ten minutes, mostly waiting.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lab.fabric.plan import speaker_name  # noqa: E402
from lab.fabric.space import port  # noqa: E402
from lab.machines import names  # noqa: E402
from lab.machines.command import run  # noqa: E402
from lab.machines.network import leaf_namespace  # noqa: E402
from tests.lab_fabric.birds import Bird  # noqa: E402
from tests.lab_fabric.live import DOM, Live, live, until  # noqa: E402

NODES, LEAVES = ("198.18.64.0/26", "198.18.64.64/26"), (101, 102)
PATIENCE = 200.0


def learned(bird: Bird) -> bool:
    """Whether the node has routes of leaf 102, its second session."""
    said = bird.inside("birdc", "-s", bird.folder / "b.ctl", "show", "route", "protocol", "leaf1")
    return "[leaf1" in said


def leaf_daemon_dies(site: Live, watcher: Bird, _: Bird) -> Callable[[], object]:
    os.kill(site.daemon(102), signal.SIGKILL)
    return lambda: not learned(watcher)


def leaf_is_silent(site: Live, watcher: Bird, _: Bird) -> Callable[[], object]:
    lab, name = names.of(site.home), speaker_name("leaf", DOM, 102)
    links = json.loads(run("ip", "-n", leaf_namespace(lab, name), "-j", "address"))
    own = f"{site.net}.102"
    cable = next(link["ifname"] for link in links if own in [one.get("local") for one in link["addr_info"]])
    run("ip", "-n", lab.namespace, "link", "set", port(name, cable), "down")
    return lambda: not learned(watcher)


def node_daemon_dies(site: Live, _: Bird, victim: Bird) -> Callable[[], object]:
    victim.stop(signal.SIGKILL)
    return lambda: not site.hops(102, NODES[1])


def node_is_silent(site: Live, _: Bird, victim: Bird) -> Callable[[], object]:
    victim.unplug()
    return lambda: not site.hops(102, NODES[1])


FAULTS = (leaf_daemon_dies, leaf_is_silent, node_daemon_dies, node_is_silent)


def measured(fault: Callable[[Live, Bird, Bird], Callable[[], object]], restart: int | None, helper: bool) -> str:
    """Seconds, as text."""
    with live(revives=False, helper=helper) as site:
        watcher, victim = (
            site.bird(number, LEAVES, prefix, restart=restart) for number, prefix in enumerate(NODES, start=1)
        )
        until(lambda: all(site.hops(leaf, prefix) for leaf in LEAVES for prefix in NODES) and learned(watcher), 30)
        time.sleep(2)
        gone = fault(site, watcher, victim)
        try:
            return f"{until(gone, PATIENCE):.1f}"
        except AssertionError:
            return f"over {PATIENCE:.0f}"


def main() -> None:
    print("grCtrl of the leaves, maxRestartTime of the nodes: " + ", ".join(one.__name__ for one in FAULTS))
    for helper in (True, False):
        for restart in (None, 5, 30) if helper else (5,):
            print(f"{'helper' if helper else 'none'}, {restart or 'not said'}:", end="", flush=True)
            for fault in FAULTS:
                print(f" {measured(fault, restart, helper)} s", end="", flush=True)
            print()


if __name__ == "__main__":
    main()
