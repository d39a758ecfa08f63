"""Against a real kube-apiserver and the simulated APIC: what is annotated shows up, and goes again.

How many seconds that takes is measured by tests/bench/l3out_sync_scale.py.
"""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from aci.mo import Mo, mo
from lab.apic import errors
from lab.apic.faults import Rule
from tests.kube_api import KubeApi
from tests.l3out_sync.live import L3OUT, Fabric, Kube, Running, eventually, settings

MARKER = "orchestrator:anchorage-l3out-sync:c1"
A, B, C, LB, V6 = "198.18.64.5", "198.18.64.6", "198.18.64.7", "198.18.130.7", "2001:db8:64::5"
WEB = f"{L3OUT}/instP-web"


def shop(kube: Kube, said: str = "epg=web", *addresses: str) -> str:
    uid = kube.deployment("web", said)
    kube.pods_of("web", *(addresses or (A, B)), uid=uid)
    return uid


def shows(there: Fabric, *addresses: str, epg: str = "web", seconds: float = 15.0) -> float:
    wanted = {f"{address}/{128 if ':' in address else 32}" for address in addresses}
    return eventually(lambda: there.subnets(epg) == wanted, seconds, f"{epg} with {wanted}")


def settled(there: Fabric, running: Running) -> None:
    """The controller leads and follows the fabric."""
    eventually(lambda: running.app.controller.ready() == (True, "leading"))


