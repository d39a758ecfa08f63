"""How l3out_sync behaves at scale: python tests/bench/l3out_sync_scale.py [--pods N] [--workloads N] [--steady S].

A real kube-apiserver and etcd, the simulated APIC and one controller, each a process of its own. Pods are
made with their status, as no kubelet is there. Prints, and writes as JSON with --out: time and requests from empty, a
rolling update of a tenth of the pods, as quickly as they can be made and deleted, at most 200 changes a second; as many
changes by status alone, as kubelets write them (pods that wait get their address, others end), 200 a second, for which
fewer requests are needed; a steady state. Latency is from the API server's answer to the object in the fabric; CPU
seconds and memory are the controller's.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from lab.apic.feed import Change  # noqa: E402
from tests.kube_api import serving  # noqa: E402
from tests.l3out_sync.live import Fabric, Kube, Process, environment, fabric  # noqa: E402

FIRST = int(IPv4Address("198.18.64.0"))
RATE = 200.0
"""Pod changes a second in the rolling update."""
WRITERS = 8


class Seen:
    """When each address came into the fabric and went, and what was asked of the APIC: kept in the APIC's process."""

    def __init__(self, there: Fabric) -> None:
        self.at: dict[tuple[str, str], float] = {}
        self.requests = 0
        there.apic.feed.listen(self._heard)
        hit = there.faults.hit

        def counted(method: str, path: str) -> Any:
            self.requests += not path.startswith("/socket")
            return hit(method, path)

        there.faults.hit = counted  # type: ignore[method-assign]

    def _heard(self, changes: tuple[Change, ...]) -> None:
        now = time.monotonic()
        for change in changes:
            if change.cls == "l3extSubnet" and change.kind != "modified":
                ip = change.dn.rpartition("[")[2].partition("/")[0]
                self.at[(change.kind, ip)] = now


def _apic(folder: Path, pipe: Connection) -> None:
    """The APIC's process: answers `at` and `requests` until it is told to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with fabric(folder) as there:
        seen = Seen(there)
        pipe.send((there.ports, there.ca))
        while (asked := pipe.recv()) != "end":
            # A copy: commits go on while it is sent.
            pipe.send(dict(seen.at) if asked == "at" else seen.requests)


@dataclass
class Far:
    """The APIC's process from this one: one clock (monotonic) holds for both."""

    pipe: Connection
    ports: list[int]
    ca: str

    @property
    def addresses(self) -> list[str]:
        """As the controller's settings want them."""
        return [f"127.0.0.1:{port}" for port in self.ports]

    @property
    def at(self) -> dict[tuple[str, str], float]:
        """When each address came and went."""
        self.pipe.send("at")
        found: dict[tuple[str, str], float] = self.pipe.recv()
        return found

    @property
    def requests(self) -> int:
        """Requests so far."""
        self.pipe.send("requests")
        found: int = self.pipe.recv()
        return found


