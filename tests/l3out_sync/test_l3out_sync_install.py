"""How it gets into a cluster: its objects, its rights, its user at the APIC, its removal."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from aci.auth import Signature
from aci.errors import NotPermitted
from aci.mo import mo
from aci.session import Retries, Session, Tls
from l3out_sync.core.naming import EpgKey
from l3out_sync.fabric.removal import remove_owned
from l3out_sync.kube.api import Api, KubeError
from tests.ansible_code import load
from tests.kube_api import KubeApi
from tests.l3out_sync.live import L3OUT, ROOT, Fabric, Kube
from webui import render
from webui.lookups.sync_user import make_sync_user, remove_sync_user
from webui.render import l3out_sync as rendered
from webui.spec import complete, parse

BASE = ROOT / "l3out_sync" / "deploy" / "base"
MARKER = "orchestrator:anchorage-l3out-sync:c1"
NAME = "anchorage-sync-test"

sys.path.insert(0, str(ROOT / "ansible" / "filter_plugins"))


def objects() -> list[dict[str, Any]]:
    return [one for name in rendered.BASE for one in yaml.safe_load_all((BASE / name).read_text())]


def by_kind(found: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (one,) = [each for each in found if each["kind"] == kind]
    return one


def spec() -> Any:
    document = yaml.safe_load((ROOT / "examples" / "lab.yaml").read_text())
    document["cluster"]["add_ons"] = ["l3out-sync"]
    return complete(parse(document).spec)


def test_the_kustomization_names_every_file() -> None:
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    assert set(kustomization["resources"]) == {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert tuple(kustomization["resources"]) == rendered.BASE


def test_it_runs_twice_without_rights_on_its_machine() -> None:
    deployment = by_kind(objects(), "Deployment")["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert deployment["replicas"] == 2
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} <= container["resources"]["limits"].keys()


def test_its_rights_are_reading_events_and_the_lease_and_no_more() -> None:
    found = {"get", "list", "watch"}
    rules = by_kind(objects(), "ClusterRole")["rules"]
    writes = [rule for rule in rules if set(rule["verbs"]) - found]
    assert writes == [{"apiGroups": [""], "resources": ["events"], "verbs": ["create"]}]
    assert not any("secrets" in rule["resources"] or "*" in rule["resources"] for rule in rules)
    lease = by_kind(objects(), "Role")["rules"]
    assert {resource for rule in lease for resource in rule["resources"]} == {"leases"}


def test_a_real_api_server_takes_its_objects_and_holds_it_to_its_rights(kube_api: KubeApi, kube: Kube) -> None:
    kube_api.apply(*objects())
    account = "system:serviceaccount:l3out-sync:l3out-sync"

    def may(verb: str, thing: str, *more: str) -> bool:
        said = kube_api.kubectl("auth", "can-i", verb, thing, "--as", account, *more, check=False)
        return said.strip() == "yes"

    assert all(may("watch", thing, "-A") for thing in ("pods", "services", "namespaces", "replicasets.apps"))
    assert may("create", "events", "-n", kube.namespace)
    assert may("update", "leases.coordination.k8s.io/l3out-sync", "-n", "l3out-sync")
    assert not may("get", "secrets", "-A")
    assert not may("update", "deployments.apps", "-A")
    assert not may("update", "leases.coordination.k8s.io/other", "-n", "l3out-sync")
    assert not may("create", "pods", "-A")


def test_what_the_role_applies_has_the_sites_facts_and_a_secret(kube_api: KubeApi) -> None:
    filters = load("filter_plugins/l3out_sync.py")
    variables = rendered.variables(spec())
    access = {"configuration": {"L3OUT_SYNC_APICS": "198.18.0.81"}, "secret": {"key.pem": "k", "ca.pem": "c"}}
    made = filters.with_access(variables["addon_l3out_sync_objects"], access, "registry/l3out-sync:1")
    data = by_kind(made, "ConfigMap")["data"]
    assert data["L3OUT_SYNC_APICS"] == "198.18.0.81"
    assert data["L3OUT_SYNC_CLUSTER_ID"] == variables["l3out_sync_cluster_id"]
    assert (data["L3OUT_SYNC_TENANT"], "example" in json.dumps(data)) == ("k8s-prod", False)
    template = by_kind(made, "Deployment")["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == "registry/l3out-sync:1"
    again = filters.with_access(variables["addon_l3out_sync_objects"], access, "registry/l3out-sync:1")
    assert again == made
    other = {**access, "secret": {"key.pem": "new", "ca.pem": "c"}}
    renewed = filters.with_access(variables["addon_l3out_sync_objects"], other, "registry/l3out-sync:1")
    assert by_kind(renewed, "Deployment")["spec"]["template"]["metadata"] != template["metadata"]
    kube_api.apply(*made)


def test_without_the_add_on_nothing_is_rendered() -> None:
    document = yaml.safe_load((ROOT / "examples" / "lab.yaml").read_text())
    document["cluster"]["add_ons"] = []
    assert rendered.variables(complete(parse(document).spec)) == {}


def test_no_secret_is_in_the_inventory() -> None:
    assert "PRIVATE" not in json.dumps(render.inventory(spec()))


# ---- its user at the APIC


@pytest.fixture
def signature(there: Fabric) -> Signature:
    with there.session() as admin:
        return make_sync_user(admin, NAME, "k8s-prod", lambda: dt.datetime.now(dt.UTC)).signature


def signed(there: Fabric, signature: Signature) -> Session:
    return Session(there.addresses, signature, tls=Tls(ca=there.ca), retries=Retries(1))


def test_its_user_writes_external_epgs_of_its_tenant(there: Fabric, signature: Signature) -> None:
    body = mo("l3extInstP", mo("l3extSubnet", ip="198.18.64.1/32"), mo("fvRsCons", tnVzBrCPName="x"), name="web")
    with signed(there, signature) as session:
        session.post(L3OUT, mo("l3extOut", body))
    assert there.subnets("web") == {"198.18.64.1/32"}


@pytest.mark.parametrize(
    ("dn", "body"),
    [
        ("uni/tn-common/out-default", mo("l3extOut", mo("l3extInstP", name="web"))),
        ("uni/tn-k8s-prod", mo("fvTenant", mo("fvCtx", name="mine"))),
        ("uni/tn-k8s-prod", mo("fvTenant", mo("vzBrCP", name="mine"))),
        ("uni", mo("fvTenant", name="mine")),
        ("uni/userext", mo("aaaUser", name="mine")),
    ],
)
def test_it_writes_nothing_else(there: Fabric, signature: Signature, dn: str, body: Any) -> None:
    with signed(there, signature) as session, pytest.raises(NotPermitted):
        session.post(dn, body)


def test_renewed_its_old_key_is_worth_nothing(there: Fabric, signature: Signature) -> None:
    with there.session() as admin:
        renewed = make_sync_user(admin, NAME, "k8s-prod", lambda: dt.datetime.now(dt.UTC)).signature
    with signed(there, renewed) as session:
        session.post(L3OUT, mo("l3extOut", mo("l3extInstP", name="web")))
    with signed(there, signature) as session, pytest.raises(Exception, match="signature"):
        session.post(L3OUT, mo("l3extOut", mo("l3extInstP", name="api")))


def test_removed_nothing_of_it_is_left(there: Fabric, signature: Signature) -> None:
    with there.session() as admin:
        remove_sync_user(admin, NAME, "k8s-prod")
        remove_sync_user(admin, NAME, "k8s-prod")
    with there.apic.lock:
        assert not [node.dn for node in there.apic.tree if NAME in node.dn or "anchorage-l3out-sync" in node.dn]


# ---- removal of what it owns


def test_removal_takes_what_is_the_clusters_and_nothing_else(there: Fabric) -> None:
    mine, others = {"annotation": MARKER}, {"annotation": "orchestrator:anchorage-l3out-sync:c2"}
    there.by_hand(
        L3OUT,
        mo(
            "l3extOut",
            mo("l3extInstP", mo("l3extSubnet", ip="198.18.64.1/32", **mine), name="web", **mine),
            mo("l3extInstP", mo("l3extSubnet", ip="198.18.64.2/32"), name="shared", **mine),
            mo("l3extInstP", mo("l3extSubnet", ip="198.18.64.3/32", **mine), name="k8s-ext"),
            mo("l3extInstP", mo("l3extSubnet", ip="198.18.64.4/32", **others), name="other", **others),
        ),
    )
    there.by_hand("uni/tn-k8s-prod/out-core", mo("l3extOut", mo("l3extInstP", name="far", **mine)))
    with there.session() as admin:
        assert remove_owned(admin, "c1") == 3
        assert remove_owned(admin, "c1") == 0
    assert not there.has(EpgKey("k8s-prod", "k8s", "web").dn) and not there.has("uni/tn-k8s-prod/out-core/instP-far")
    assert there.subnets("shared") == {"198.18.64.2/32"}
    assert there.subnets("k8s-ext") == {"0.0.0.0/0"}
    assert there.subnets("other") == {"198.18.64.4/32"}


def test_an_api_without_rights_is_said(kube_api: KubeApi, tmp_path: Path) -> None:
    config = yaml.safe_load(kube_api.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": "nonsense"}
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    with pytest.raises(KubeError, match="401"):
        Api(tmp_path / "config").get("/api/v1/pods", {"limit": "1"})
