"""A real API server and the simulated APIC, with the controller between them: in this process, or as processes."""

from __future__ import annotations

import datetime as dt
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aci.mo import Mo, mo
from aci.session import Password, Session, Tls
from aci.subscription import Pace
from l3out_sync.core.annotation import OURS
from l3out_sync.kube.api import Api, KubeError
from l3out_sync.kube.lease import Times
from l3out_sync.run.app import App
from l3out_sync.run.settings import Settings, load
from lab import certificates
from lab.apic.core import Apic
from lab.apic.faults import Faults
from lab.apic.thread import ServedInThread

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "lab-admin-password"
L3OUT = "uni/tn-k8s-prod/out-k8s"
QUICK = Pace(refresh=5, ping=2, silence=6, connect=2, poll=0.05, first_pause=0.1, longest_pause=0.5)
QUICK_LEASE = Times(duration=8.0, deadline=6.0, retry=0.5)


def eventually(test: Callable[[], Any], seconds: float = 15.0, what: str = "it") -> float:
    """Wait until the test holds; returns after how many seconds it did."""
    started = time.monotonic()
    while not test():
        assert time.monotonic() - started < seconds, f"{what} did not come true in {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - started


# ---- the fabric


@dataclass
class Fabric:
    """A simulated APIC cluster, served by one controller or several."""

    apic: Apic
    faults: Faults
    tls: ssl.SSLContext
    ca: str
    served: list[ServedInThread | None] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    @property
    def addresses(self) -> list[str]:
        return [f"127.0.0.1:{port}" for port in self.ports]

    def subnets(self, epg: str) -> set[str]:
        """Addresses of an EPG's subnets."""
        with self.apic.lock:
            node = self.apic.tree.get(f"{L3OUT}/instP-{epg}")
            return (
                {item.get("ip") for item in node.children.values() if item.cls.name == "l3extSubnet"} if node else set()
            )

    def has(self, dn: str) -> bool:
        with self.apic.lock:
            return self.apic.tree.get(dn) is not None

    def attribute(self, dn: str, name: str) -> str:
        with self.apic.lock:
            node = self.apic.tree.get(dn)
            return node.get(name) if node else ""

    def by_hand(self, dn: str, body: Mo) -> None:
        self.apic.change([(dn, body)])

    def delete(self, dn: str) -> None:
        with self.apic.lock:
            node = self.apic.tree.get(dn)
            if node is not None:
                self.apic.change([(dn, Mo(node.cls.name, {"dn": dn, "status": "deleted"}))])

    def start(self, at: int = 0) -> None:
        """Start a controller (again, on its port)."""
        served = ServedInThread(self.apic, self.tls, self.faults, self.ports[at])
        served.__enter__()
        self.served[at] = served

    def stop(self, at: int = 0) -> None:
        """A controller goes away."""
        served, self.served[at] = self.served[at], None
        if served is not None:
            served.__exit__(None, None, None)

    def session(self) -> Session:
        return Session(self.addresses, Password("admin", PASSWORD), tls=Tls(ca=self.ca))


