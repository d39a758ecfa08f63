"""Two replicas as processes: kill -9 of the leader loses no change, SIGTERM hands over at once."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kube_api import KubeApi
from tests.l3out_sync.live import Fabric, Kube, Process, environment, eventually
from tests.l3out_sync.test_l3out_sync_live import A, B, C, shop, shows


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def replicas(there: Fabric, kube: Kube, kube_api: KubeApi, tmp_path: Path) -> Iterator[dict[str, Process]]:
    found = {}
    for name in ("one", "two"):
        more = {"L3OUT_SYNC_LEASE": "l3out-sync-replicas", "L3OUT_SYNC_IDENTITY": name}
        more["L3OUT_SYNC_PORT"] = str(free_port())
        found[name] = Process(environment(there, kube_api.kubeconfig, tmp_path, **more), tmp_path / f"{name}.log")
    yield found
    for process in found.values():
        if process.alive():
            process.end(signal.SIGKILL)
    kube.delete_lease("l3out-sync-replicas")


def leader(kube: Kube) -> str:
    found = kube.lease("l3out-sync-replicas")
    return str(found["spec"]["holderIdentity"]) if found else ""


@pytest.mark.job
def test_kill_9_of_the_leader_loses_no_change(there: Fabric, kube: Kube, replicas: dict[str, Process]) -> None:
    uid = shop(kube)
    shows(there, A, B, seconds=20)
    first = leader(kube)
    replicas[first].end(signal.SIGKILL)
    kube.pod("web-2", C, owner=("ReplicaSet", "web-rs", uid))
    kube.delete("pods", "web-0")
    shows(there, B, C, seconds=40)
    assert leader(kube) == ({"one", "two"} - {first}).pop()


@pytest.mark.job
def test_sigterm_hands_the_lease_over_at_once(there: Fabric, kube: Kube, replicas: dict[str, Process]) -> None:
    uid = shop(kube)
    shows(there, A, B, seconds=20)
    first = leader(kube)
    assert replicas[first].end(signal.SIGTERM) == 0
    assert leader(kube) != first, "it gave the lease back; nobody waited for its end"
    kube.pod("web-2", C, owner=("ReplicaSet", "web-rs", uid))
    shows(there, A, B, C, seconds=40)
    assert '"message": "ended"' in replicas[first].log.read_text()


@pytest.mark.job
def test_a_leader_that_sleeps_too_long_does_not_write_when_it_wakes(
    there: Fabric, kube: Kube, replicas: dict[str, Process]
) -> None:
    uid = shop(kube)
    shows(there, A, B, seconds=20)
    first = leader(kube)
    os.kill(replicas[first].pid, signal.SIGSTOP)
    kube.pod("web-2", C, owner=("ReplicaSet", "web-rs", uid))
    shows(there, A, B, C, seconds=40)
    os.kill(replicas[first].pid, signal.SIGCONT)
    eventually(lambda: "not leading" in replicas[first].log.read_text())
    time.sleep(1)
    assert there.subnets("web") == {f"{ip}/32" for ip in (A, B, C)}
    assert leader(kube) != first
