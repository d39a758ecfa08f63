"""One master, one worker: from a spec to a cluster that peers with living leaves, changed, and back to nothing."""

from __future__ import annotations

import json
import re
import subprocess
import time
from ipaddress import ip_interface
from pathlib import Path
from typing import Any

import pytest

from aci.mo import mo
from aci.query import Query, of_class
from lab import whole
from lab.machines import names
from tests.calico_lab import until
from tests.nodes_lab import traces
from tests.vcenter_lab import inventory
from tests.whole_lab import Whole, groups, stages, times

pytestmark = pytest.mark.job
TWO = {"k8s-cp-1", "k8s-w-1"}
OUT = "uni/tn-k8s-prod/out-k8s-dc1"
LEAF_103 = {"pod": 1, "node": 103, "router_id": "198.19.0.103", "rack": "r1"}


def changed(site: Whole, *words: str) -> dict[str, Any]:
    """Apply the spec as it is now, which ends with a verification; the plan's diff."""
    began = time.monotonic()
    applied: dict[str, Any] = site.json("apply", "SPEC", "--yes", "-q")
    print(f"{words[0]}: {time.monotonic() - began:.0f} s ({times()})")
    assert applied["outputs"]["verify"]["green"], applied["outputs"]["verify"]["findings"]
    return dict(applied["diff"])


def green(site: Whole) -> None:
    """A verification on demand finds nothing wrong."""
    said = site("verify", "SPEC", "-q")
    assert said.exit_code == 0, said.output


def kubectl(site: Whole, tmp_path: Path, *words: str, text: str | None = None) -> str:
    """From outside, with the kubeconfig that the command line gives."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(site("kubeconfig", "SPEC").stdout)
    kubeconfig.chmod(0o600)
    line = [site.kubectl, "--kubeconfig", str(kubeconfig), *words]
    return subprocess.run(line, input=text, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.timeout(1800)
def test_a_cluster_is_made_proven_changed_and_taken_back(site: Whole, tmp_path: Path) -> None:
    vcenter = site.site.vcenter
    assert vcenter is not None
    before = inventory(vcenter)
    site.small()
    site.spec["cluster"]["add_ons"] = []  # as in the example; they come later
    it_is_made_and_proven(site, tmp_path)
    add_ons_come_to_it(site)
    workloads_stand_in_the_fabric(site, tmp_path)
    a_bgp_password_reaches_both_sides(site)
    a_password_broken_by_hand_is_named(site)
    a_leaf_comes_and_goes(site)
    a_worker_comes_and_goes(site, tmp_path)
    kubernetes_alone_is_reset(site)
    gone = site.json("destroy", "SPEC", "--yes", "-q")
    assert gone["diff"]["sentence"].startswith("Removes the machines k8s-cp-1 and k8s-w-1.")
    assert inventory(vcenter) == before
    until(lambda: site.running() == set(), "machines that ended", 60)
    assert not list((site.home / "clusters").iterdir())
    whole.down(site.lab_home)
    assert traces(site.lab_home) == set()


def it_is_made_and_proven(site: Whole, tmp_path: Path) -> None:
    diff = changed(site, "applied")
    assert diff["sentence"].startswith(
        "Adds an L3Out with 3 anchor leaves; changes nothing that exists. Makes the machines k8s-cp-1 and k8s-w-1. "
        "Prepares the machines k8s-cp-1 and k8s-w-1. Installs Kubernetes 1.36.3 on 1 control-plane machine. "
        "Joins k8s-w-1. Installs Calico and peers with 3 leaves."
    )
    assert {name for name, state in stages(site).items() if state != "done"} == {"removals", "add-ons"}
    nodes = json.loads(kubectl(site, tmp_path, "get", "nodes", "-o", "json"))["items"]
    assert {node["metadata"]["name"] for node in nodes} == TWO == site.running()
    assert site.json("plan", "SPEC", "-q", code=0)["changes"] is False
    green(site)
    nothing_of_it_is_ipv6(site, tmp_path)


def nothing_of_it_is_ipv6(site: Whole, tmp_path: Path) -> None:
    """Each link has an address of its own, as everywhere; machines, cluster and fabric have nothing else of IPv6."""
    lab = names.of(site.lab_home)
    for name in TWO:
        inside = ["ip", "netns", "exec", lab.machine_namespace(name), "ip", "-6", "-json"]
        for words in (["address", "show", "scope", "global"], ["route", "show", "proto", "bird"]):
            assert json.loads(subprocess.run([*inside, *words], capture_output=True, check=True).stdout or "[]") == []
    kinds = "nodes,services,endpointslices,ippools.crd.projectcalico.org,bgppeers.crd.projectcalico.org"
    cluster = kubectl(site, tmp_path, "get", kinds, "--all-namespaces", "-o", "json")
    assert not re.search(r'"[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f]*(/[0-9]+)?"', cluster), cluster
    with site.apic() as apic:
        (out,) = apic.get(Query(dn=OUT, subtree="full"))
    values = [value for one in out.walk() for value in one.attributes.values()]
    assert len(values) > 100 and not [value for value in values if _is_ipv6(value)]


def _is_ipv6(text: str) -> bool:
    try:
        return text != "::" and ip_interface(text).version == 6  # an APIC says :: for none
    except ValueError:
        return False


def add_ons_come_to_it(site: Whole) -> None:
    """To a cluster that runs: nothing else is touched."""
    site.spec["cluster"]["add_ons"] = ["completion", "helm", "kustomize", "l3out-sync", "metrics-server"]
    diff = changed(site, "add-ons")
    assert diff["sentence"] == "Installs completion, helm, kustomize, l3out-sync and metrics-server."
    played = ("hosts", "control plane", "workers", "network", "add-ons")
    assert [stages(site)[name] for name in played] == [*["skipped"] * 4, "done"]


WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default, annotations: {anchorage.internal/l3out: epg=web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: web, image: IMAGE}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
"""