@contextmanager
def fabric(folder: Path, controllers: int = 1) -> Iterator[Fabric]:
    """A fabric with the preset tenants and an L3Out `k8s` whose default EPG consumes a contract."""
    if not (folder / "ca.pem").exists():
        certificates.make(folder / "ca.pem", folder / "server.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    apic, faults = Apic(admin_password=PASSWORD), Faults()
    default = mo(
        "l3extInstP", mo("l3extSubnet", ip="0.0.0.0/0"), mo("fvRsCons", tnVzBrCPName="internal"), name="k8s-ext"
    )
    apic.change([("uni/tn-k8s-prod", mo("l3extOut", default, name="k8s"))])
    found = Fabric(apic, faults, context, (folder / "ca.pem").read_text())
    for _ in range(controllers):
        served = ServedInThread(apic, context, faults)
        served.__enter__()
        found.served.append(served)
        found.ports.append(int(served.address.rpartition(":")[2]))
    yield found
    for at in range(controllers):
        found.stop(at)


# ---- the cluster


class Kube:
    """Objects of one namespace, made as a test wants them: no controller and no kubelet is there to do it."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self.api, self.namespace = Api(kubeconfig), namespace
        self._try("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        account = {"metadata": {"name": "default", "namespace": namespace}}
        self._try("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", account)

    def _try(self, method: str, path: str, body: Any) -> None:
        try:
            self.api.send(method, path, body)
        except KubeError as error:
            if error.status != 409:
                raise

    def _path(self, plural: str, name: str = "", group: str = "api/v1") -> str:
        return f"/{group}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def _meta(self, name: str, said: str | None, **more: Any) -> dict[str, Any]:
        annotations = {"annotations": {OURS: said}} if said is not None else {}
        return {"name": name, "namespace": self.namespace, **annotations, **more}

    def annotate_namespace(self, said: str | None) -> None:
        place = f"/api/v1/namespaces/{self.namespace}"
        item = self.api.get(place)
        item["metadata"]["annotations"] = {OURS: said} if said else {}
        self.api.send("PUT", place, item)

    def deployment(self, name: str, said: str | None, kind: str = "Deployment", annotations: Any = None) -> str:
        """A workload and, for a Deployment, its ReplicaSet; returns the ReplicaSet's (or its own) uid."""
        plural = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}[kind]
        spec: dict[str, Any] = {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "none"}]},
            },
        }
        if kind == "StatefulSet":
            spec["serviceName"] = name
        meta = self._meta(name, said)
        if annotations:
            meta["annotations"] = annotations
        made = self.api.send("POST", self._path(plural, group="apis/apps/v1"), {"metadata": meta, "spec": spec})
        uid: str = made["metadata"]["uid"]
        if kind != "Deployment":
            return uid
        owner = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": uid, "controller": True}]
        meta = self._meta(f"{name}-rs", None, ownerReferences=owner)
        made = self.api.send("POST", self._path("replicasets", group="apis/apps/v1"), {"metadata": meta, "spec": spec})
        found: str = made["metadata"]["uid"]
        return found

    def change_annotation(self, name: str, said: str | None, plural: str = "deployments") -> None:
        place = self._path(plural, name, "apis/apps/v1")
        item = self.api.get(place)
        item["metadata"]["annotations"] = {OURS: said} if said is not None else {}
        self.api.send("PUT", place, item)

    def pod(
        self,
        name: str,
        *addresses: str,
        owner: tuple[str, str, str] | None = None,
        said: str | None = None,
        phase: str = "Running",
        ready: bool = True,
        labels: Mapping[str, str] | None = None,
        **spec: Any,
    ) -> None:
        """A pod with its status. `owner`: kind, name and uid of its controller."""
        held: dict[str, Any] = {"labels": dict(labels or {"app": name})}
        if owner:
            kind, of, uid = owner
            held["ownerReferences"] = [
                {"apiVersion": "apps/v1", "kind": kind, "name": of, "uid": uid, "controller": True}
            ]
        containers = [{"name": "c", "image": "none"}]
        body = {"metadata": self._meta(name, said, **held), "spec": {"containers": containers, **spec}}
        self.api.send("POST", self._path("pods"), body)
        self.pod_status(name, *addresses, phase=phase, ready=ready)

    def pod_status(self, name: str, *addresses: str, phase: str = "Running", ready: bool = True) -> None:
        place = self._path("pods", name)
        item = self.api.get(place)
        item["status"] = {"phase": phase, "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
        if addresses:
            item["status"] |= {"podIP": addresses[0], "podIPs": [{"ip": ip} for ip in addresses]}
        self.api.send("PUT", f"{place}/status", item)

    def pods_of(self, name: str, *addresses: str, uid: str) -> None:
        """Pods of a Deployment's ReplicaSet, one an address."""
        for number, address in enumerate(addresses):
            self.pod(f"{name}-{number}", address, owner=("ReplicaSet", f"{name}-rs", uid), labels={"app": name})

    def service(self, name: str, *addresses: str, app: str = "", said: str | None = None, **spec: Any) -> None:
        selector = {"selector": {"app": app}} if app else {}
        body = {
            "metadata": self._meta(name, said),
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}], **selector, **spec},
        }
        self.api.send("POST", self._path("services"), body)
        if addresses:
            self.ingress(name, *({"ip": address} for address in addresses))

    def ingress(self, name: str, *entries: Mapping[str, str]) -> None:
        place = self._path("services", name)
        item = self.api.get(place)
        item["status"] = {"loadBalancer": {"ingress": [dict(entry) for entry in entries]}}
        self.api.send("PUT", f"{place}/status", item)

    def delete(self, plural: str, name: str) -> None:
        group = "api/v1" if plural in ("pods", "services") else "apis/apps/v1"
        grace = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
        try:
            self.api.send("DELETE", self._path(plural, name, group), grace)
        except KubeError as error:
            if error.status != 404:
                raise

    def lease(self, name: str) -> Any:
        """A lease in namespace default, None without one."""
        try:
            return self.api.get(f"/apis/coordination.k8s.io/v1/namespaces/default/leases/{name}")
        except KubeError as error:
            if error.status == 404:
                return None
            raise

    def delete_lease(self, name: str) -> None:
        if self.lease(name):
            self.api.send("DELETE", f"/apis/coordination.k8s.io/v1/namespaces/default/leases/{name}", {})

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(self._path("events"))["items"]
        return found

    def empty(self) -> None:
        """Take everything away."""
        for plural, group in (("pods", "api/v1"), ("services", "api/v1"), *((p, "apis/apps/v1") for p in _WORKLOADS)):
            for item in self.api.get(self._path(plural, group=group))["items"]:
                self.delete(plural, item["metadata"]["name"])
        self.annotate_namespace(None)


