"""The defects of the reference synchroniser, one test each: none of them is ours."""

from __future__ import annotations

import ipaddress
import time
from pathlib import Path
from typing import Any

import pytest

from aci.errors import TlsFailure
from aci.mo import mo
from aci.session import Password, Retries, Session, Tls
from aci.subscription import Lost, Subscriber, Told
from l3out_sync.core.annotation import THEIRS
from l3out_sync.kube.api import KubeError
from l3out_sync.kube.reflector import Reflector, Resource
from l3out_sync.kube.slim import pod as slim_pod
from lab.apic.faults import Rule
from tests.kube_api import KubeApi
from tests.l3out_sync.live import L3OUT, PASSWORD, Fabric, Kube, Running, eventually, fabric, settings
from tests.l3out_sync.test_l3out_sync_live import LB, MARKER, V6, WEB, A, B, C, settled, shop, shows


def test_1_deleting_one_of_two_deployments_leaves_the_shared_epg(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    uid = kube.deployment("api", "epg=web")
    kube.pods_of("api", C, uid=uid)
    shows(there, A, B, C)
    for name in ("web-0", "web-1"):
        kube.delete("pods", name)
    kube.delete("deployments", "web")
    shows(there, C)


def test_2_an_edited_annotation_is_followed(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    shows(there, A, B)
    kube.change_annotation("web", "epg=api")
    shows(there, A, B, epg="api")
    kube.change_annotation("web", None)
    eventually(lambda: not there.has(f"{L3OUT}/instP-api") and not there.has(WEB))


def test_3_start_up_removes_what_went_while_it_was_down(
    there: Fabric, kube: Kube, kube_api: KubeApi, tmp_path: Path
) -> None:
    shop(kube)
    first = Running(settings(there, kube_api.kubeconfig, tmp_path))
    shows(there, A, B)
    first.stop()
    kube.delete("pods", "web-0")
    assert there.subnets("web") == {f"{A}/32", f"{B}/32"}
    second = Running(settings(there, kube_api.kubeconfig, tmp_path))
    shows(there, B)
    second.stop()


def test_4_each_service_is_looked_at_by_itself(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    for number, name in enumerate(("one", "two", "three"), 1):
        kube.deployment(name, f"epg={name}")
        kube.service(name, f"198.18.130.{number}", app=name)
    for number, name in enumerate(("one", "two", "three"), 1):
        shows(there, f"198.18.130.{number}", epg=name)


def test_5_ipv6_addresses_are_128(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    kube.pod("p", V6, said="epg=web")
    eventually(lambda: there.subnets("web") == {f"{V6}/128"})


def test_6_a_refusal_is_not_taken_for_a_missing_parent(there: Fabric, kube: Kube, running: Running) -> None:
    """The EPG is not made anew and nothing is sent in a loop; the APIC's own words are told."""
    settled(there, running)
    rule = Rule(path="out-k8s", method="POST", status=400, code=801, text="property ip failed validation")
    there.faults.rules.append(rule)
    kube.pod("p", A, said="epg=web")
    eventually(lambda: [event for event in kube.events() if "failed validation" in event["message"]])
    posts = running.metric("l3out_sync_apic_requests_total", method="POST", status="400")
    time.sleep(1.0)
    assert running.metric("l3out_sync_apic_requests_total", method="POST", status="400") <= posts + 2
    there.faults.rules.remove(rule)
    shows(there, A)


class Aged:
    """An API server whose history is always too short: the first list's next page, then each watch, in one form."""

    def __init__(self, form: str) -> None:
        self.lists, self._form = 0, form

    def get(self, path: str, query: Any, accept: str = "") -> Any:
        if query.get("continue"):
            raise KubeError(410, "the continue token has aged")
        self.lists += 1
        proceed = {"continue": "more"} if self.lists == 1 else {}
        return {"metadata": {"resourceVersion": "1", **proceed}, "items": []}

    def watch(self, path: str, query: Any, accept: str = "") -> Any:
        if self._form == "reply":
            raise KubeError(410, "too old resource version")
        return [{"type": "ERROR", "object": {"code": 410, "message": "too old"}}]


@pytest.mark.parametrize("form", ["reply", "event"])
def test_7_a_410_lists_anew(form: str) -> None:
    counted: list[int] = []
    reflector = Reflector[Any](Aged(form), Resource("/api/v1/pods", slim_pod), counted.append, pause=0.01)  # type: ignore[arg-type]
    reflector.start()
    eventually(lambda: reflector.lists >= 4)
    reflector._stopped.set()
    assert reflector.synced.is_set()


def test_8_the_websocket_is_opened_again(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    shows(there, A, B)
    there.stop()
    there.start()
    there.delete(f"{WEB}/extsubnet-[{A}/32]")
    shows(there, A, B)
    settled(there, running)
    there.delete(f"{WEB}/extsubnet-[{B}/32]")
    shows(there, A, B)


def test_9_a_hundred_hands_at_once_are_put_right(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    addresses = [f"198.18.70.{number}" for number in range(1, 101)]
    shop(kube, "epg=web", *addresses)
    shows(there, *addresses)
    for address in addresses:
        there.delete(f"{WEB}/extsubnet-[{address}/32]")
    shows(there, *addresses)


def test_10_refreshes_are_by_subscription_and_not_by_object(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube, "epg=web", *(f"198.18.71.{number}" for number in range(1, 41)))
    eventually(lambda: len(there.subnets("web")) == 40)
    refreshes = Rule(path="subscriptionRefresh", count=1000)
    others = Rule(path="/api/", count=1000)
    there.faults.rules += [refreshes, others]
    time.sleep(6.0)  # the test's pace refreshes every 5 s
    assert 1 <= 1000 - (refreshes.count or 0) <= 2
    assert others.count == 1000


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_11_a_finished_pod_gives_its_subnet_back(there: Fabric, kube: Kube, running: Running, phase: str) -> None:
    settled(there, running)
    shop(kube)
    shows(there, A, B)
    kube.pod_status("web-0", A, phase=phase)
    shows(there, B)


def test_12_a_host_name_as_ingress_is_no_address(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    shop(kube)
    kube.service("web", app="web")
    kube.ingress("web", {"hostname": "lb.example.net"})
    shows(there, A, B)
    kube.ingress("web", {"hostname": "lb.example.net"}, {"ip": LB})
    shows(there, A, B, LB)
    assert all(ipaddress.ip_network(subnet) for subnet in there.subnets("web"))


def test_13_an_unknown_certificate_is_refused(there: Fabric) -> None:
    with Session(there.addresses, Password("admin", PASSWORD), tls=Tls(), retries=Retries(1)) as session:
        with pytest.raises(TlsFailure):
            session.login()
        told: list[Told] = []
        subscriber = Subscriber(session, told.append)
        subscriber.start()
        eventually(lambda: told and isinstance(told[0], Lost) and isinstance(told[0].error, TlsFailure))
        subscriber.stop()


def test_14_the_next_controller_takes_over(lab_folder: Path, kube: Kube, kube_api: KubeApi, tmp_path: Path) -> None:
    with fabric(lab_folder, controllers=3) as there:
        running = Running(settings(there, kube_api.kubeconfig, tmp_path))
        settled(there, running)
        uid = shop(kube)
        shows(there, A, B)
        there.stop(0)
        kube.pod("web-2", C, owner=("ReplicaSet", "web-rs", uid))
        shows(there, A, B, C)
        there.stop(1)
        there.delete(f"{WEB}/extsubnet-[{A}/32]")
        shows(there, A, B, C)
        running.stop()


def test_15_long_names_are_not_cut(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    longest = "x" * 64
    kube.pod("p", A, said=f"epg={longest}")
    kube.pod("q", B, said=f"epg={longest}y")
    shows(there, A, epg=longest)
    eventually(lambda: [event for event in kube.events() if "65 characters" in event["message"]])
    assert not there.has(f"{L3OUT}/instP-{'x' * 63}")


def test_the_references_annotation_works_unchanged(there: Fabric, kube: Kube, running: Running) -> None:
    settled(there, running)
    said = {THEIRS: '{"tenant": "k8s-prod", "l3out": "k8s", "epg": "web"}'}
    uid = kube.deployment("web", None, annotations=said)
    kube.pods_of("web", A, uid=uid)
    shows(there, A)
    assert there.attribute(WEB, "annotation") == MARKER
    there.by_hand(WEB, mo("l3extInstP", mo("l3extSubnet", ip="198.18.99.0/24")))
    kube.delete("deployments", "web")
    kube.delete("pods", "web-0")
    eventually(lambda: there.subnets("web") == {"198.18.99.0/24"})
