"""Whatever happens in whatever order, the fabric ends as it must, and nobody else's objects change.

pytest tests/l3out_sync/test_l3out_sync_machine.py                            30 sequences
L3OUT_SYNC_SEQUENCES=1000 pytest --timeout 0 tests/l3out_sync/test_l3out_sync_machine.py      the slow sweep
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from aci.mo import mo
from aci.subscription import Pace
from l3out_sync.core.annotation import OURS
from l3out_sync.kube.lease import Times
from l3out_sync.run.app import App
from tests.l3out_sync import live
from tests.l3out_sync.fake_kube import FakeKube
from tests.l3out_sync.live import L3OUT, Fabric, eventually

SEQUENCES = int(os.environ.get("L3OUT_SYNC_SEQUENCES", "30"))
MARKER = "orchestrator:anchorage-l3out-sync:c1"
QUICK = Pace(refresh=2, ping=1, silence=3, connect=1, poll=0.02, first_pause=0.02, longest_pause=0.1)
LEASE = Times(duration=0.6, deadline=0.4, retry=0.1)
FOLDER = Path(tempfile.mkdtemp(prefix="anchorage-l3out-sync-machine-"))

names = st.sampled_from(["a", "b", "c"])
epgs = st.sampled_from(["web", "api"])
wishes = epgs.map("epg={}".format)
annotated = st.one_of(wishes, wishes, st.none())
said = st.one_of(wishes, wishes, st.none(), st.just("none"), st.just("wrong"))
numbers = st.integers(1, 12)
phases = st.sampled_from(["Running", "Running", "Succeeded", "Failed", "Pending"])


class Replica(live.Running):
    """A replica in this process over the API server in memory."""

    def __init__(self, there: Fabric, kube: FakeKube, identity: str) -> None:
        import threading

        given = live.settings(there, Path("unused"), FOLDER, L3OUT_SYNC_IDENTITY=identity, L3OUT_SYNC_DEBOUNCE="0.02")
        self.app = App(given, times=LEASE, pace=QUICK, api=kube)  # type: ignore[arg-type]
        self.app.__enter__()
        self._thread = threading.Thread(target=self.app.run, daemon=True)
        self._thread.start()


class Machine(RuleBasedStateMachine):
    """The world, and beside it what it must come to: kept by hand, not by the controller's own code."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = live.fabric(FOLDER)
        self.there = self.lab.__enter__()
        self.kube = FakeKube()
        self.default: str | None = None
        self.workloads: dict[str, str | None] = {}
        self.pods: dict[int, tuple[str, str]] = {}
        self.services: set[str] = set()
        self.foreign: dict[str, set[str]] = {}
        self.foreign_epgs: set[str] = set()
        self.apic_up = True
        self.started = 0
        self.replicas: list[Replica] = []

    @initialize(
        annotations=st.lists(annotated, min_size=3, max_size=3),
        states=st.lists(st.tuples(names, phases), min_size=6, max_size=6),
        default=st.one_of(st.none(), wishes),
    )
    def begin(self, annotations: list[str], states: list[tuple[str, str]], default: str | None) -> None:
        """A cluster at work, and a controller that has brought the fabric in step with it."""
        self.namespace(default)
        for name, annotation in zip("abc", annotations, strict=True):
            self.workload_is_made_or_annotated(name, annotation)
        for number, (name, phase) in enumerate(states, 1):
            self.pod_is(name, number, phase)
        self.service_is("a")
        self.start_replica()
        self.comes_true()

    def start_replica(self) -> None:
        self.started += 1
        self.replicas.append(Replica(self.there, self.kube, f"replica-{self.started}"))

    # ---- the cluster

    def namespace(self, annotation: str | None) -> None:
        meta: dict[str, Any] = {"name": "shop"} | ({"annotations": {OURS: annotation}} if annotation else {})
        self.kube.put("namespaces", {"metadata": meta})
        self.default = annotation

    def write_workload(self, name: str) -> None:
        annotation = self.workloads[name]
        meta: dict[str, Any] = {"name": name, "namespace": "shop"}
        if annotation is not None:
            meta["annotations"] = {OURS: annotation}
        template = {"metadata": {"labels": {"app": name}}}
        self.kube.put("stateful_sets", {"metadata": meta, "spec": {"template": template}})

    @rule(annotation=st.one_of(st.none(), wishes))
    def namespace_is_annotated(self, annotation: str | None) -> None:
        self.namespace(annotation)

    @rule(name=names, annotation=said)
    def workload_is_made_or_annotated(self, name: str, annotation: str | None) -> None:
        self.workloads[name] = annotation
        self.write_workload(name)

    @rule(name=names)
    def workload_goes(self, name: str) -> None:
        if name in self.workloads:
            del self.workloads[name]
            self.kube.remove("stateful_sets", ("shop", name))

    @rule(name=names, number=numbers, phase=phases)
    def pod_is(self, name: str, number: int, phase: str) -> None:
        self.pods[number] = (name, phase)
        owner = [{"kind": "StatefulSet", "name": name, "controller": True}]
        meta = {"name": f"p{number}", "namespace": "shop", "ownerReferences": owner}
        status = {"phase": phase, "podIPs": [{"ip": f"198.18.64.{number}"}]}
        self.kube.put("pods", {"metadata": meta, "status": status})

    @rule(number=numbers)
    def pod_goes(self, number: int) -> None:
        if number in self.pods:
            del self.pods[number]
            self.kube.remove("pods", ("shop", f"p{number}"))

    @rule(name=names)
    def service_is(self, name: str) -> None:
        self.services.add(name)
        status = {"loadBalancer": {"ingress": [{"ip": f"198.18.130.{ord(name)}"}]}}
        spec = {"type": "LoadBalancer", "selector": {"app": name}}
        self.kube.put("services", {"metadata": {"name": name, "namespace": "shop"}, "spec": spec, "status": status})

    @rule(name=names)
    def service_goes(self, name: str) -> None:
        if name in self.services:
            self.services.remove(name)
            self.kube.remove("services", ("shop", name))

    # ---- hands on the APIC

    @rule(epg=epgs)
    def hand_deletes_epg(self, epg: str) -> None:
        self.there.delete(f"{L3OUT}/instP-{epg}")
        self.foreign.pop(epg, None)
        self.foreign_epgs.discard(epg)

    @rule(epg=epgs, number=numbers)
    def hand_deletes_subnet(self, epg: str, number: int) -> None:
        self.there.delete(f"{L3OUT}/instP-{epg}/extsubnet-[198.18.64.{number}/32]")

    @rule(epg=epgs, number=numbers)
    def hand_changes_scope(self, epg: str, number: int) -> None:
        dn = f"{L3OUT}/instP-{epg}/extsubnet-[198.18.64.{number}/32]"
        with self.there.apic.lock:
            if self.there.has(dn):
                self.there.by_hand(dn, mo("l3extSubnet", scope="export-rtctrl"))

    @rule(epg=epgs, number=numbers)
    def hand_adds_subnet(self, epg: str, number: int) -> None:
        with self.there.apic.lock:
            if self.there.has(f"{L3OUT}/instP-{epg}"):
                self.there.by_hand(f"{L3OUT}/instP-{epg}", mo("l3extSubnet", ip=f"198.18.99.{number}/32", descr="hand"))
                self.foreign.setdefault(epg, set()).add(f"198.18.99.{number}/32")

    @rule(epg=epgs)
    def hand_removes_its_subnets(self, epg: str) -> None:
        for ip in self.foreign.pop(epg, set()):
            self.there.delete(f"{L3OUT}/instP-{epg}/extsubnet-[{ip}]")

    @rule(epg=epgs)
    def hand_makes_epg(self, epg: str) -> None:
        with self.there.apic.lock:
            if not self.there.has(f"{L3OUT}/instP-{epg}"):
                self.there.by_hand(L3OUT, mo("l3extOut", mo("l3extInstP", name=epg, descr="hand")))
                self.foreign_epgs.add(epg)

    # ---- kills

    @rule()
    def controller_is_killed(self) -> None:
        for replica in self.replicas:
            replica.kill()
        self.replicas.clear()

    @precondition(lambda self: len(self.replicas) < 2)
    @rule()
    def a_replica_starts(self) -> None:
        self.start_replica()

    @precondition(lambda self: self.replicas)
    @rule()
    def a_replica_ends(self) -> None:
        self.replicas.pop(0).stop()

    @rule()
    def apic_goes_or_comes(self) -> None:
        if self.apic_up:
            self.there.stop()
        else:
            self.there.start()
        self.apic_up = not self.apic_up

    @rule()
    def api_server_goes_or_comes(self) -> None:
        if self.kube.alive:
            self.kube.kill()
        else:
            self.kube.revive()

    # ---- what it must come to

    def epg_of(self, workload: str) -> str | None:
        annotation = self.workloads.get(workload)
        annotation = self.default if annotation is None else annotation
        return annotation.removeprefix("epg=") if annotation and annotation.startswith("epg=") else None

    def wanted(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for annotation in self.workloads.values():
            if annotation and annotation.startswith("epg="):
                found.setdefault(annotation.removeprefix("epg="), set())
        for number, (name, phase) in self.pods.items():
            epg = self.epg_of(name)
            if epg and phase in ("Running", "Pending"):
                found.setdefault(epg, set()).add(f"198.18.64.{number}/32")
        for name in self.services:
            epg = self.epg_of(name)
            if epg:
                found.setdefault(epg, set()).add(f"198.18.130.{ord(name)}/32")
        return found

    def there_is(self) -> dict[str, dict[str, tuple[str, str]]]:
        with self.there.apic.lock:
            tree = self.there.apic.tree
            return {
                epg: {
                    child.get("ip"): (child.get("annotation"), child.get("scope"))
                    for child in node.children.values()
                    if child.cls.name == "l3extSubnet"
                }
                for epg in ("web", "api")
                if (node := tree.get(f"{L3OUT}/instP-{epg}"))
            }

    def must_be(self) -> dict[str, dict[str, tuple[str, str]]]:
        wanted = self.wanted()
        found = {}
        for epg in ("web", "api"):
            foreign = self.foreign.get(epg, set())
            if epg in wanted or foreign or epg in self.foreign_epgs:
                found[epg] = dict.fromkeys(wanted.get(epg, set()), (MARKER, "import-security"))
                found[epg] |= dict.fromkeys(foreign, ("", "import-security"))
        return found

    def comes_true(self) -> None:
        try:
            eventually(lambda: self.there_is() == self.must_be(), 20)
        except AssertionError as error:
            raise AssertionError(f"{self.there_is()} is not {self.must_be()}") from error
        self.untouched()

    @precondition(lambda self: self.apic_up and self.kube.alive and self.replicas)
    @rule()
    def it_settles(self) -> None:
        self.comes_true()

    def teardown(self) -> None:
        try:
            if not self.apic_up:
                self.there.start()
            self.kube.revive()
            if not self.replicas:
                self.start_replica()
            self.comes_true()
        finally:
            for replica in self.replicas:
                replica.stop()
            self.lab.__exit__(None, None, None)

    def untouched(self) -> None:
        """What others made is as they made it."""
        assert self.there.subnets("k8s-ext") == {"0.0.0.0/0"}
        assert self.there.has(f"{L3OUT}/instP-k8s-ext/rscons-internal")
        for epg in self.foreign_epgs:
            assert self.there.attribute(f"{L3OUT}/instP-{epg}", "annotation") == ""
            assert self.there.attribute(f"{L3OUT}/instP-{epg}", "descr") == "hand"
        for epg, ips in self.foreign.items():
            for ip in ips:
                assert self.there.attribute(f"{L3OUT}/instP-{epg}/extsubnet-[{ip}]", "descr") == "hand"


@pytest.mark.job
@pytest.mark.timeout(0)
def test_any_sequence_ends_as_it_must() -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=20,
            suppress_health_check=quiet,
            database=None,
            phases=[Phase.generate],  # a failure waits in each sequence: shrinking one would take an hour
        ),
    )