_WORKLOADS = ("deployments", "replicasets", "statefulsets", "daemonsets")


# ---- the controller


def environment(there: Fabric, kubeconfig: Path, folder: Path, **more: str) -> dict[str, str]:
    """Settings, as the container has them."""
    (folder / "apic-password").write_text(PASSWORD)
    (folder / "apic-ca.pem").write_text(there.ca)
    return {
        "L3OUT_SYNC_CLUSTER_ID": "c1",
        "L3OUT_SYNC_TENANT": "k8s-prod",
        "L3OUT_SYNC_L3OUT": "k8s",
        "L3OUT_SYNC_DEFAULT_EPG": "k8s-ext",
        "L3OUT_SYNC_APICS": ",".join(there.addresses),
        "L3OUT_SYNC_APIC_USER": "admin",
        "L3OUT_SYNC_APIC_PASSWORD_FILE": str(folder / "apic-password"),
        "L3OUT_SYNC_APIC_CA_FILE": str(folder / "apic-ca.pem"),
        "L3OUT_SYNC_KUBECONFIG": str(kubeconfig),
        "L3OUT_SYNC_RATE": "50",
        "L3OUT_SYNC_IDENTITY": "one",
        **more,
    }


def settings(there: Fabric, kubeconfig: Path, folder: Path, **more: str) -> Settings:
    found = load(environment(there, kubeconfig, folder, **more))
    return replace(found, port=0)


class Running:
    """A replica in this process."""

    def __init__(self, given: Settings) -> None:
        self.app = App(given, times=QUICK_LEASE, pace=QUICK)
        self.app.__enter__()
        self._thread = threading.Thread(target=self.app.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End as SIGTERM does."""
        self.app.controller.stop()
        self._thread.join(20)
        self.app.__exit__(None, None, None)

    def kill(self) -> None:
        """End as kill -9 does, as far as threads allow: nothing is given back, nothing more is written."""
        self.app.elector._stopped.set()
        self.app.elector._renewed = -1e9
        self.app.controller.stop()
        self._thread.join(20)
        self.app._cluster.stop()
        self.app._stack.close()

    def metric(self, name: str, **labels: str) -> float:
        return self.app.metrics.registry.get_sample_value(name, labels) or 0.0


class Process:
    """A replica as a process of its own."""

    def __init__(self, variables: Mapping[str, str], log: Path) -> None:
        with log.open("wb") as file:
            line = [sys.executable, "-m", "l3out_sync"]
            self._process = subprocess.Popen(line, env={**os.environ, **variables}, cwd=ROOT, stderr=file)
        self.log, self.pid, self.started = log, self._process.pid, dt.datetime.now(dt.UTC)

    def end(self, number: int) -> int:
        """Send a signal and wait."""
        self._process.send_signal(number)
        return self._process.wait(20)

    def alive(self) -> bool:
        return self._process.poll() is None