def test_an_annotated_deployment_shows_up_and_goes(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    kube.service("web", LB, app="web")
    shows(there, A, B, LB)
    assert there.attribute(WEB, "annotation") == MARKER
    assert there.attribute(f"{WEB}/extsubnet-[{A}/32]", "scope") == "import-security"
    assert there.has(f"{WEB}/rscons-internal"), "the default EPG's contract"
    kube.delete("deployments", "web")
    kube.delete("replicasets", "web-rs")
    kube.delete("pods", "web-0")
    kube.delete("pods", "web-1")
    kube.delete("services", "web")
    eventually(lambda: not there.has(WEB))
    assert there.has(f"{L3OUT}/instP-k8s-ext/extsubnet-[0.0.0.0/0]")


def test_pods_come_and_go_one_by_one(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    uid = shop(kube)
    shows(there, A, B)
    kube.pod("web-2", C, V6, owner=("ReplicaSet", "web-rs", uid))
    shows(there, A, B, C, V6)
    kube.pod_status("web-0", A, phase="Succeeded")
    shows(there, B, C, V6)
    kube.delete("pods", "web-2")
    shows(there, B)


def test_hands_on_the_apic_are_put_right(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    shows(there, A, B)
    there.delete(f"{WEB}/extsubnet-[{A}/32]")
    shows(there, A, B)
    there.by_hand(f"{WEB}/extsubnet-[{A}/32]", mo("l3extSubnet", scope="export-rtctrl", descr="by hand"))
    eventually(lambda: there.attribute(f"{WEB}/extsubnet-[{A}/32]", "scope") == "import-security")
    assert there.attribute(f"{WEB}/extsubnet-[{A}/32]", "descr") == "by hand"
    there.delete(WEB)
    shows(there, A, B)
    eventually(lambda: running.metric("l3out_sync_drift_repaired_total") >= 4)


def test_a_wrong_annotation_is_an_event_on_the_object(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    kube.deployment("broken", "epg")
    shop(kube)
    shows(there, A, B)
    eventually(lambda: [event for event in kube.events() if event["reason"] == "WrongAnnotation"])
    (event,) = [event for event in kube.events() if event["reason"] == "WrongAnnotation"]
    assert event["involvedObject"]["kind"] == "Deployment"
    assert event["involvedObject"]["name"] == "broken"
    assert "epg=web" in event["message"]
    assert running.metric("l3out_sync_problems", reason="WrongAnnotation") == 1


def test_an_edited_annotation_moves_the_addresses(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    shows(there, A, B)
    kube.change_annotation("web", "epg=api")
    shows(there, A, B, epg="api")
    eventually(lambda: not there.has(WEB))


def test_a_namespaces_default_holds(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    kube.pod("lone", A)
    kube.annotate_namespace("epg=web")
    shows(there, A)
    kube.annotate_namespace(None)
    eventually(lambda: not there.has(WEB))


def test_orphans_are_swept_at_start_wherever_they_lie(
    there: Fabric, kube: Kube, kube_api: KubeApi, tmp_path: Path
) -> None:
    mine = {"annotation": MARKER}
    old = mo("l3extInstP", mo("l3extSubnet", ip="198.18.9.9/32", **mine), name="gone", **mine)
    there.by_hand("uni/tn-k8s-prod/out-core", mo("l3extOut", old))
    there.by_hand(f"{L3OUT}/instP-k8s-ext", mo("l3extInstP", mo("l3extSubnet", ip="198.18.9.8/32", **mine)))
    other = {"annotation": "orchestrator:anchorage-l3out-sync:c2"}
    there.by_hand(L3OUT, mo("l3extOut", mo("l3extInstP", name="others", **other)))
    running = Running(settings(there, kube_api.kubeconfig, tmp_path))
    eventually(lambda: not there.has("uni/tn-k8s-prod/out-core/instP-gone"))
    eventually(lambda: there.subnets("k8s-ext") == {"0.0.0.0/0"})
    assert there.has(f"{L3OUT}/instP-others") and there.has("uni/tn-k8s-prod/out-core/instP-core-ext")
    running.stop()


def refuse(there: Fabric, monkeypatch: pytest.MonkeyPatch, ip: str) -> None:
    """The APIC refuses this subnet, as it refuses what its other policies do not allow."""
    change = there.apic.change

    def refusing(bodies: list[tuple[str, Mo]], *actor: Any) -> Any:
        named = [item for _, body in bodies for item in body.walk() if item.get("ip") == ip]
        if any(item.get("status") != "deleted" for item in named):
            raise errors.bad_value(ip, "ip", f"extsubnet-[{ip}]")
        return change(bodies, *actor)

    monkeypatch.setattr(there.apic, "change", refusing)


def test_one_refused_object_holds_nothing_else_up_and_is_told(
    there: Fabric, kube: Kube, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(there, running)
    refuse(there, monkeypatch, f"{C}/32")
    uid = kube.deployment("web", "epg=web")
    kube.pods_of("web", A, C, B, uid=uid)
    shows(there, A, B)
    eventually(lambda: [event for event in kube.events() if event["reason"] == "FabricRefused"])
    (event,) = [event for event in kube.events() if event["reason"] == "FabricRefused"]
    assert event["involvedObject"]["name"] == "web-1"
    assert C in event["message"] and "failed validation" in event["message"]
    monkeypatch.undo()
    shows(there, A, B, C)


def test_an_apic_that_is_busy_is_waited_for(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    rule = Rule(path="out-k8s", method="POST", status=503, count=3)
    there.faults.rules.append(rule)
    shop(kube)
    shows(there, A, B)
    assert rule.count == 0
    assert running.metric("l3out_sync_errors_total", kind="apic") == 3


def test_what_happens_while_the_apic_is_away_is_made_good(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    uid = shop(kube)
    shows(there, A, B)
    there.stop()
    kube.delete("pods", "web-0")
    kube.pod("web-2", C, owner=("ReplicaSet", "web-rs", uid))
    there.delete(f"{WEB}/extsubnet-[{B}/32]")
    there.start()
    shows(there, B, C)


@pytest.mark.job
def test_while_the_api_server_hangs_nothing_is_written_and_then_all_is_made_good(
    there: Fabric, kube: Kube, running: Running, kube_api: KubeApi
) -> None:
    settled(there, running)
    shop(kube)
    shows(there, A, B)
    os.kill(kube_api.pids[1], signal.SIGSTOP)
    try:
        eventually(lambda: not running.app.elector.leads(), 20)
        there.delete(f"{WEB}/extsubnet-[{A}/32]")
        time.sleep(1.5)
        assert there.subnets("web") == {f"{B}/32"}
    finally:
        os.kill(kube_api.pids[1], signal.SIGCONT)
    shows(there, A, B)


def test_an_l3out_that_comes_later_is_found(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    kube.pod("p", A, said="epg=web l3out=later")
    eventually(lambda: [event for event in kube.events() if event["reason"] == "L3OutMissing"])
    there.by_hand("uni/tn-k8s-prod", mo("fvTenant", mo("l3extOut", name="later")))
    eventually(lambda: there.has(f"uni/tn-k8s-prod/out-later/instP-web/extsubnet-[{A}/32]"))


def test_health_and_metrics_are_served(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    shows(there, A, B)

    def page(name: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{running.app.health.port}/{name}", timeout=5) as reply:
            return reply.status, reply.read().decode()

    assert page("healthz")[0] == 200
    assert page("readyz") == (200, "leading\n")
    eventually(lambda: "l3out_sync_subnets 2.0" in page("metrics")[1])
    text = page("metrics")[1]
    for name in (
        "queue_depth",
        "event_to_fabric_seconds_bucket",
        "apic_requests_total",
        "errors_total",
        "drift_repaired",
    ):
        assert f"l3out_sync_{name}" in text


def test_another_clusters_objects_are_never_touched(
    there: Fabric, kube: Kube, running: Running, kube_api: KubeApi, tmp_path: Path
) -> None:
    settled(there, running)
    (tmp_path / "other").mkdir()
    more = {"L3OUT_SYNC_CLUSTER_ID": "c2", "L3OUT_SYNC_LEASE": "other", "L3OUT_SYNC_PODS": "none"}
    other = Running(settings(there, kube_api.kubeconfig, tmp_path / "other", **more))
    settled(there, other)
    shop(kube)
    shows(there, A, B)
    kube.service("web", LB, app="web")
    eventually(lambda: len(there.subnets("web")) == 3)
    marks = {there.attribute(f"{WEB}/extsubnet-[{ip}/32]", "annotation") for ip in (A, B)}
    assert marks == {MARKER}
    other.stop()
    assert running.metric("l3out_sync_drift_repaired_total") == 0


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_other_kinds_of_workloads(there: Fabric, kube: Kube, running: Running, kind: str) -> None:
    settled(there, running)
    uid = kube.deployment("data", "epg=web", kind)
    kube.pod("data-0", A, owner=(kind, "data", uid))
    shows(there, A)