@contextmanager
def far_fabric(folder: Path) -> Iterator[Far]:
    """The APIC in a process of its own, so that it and the writers of pods do not wait for each other."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_apic, args=(folder, there), daemon=True)
    process.start()
    ports, ca = here.recv()
    yield Far(here, ports, ca)
    here.send("end")
    process.join(10)


class Phase:
    """CPU, memory and requests while a part runs."""

    def __init__(self, process: psutil.Process, there: Far) -> None:
        self._process, self._there = process, there
        self._peak, self._over = 0, threading.Event()

    @contextmanager
    def measured(self, into: dict[str, Any]) -> Iterator[None]:
        """Fill `into` with the figures of the block."""
        before, requests, started = self._process.cpu_times(), self._there.requests, time.monotonic()
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        yield
        self._over.set()
        watcher.join()
        after = self._process.cpu_times()
        into["seconds"] = round(time.monotonic() - started, 2)
        into["requests"] = self._there.requests - requests
        into["cpu_seconds"] = round(after.user + after.system - before.user - before.system, 2)
        into["peak_megabytes"] = round(self._peak / 1e6, 1)

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self._peak = max(self._peak, self._process.memory_info().rss)


class Crowd:
    """The pods: number -> workload and address; made and deleted through the real API."""

    def __init__(self, kubeconfig: Path, workloads: int) -> None:
        self._kube = [Kube(kubeconfig, "scale") for _ in range(WRITERS)]
        self._workloads = workloads
        self._uids: dict[int, str] = {}
        self._made: dict[int, dict[str, Any]] = {}
        self._pool = ThreadPoolExecutor(WRITERS)
        self._local = threading.local()
        self._free = list(self._kube)
        self.changed: dict[tuple[str, str], float] = {}

    def _mine(self) -> Kube:
        if not hasattr(self._local, "kube"):
            self._local.kube = self._free.pop()
        found: Kube = self._local.kube
        return found

    def make_workloads(self) -> None:
        """Each with its annotation, for an external EPG of its own."""

        def one(number: int) -> None:
            self._uids[number] = self._mine().deployment(f"w{number}", f"epg=w{number}")

        list(self._pool.map(one, range(self._workloads)))

    def make(self, number: int) -> None:
        """A pod that runs."""
        self.put(number)
        self.begin(number)

    def put(self, number: int) -> None:
        """A pod that waits, without an address."""
        workload = number % self._workloads
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"w{workload}-rs", "controller": True}
        meta = {
            "name": f"w{workload}-{number}",
            "namespace": "scale",
            "labels": {"app": f"w{workload}"},
            "ownerReferences": [{**owner, "uid": self._uids[workload]}],
        }
        body = {"metadata": meta, "spec": {"containers": [{"name": "c", "image": "none"}]}}
        made = self._mine().api.send("POST", "/api/v1/namespaces/scale/pods", body)
        for name in ("resourceVersion", "managedFields"):
            made["metadata"].pop(name, None)
        self._made[number] = made

    def begin(self, number: int) -> None:
        """A pod that waited runs, and has its address."""
        self._status(number, "Running")
        self.changed[("created", self._ip(number))] = time.monotonic()

    def end(self, number: int) -> None:
        """A pod that ran has ended; its address no longer counts."""
        self._status(number, "Succeeded")
        self.changed[("deleted", self._ip(number))] = time.monotonic()

    def _ip(self, number: int) -> str:
        return str(IPv4Address(FIRST + number))

    def _status(self, number: int, phase: str) -> None:
        made, ip = self._made[number], self._ip(number)
        ready = [{"type": "Ready", "status": "True" if phase == "Running" else "False"}]
        status = {"phase": phase, "podIP": ip, "podIPs": [{"ip": ip}], "conditions": ready}
        place = f"/api/v1/namespaces/scale/pods/{made['metadata']['name']}/status"
        self._mine().api.send("PUT", place, {**made, "status": status})

    def delete(self, number: int) -> None:
        """A pod that goes."""
        self._mine().delete("pods", f"w{number % self._workloads}-{number}")
        self.changed[("deleted", self._ip(number))] = time.monotonic()

    def each(self, work: Callable[[int], None], numbers: Sequence[int], rate: float = 0.0) -> None:
        """Do it for each number, at most so many a second."""
        started, running = time.monotonic(), []
        for at, number in enumerate(numbers):
            if rate:
                time.sleep(max(0.0, started + at / rate - time.monotonic()))
            running.append(self._pool.submit(work, number))
        for each in running:
            each.result()


def wait(test: Callable[[], bool], seconds: float) -> None:
    """Until it holds."""
    until = time.monotonic() + seconds
    while not test():
        if time.monotonic() > until:
            raise SystemExit("it did not come true in time")
        time.sleep(0.25)


def latencies(crowd: Crowd, at: dict[tuple[str, str], float], since: float) -> dict[str, Any]:
    """Milliseconds from the API server's answer to the change until the object is in the fabric, or has gone."""
    found = [1000 * max(0.0, at[key] - when) for key, when in crowd.changed.items() if when >= since and key in at]
    cuts = statistics.quantiles(found, n=100)
    return {
        "changes": len(found),
        "p50_ms": round(cuts[49]),
        "p99_ms": round(cuts[98]),
        "max_ms": round(max(found)),
    }


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All phases; returns the figures."""
    figures: dict[str, Any] = {"pods": options.pods, "workloads": options.workloads}
    (folder / "kube").mkdir()
    with serving(folder / "kube") as api, far_fabric(folder) as there:
        crowd = Crowd(api.kubeconfig, options.workloads)
        started = time.monotonic()
        crowd.make_workloads()
        crowd.each(crowd.make, range(options.pods))
        print(f"{options.pods} pods were made in {time.monotonic() - started:.0f} s", flush=True)
        more = {"L3OUT_SYNC_MAX_PER_EPG": "20000", "L3OUT_SYNC_MAX_SUBNETS": "20000", "L3OUT_SYNC_RATE": "10"}
        process = Process(environment(there, api.kubeconfig, folder, **more), folder / "controller.log")
        try:
            _phases(options, figures, crowd, there, psutil.Process(process.pid))
        finally:
            process.end(signal.SIGTERM)
    return figures


def _phases(
    options: argparse.Namespace, figures: dict[str, Any], crowd: Crowd, there: Far, process: psutil.Process
) -> None:
    empty = figures["from_empty"] = {}
    with Phase(process, there).measured(empty):
        wait(lambda: len(there.at) >= options.pods, 600)
    print("from empty:", empty, flush=True)
    tenth = options.pods // 10

    def replace(number: int) -> None:
        crowd.make(number)
        crowd.delete(number - options.pods)

    fresh = range(options.pods, options.pods + tenth)
    rolling = figures["rolling_update"] = _changing(crowd, there, process, replace, fresh, RATE / 2)
    print("rolling update:", rolling, flush=True)

    def by_status(number: int) -> None:
        if number < options.pods:
            crowd.end(number)
        else:
            crowd.begin(number)

    waiting = range(fresh.stop, fresh.stop + tenth)
    crowd.each(crowd.put, waiting)
    numbers = [number for pair in zip(waiting, range(tenth, 2 * tenth), strict=True) for number in pair]
    figures["by_status"] = _changing(crowd, there, process, by_status, numbers, RATE)
    print("by status:", figures["by_status"], flush=True)
    steady = figures["steady"] = {}
    with Phase(process, there).measured(steady):
        time.sleep(options.steady)
    naive = options.pods * options.steady / 30
    steady["one_refresh_per_object_would_be"] = round(naive)
    print("steady:", steady, flush=True)
    of_ours = rolling["requests"] + steady["requests"]
    figures["times_fewer_requests"] = round((rolling["changes"] + naive) / max(1, of_ours), 1)
    figures["times_fewer_in_rolling_update_alone"] = round(rolling["changes"] / rolling["requests"], 1)


def _changing(
    crowd: Crowd,
    there: Far,
    process: psutil.Process,
    work: Callable[[int], None],
    numbers: Sequence[int],
    rate: float,
) -> dict[str, Any]:
    """Do it for each number and wait until all of it is in the fabric; the figures."""
    found: dict[str, Any] = {}
    since = time.monotonic()
    with Phase(process, there).measured(found):
        crowd.each(work, numbers, rate)
        mine = {key: when for key, when in crowd.changed.items() if when >= since}
        wait(lambda: mine.keys() <= there.at.keys(), 120)
    found |= latencies(crowd, there.at, since)
    found["requests_per_1000_changes"] = round(1000 * found["requests"] / found["changes"], 1)
    found["changes_a_second"] = round(len(mine) / (max(mine.values()) - since), 1)
    return found


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=10_000)
    parser.add_argument("--workloads", type=int, default=200)
    parser.add_argument("--steady", type=float, default=600)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anchorage-l3out-sync-scale-") as name:
        figures = measure(options, Path(name))
    print(json.dumps(figures, indent=2))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
