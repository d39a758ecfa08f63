"""What the stand-in sends, compared with what the real provider sent for the same configuration."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aci.mo import Mo
from tests.lab_apic_server import Sent, ServedSimulator, Simulator
from tests.terraform_fixtures import module_root

CONFIG_ONLY = "?rsp-prop-include=config-only"
PROBE = '/api/node/class/topSystem.json?query-target-filter=eq(topSystem.role,"controller")'
PARENT = "uni/tn-k8s/out-calico/lnodep-nodes/protp"
"""The one captured object with child blocks."""
Request = tuple[str, str, str]


@dataclass(frozen=True)
class Managed:
    """One aci_rest_managed, taken from the request that created it."""

    dn: str
    cls: str
    content: dict[str, str]
    children: list[tuple[str, str, dict[str, str]]]

    @property
    def label(self) -> str:
        return "r" + "".join(c if c.isalnum() else "_" for c in self.dn)

    def hcl(self, others: Iterable[Managed]) -> str:
        above = max((o for o in others if self.dn.startswith(o.dn + "/")), key=lambda o: len(o.dn), default=None)
        blocks = "".join(
            f"child {{\n rn = {json.dumps(rn)}\n class_name = {json.dumps(cls)}\n content = {_map(content)}\n}}\n"
            for cls, rn, content in self.children
        )
        after = f"depends_on = [aci_rest_managed.{above.label}]\n" if above else ""
        ignored = 'lifecycle {\n ignore_changes = [content["password"]]\n}\n' if "password" in self.content else ""
        return (
            f'resource "aci_rest_managed" "{self.label}" {{\n dn = {json.dumps(self.dn)}\n'
            f" class_name = {json.dumps(self.cls)}\n content = {_map(self.content)}\n{blocks}{after}{ignored}}}\n"
        )


def _map(content: dict[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in content.items()) + "}"


def captured(shared: Path, name: str) -> list[Request]:
    lines = (shared / "data" / "aci-provider-requests" / f"{name}.jsonl").read_text().splitlines()
    return [normal(row["method"], row["url"], row["body"]) for row in map(json.loads, lines)]


def normal(method: str, url: str, body: str) -> Request:
    """JSON by its meaning: names sorted, children of a request in any order, escapes resolved."""
    if not body:
        return method, url, ""
    document = json.loads(body)
    for inner in document.values():
        inner.get("children", []).sort(key=lambda child: json.dumps(child, sort_keys=True))
    return method, url, json.dumps(document, sort_keys=True)


def managed(requests: list[Request]) -> list[Managed]:
    found = []
    for _, url, body in requests:
        ((cls, inner),) = json.loads(body).items()
        children = [(name, child) for entry in inner["children"] for name, child in entry.items()]
        found.append(
            Managed(
                url.removeprefix("/api/mo/").removesuffix(".json"),
                cls,
                _content(inner),
                [(name, child["attributes"]["rn"], _content(child)) for name, child in children],
            )
        )
    return found


def _content(inner: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in inner["attributes"].items() if name not in {"annotation", "rn"}}


def as_measured(requests: list[Request]) -> list[Request]:
    """The captured reads as version 2.20.0 of the real provider, built from its tag, sent them to our simulator: it
    reads an object that has child blocks once more, with its children, and asks for no child that is missing there."""
    parental = f"/api/mo/{PARENT}.json"
    more = [("GET", f"{parental}?rsp-subtree=children", "")] if ("GET", parental + CONFIG_ONLY, "") in requests else []
    return requests + more


@pytest.fixture(scope="module")
def phases(
    shared_dir: Path, lab_tfrc: Path, certificates_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Sent]]:
    """The captured configuration applied, planned, drifted and destroyed; what was sent in each phase."""
    objects = managed(captured(shared_dir, "apply"))
    with ServedSimulator(certificates_home) as simulator:
        access = {**simulator.user_with_certificate("anchorage"), "TF_CLI_CONFIG_FILE": str(lab_tfrc)}
        root = module_root(tmp_path_factory.mktemp("captured"), access, simulator.url, configuration(objects))
        found = {}
        for name, work in (
            ("apply", root.apply),
            ("replan", root.plan),
            ("drift", root.plan),
            ("destroy", root.destroy),
        ):
            if name == "drift":
                drift(simulator)
            before = len(simulator.requests)
            work()
            found[name] = simulator.requests[before:]
            if name == "drift":
                root.apply()
    return found


def configuration(objects: list[Managed]) -> str:
    return "".join(one.hcl([other for other in objects if other is not one]) for one in objects)


def drift(simulator: Simulator) -> None:
    simulator.by_hand("uni/tn-k8s", Mo("fvTenant", {"descr": "by hand"}))
    simulator.delete("uni/tn-k8s/out-calico/instP-all/extsubnet-[10.13.0.0/24]")
    simulator.delete(f"{PARENT}/rsBestPathCtrlPol")


def compared(requests: list[Sent]) -> Counter[Request]:
    """Without each process's first question, which the captures leave out."""
    return Counter(normal(one.method, one.url, one.body) for one in requests if "topSystem" not in one.url)


@pytest.mark.parametrize("phase", ["apply", "replan", "drift", "destroy"])
def test_each_process_asks_for_the_controllers_versions_first(phases: dict[str, list[Sent]], phase: str) -> None:
    urls = [request.url.replace("%22", '"') for request in phases[phase]]
    assert urls[0] == PROBE
    # Terraform starts the provider for the refresh before a destroy, for the plan and for the work.
    assert urls.count(PROBE) == {"apply": 2, "destroy": 3}.get(phase, 1)


@pytest.mark.parametrize("phase", ["apply", "replan", "destroy"])
def test_it_sends_what_the_real_provider_sends(phases: dict[str, list[Sent]], shared_dir: Path, phase: str) -> None:
    assert compared(phases[phase]) == Counter(as_measured(captured(shared_dir, phase)))


def test_it_finds_drift_with_the_same_requests(phases: dict[str, list[Sent]], shared_dir: Path) -> None:
    wanted = Counter(as_measured(captured(shared_dir, "drift")))
    del wanted["GET", f"/api/mo/{PARENT}/rsBestPathCtrlPol.json{CONFIG_ONLY}", ""]
    assert compared(phases["drift"]) == wanted
