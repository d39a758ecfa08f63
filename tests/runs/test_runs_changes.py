"""Which stages a changed setting concerns: what the plan says of it against what playbooks and Terraform get of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from webui import render
from webui.runs import plays
from webui.runs.pipeline import Context
from webui.runs.stages import add_ons, control_plane, hosts, network, workers
from webui.spec import ClusterSpec, changes, complete, parse
from webui.spec.change import UNSEEN
from webui.spec.parsing import Shape, get, put, walk
from webui.store.box import Box

OF_MACHINES = {
    hosts.NAME: [(book, plays.GROUPS) for book in hosts.BOOKS],
    **{one.stage: [(one.playbook, one.groups)] for one in (
        control_plane.PLAY, workers.PLAY, network.PLAY, add_ons.PLAY,
    )},
}  # fmt: skip
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
OTHERS: dict[str, Any] = {
    "name": "other",
    "l3out.tenant": "other",
    "l3out.vrf.name": "other",
    "l3out.domain": "other",
    "l3out.mtu": 1500,
    "l3out.contract.tenant": "other",
    "l3out.contract.name": "other",
    "l3out.external_epg.scopes": ["import-security", "shared-security"],
    "l3out.default_route": True,
    "l3out.bgp.fabric_as": 65010,
    "l3out.bgp.cluster_as": 65011,
    "l3out.bgp.password": "another",
    "l3out.bgp.keepalive": 2,
    "l3out.bgp.hold": 9,
    "l3out.bgp.stale": 9,
    "l3out.bgp.max_restart": 9,
    "l3out.bgp.max_prefixes": 900,
    "l3out.bgp.vrf_policy": "existing",
    "l3out.bgp.next_hop_unchanged": True,
    "l3out.anchors.0.pod": 2,
    "l3out.anchors.0.node": 103,
    "l3out.anchors.0.rack": "r2",
    "vcenter.tls.verify": False,
    "vcenter.datacenter": "other",
    "vcenter.compute_cluster": "other",
    "vcenter.datastore": "other",
    "vcenter.switch": "other",
    "vcenter.template": "other",
    "vcenter.anti_affinity": False,
    "machines.control_plane.0.name": "other-1",
    "machines.control_plane.0.rack": "r2",
    "machines.workers.0.name": "other-2",
    "machines.workers.0.rack": "r2",
    "cluster.kubernetes_version": "1.36.4",
    "cluster.port": 9443,
    "cluster.keepalived_router_id": 77,
    "cluster.registries.0.upstream": "ghcr.io",
    "cluster.registries.0.ca": PEM,
    "cluster.registries.0.password": "another",
    "cluster.cni": "kube-router",
    "cluster.typha": True,
    "cluster.ebpf": True,
    "cluster.calico_mtu": 1400,
    "cluster.calico_version": "3.31.0",
    "cluster.container_runtime": "cri-o",
    "cluster.load_balancer": "metallb",
    "cluster.add_ons": ["ingress", "helm"],
}
"""Path -> another value, where the field's first example is none."""

SIGN_IN = ("vcenter.user", "vcenter.password", "vcenter.tls", "machines.ssh_key", "machines.password")
"""They go to vCenter or the machines by other ways than variables."""


def whole(root: Path, **cluster: Any) -> ClusterSpec:
    """The dual-stack example with most of what can be given, without a lab."""
    spec = yaml.safe_load((root / "examples/lab-dual-stack.yaml").read_text())
    spec["fabric"] = {"site": "apic", "apics": ["apic1.example.net"], "user": "admin"}
    spec["l3out"]["bgp"]["password"] = "one"
    spec["cluster"]["registries"][0] |= {"user": "one", "password": "one"}
    spec["cluster"] |= {"load_balancer": "built-in", **cluster}
    return complete(parse(spec).spec)


@pytest.fixture(scope="module")
def wholes() -> list[ClusterSpec]:
    """Between them everything is used that can be."""
    root = Path(__file__).resolve().parents[2]
    proxy = {"http": "http://one.example.net:3128"}
    return [whole(root), whole(root, cni="kube-router", proxy=proxy, add_ons=["ingress"])]


def used(box: Box, spec: ClusterSpec) -> dict[str, Any]:
    """Stage -> a mark of all that it gets of the spec."""
    context = cast(Context, SimpleNamespace(box=box, spec=spec))
    marks: dict[str, Any] = {
        stage: [plays.mark(context, book, spec, groups) for book, groups in played]
        for stage, played in OF_MACHINES.items()
    }
    marks["fabric"] = render.tfvars(spec, ""), render.tfvars_secrets(spec)
    marks["machines"] = render.machines_tfvars(spec, "", render.MachineFacts())
    return marks


def another(path: str, shape: Shape, examples: list[Any] | None, spec: ClusterSpec) -> Any:
    now = get(spec, path)
    if path in OTHERS:
        return OTHERS[path]
    return next((one for one in examples or [] if str(one) != str(now)), "another" if shape.secret else None)


LEFT_OUT = ("version", "mode", "fabric")
FIELDS = [
    (path.replace("*", "0"), shape, info.examples)
    for path, shape, info in walk()
    if shape.kind in ("value", "values") and not path.startswith((*LEFT_OUT, *SIGN_IN))
]


@pytest.mark.parametrize(("path", "shape", "examples"), FIELDS, ids=[path for path, _, _ in FIELDS])
def test_a_plan_says_a_setting_at_the_stages_that_use_it(
    box: Box, wholes: list[ClusterSpec], path: str, shape: Shape, examples: list[Any] | None
) -> None:
    said: set[str] = set()
    true: set[str] = set()
    for before in wholes:
        after = complete(put(before, path, another(path, shape, examples, before)))
        found = changes(before, after)
        said |= {stage for one in found for stage in one.stages}
        old, new = used(box, before), used(box, after)
        true |= {stage for stage in old if old[stage] != new[stage]}
        assert found or old == new
    assert said or path in UNSEEN
    assert said & set(OF_MACHINES) == true & set(OF_MACHINES)
    assert true <= said