def workloads_stand_in_the_fabric(site: Whole, tmp_path: Path) -> None:
    """l3out-sync, as the run installed it: pods and LoadBalancer are subnets, and go with the workload."""

    def listed(*words: str) -> Any:
        return json.loads(kubectl(site, tmp_path, "get", *words, "-o", "json"))

    def addresses() -> set[str]:
        pods = [one["status"].get("podIP", "") for one in listed("pods", "-l", "app=web")["items"]]
        balancer = listed("service", "web")["status"]["loadBalancer"].get("ingress", [{}])
        return {*pods, balancer[0].get("ip", "")}

    def subnets() -> set[str]:
        return {one.get("ip") for one in apic.get(of_class("l3extSubnet", within=f"{OUT}/instP-web"))}

    image = listed("deployment", "coredns", "-n", "kube-system")["spec"]["template"]["spec"]["containers"][0]["image"]
    kubectl(site, tmp_path, "apply", "-f", "-", text=WEB.replace("IMAGE", image))
    until(lambda: len(addresses() - {""}) == 3, "two pods and a LoadBalancer with addresses", 60)
    wanted = {f"{address}/32" for address in addresses()}
    # Signed in before: what is counted is the controller's time, not this test's.
    with site.apic() as apic:
        took = until(lambda: subnets() == wanted, "their subnets", 10)
        print(f"subnets {took:.1f} s after the last address was seen")
        kubectl(site, tmp_path, "delete", "deployment/web", "service/web")
        took = until(lambda: subnets() == set(), "no subnets", 20)
        print(f"gone {took:.1f} s after the workload")


def a_bgp_password_reaches_both_sides(site: Whole) -> None:
    site.spec["l3out"]["bgp"]["password"] = "planted-Pa55word"
    diff = changed(site, "another BGP password")
    assert "bgp.password" in str(diff["sentence"]) or "Password" in diff["sentence"] or "password" in diff["sentence"]
    assert stages(site)["network"] == "done" and stages(site)["hosts"] == stages(site)["control plane"] == "skipped"
    assert site.holding(b"planted-Pa55word") == []


def a_password_broken_by_hand_is_named(site: Whole) -> None:
    """By somebody at the APIC, on one of the two leaves; put right by them, all is green again without a run."""
    with site.apic() as apic:
        (peer,) = [one.dn for one in apic.get(of_class("bgpPeerP", within=OUT)) if "node-102]" in one.dn]
        apic.post(peer, mo("bgpPeerP", dn=peer, password="another-one"))
        until(lambda: not [name for name in site.sessions() if name.startswith("node-102 ")], "no session", 30)
        said = site("verify", "SPEC", "-q")
        assert said.exit_code != 0 and "102" in said.stdout and "password" in said.stdout.lower(), said.output
        apic.post(peer, mo("bgpPeerP", dn=peer, password="planted-Pa55word"))
    until(lambda: len(site.sessions()) == 4, "the sessions again", 60)
    green(site)


def a_leaf_comes_and_goes(site: Whole) -> None:
    """The sessions of the other leaves stay as they are, shown by how often each was made."""
    before = site.sessions()
    leaf = {**LEAF_103, "v4": f"{site.net}.103"}
    site.spec["l3out"]["anchors"].append(leaf)
    diff = changed(site, "a leaf more")
    assert diff["sentence"] == "Adds leaf 103. Adds the BGP peer leaf-103." and groups(diff, "machines") == []
    site.spec["l3out"]["anchors"].remove(leaf)
    diff = changed(site, "a leaf less")
    assert diff["sentence"] == ("Takes the BGP peer leaf-103 from the nodes. Removes leaf 103; its BGP sessions close.")
    assert stages(site)["removals"] == "done" and stages(site)["network"] == "skipped"
    assert site.sessions() == before and len(before) == 4


def a_worker_comes_and_goes(site: Whole, tmp_path: Path) -> None:
    """The sessions of the other nodes stay as they are."""
    before = site.sessions()
    site.spec["machines"]["workers"].append({"name": "k8s-w-2", "v4": f"{site.net}.15", "rack": "r1"})
    diff = changed(site, "a worker more")
    assert diff["sentence"].startswith(
        "Makes the machine k8s-w-2. Prepares the machine k8s-w-2. Joins k8s-w-2. Peers k8s-w-2 with leaves 101 and 102."
    )
    after = site.sessions()
    assert len(after) == 6 and {name: after[name] for name in before} == before
    assert site.running() == {*TWO, "k8s-w-2"}
    site.spec["machines"]["workers"].pop()
    changed(site, "a worker less")
    assert stages(site)["removals"] == "done" and stages(site)["workers"] == "skipped"
    assert site.sessions() == before and site.running() == TWO
    assert set(kubectl(site, tmp_path, "get", "nodes", "-o", "name").split()) == {f"node/{name}" for name in TWO}


def kubernetes_alone_is_reset(site: Whole) -> None:
    began = time.monotonic()
    assert site.json("reset", "SPEC", "--yes", "-q")["state"] == "succeeded"
    print(f"reset: {time.monotonic() - began:.0f} s")
    assert "has no kubeconfig yet" in site("kubeconfig", "SPEC").stderr and site.running() == TWO
    sentence = site.json("plan", "SPEC", "-q", code=2)["diff"]["sentence"]
    assert sentence.startswith("Installs Kubernetes 1.36.3 on 1 control-plane machine. Joins k8s-w-1.")
