"""Kubernetes on a cluster's page: what stands, its kubeconfig, manifests for one's own, reset."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from rowsmaker import SECRET, cluster, run
from sqlalchemy.orm import Session
from webtools import Browser

from webui.lookups import manifests
from webui.settings import Settings
from webui.store.box import load_box
from webui.store.models import Audit, Cluster, Run, now

KUBECONFIG = "apiVersion: v1\nkind: Config\n"


@pytest.fixture
def installed(db: Session, settings: Settings) -> Cluster:
    row = cluster(db, applied=True)
    machines = {
        "control_plane": [{"name": "k8s-cp-1", "v4": "198.18.2.1", "rack": "r1"}],
        "workers": [{"name": "k8s-w-1", "v4": "198.18.2.4", "rack": "r1"}],
    }
    section = {"kubernetes_version": "1.36.3", "vip": {"v4": "198.18.2.252"}, "port": 8443, "cni": "calico"}
    row.applied = {**(row.applied or {}), "mode": "full", "machines": machines, "cluster": section}
    stage = {"digest": "d", "machines": {"k8s-cp-1": ""}, "leaves": [101, 102], "run": 1}
    joined = {**stage, "machines": {"k8s-w-1": ""}}
    row.outputs = {**(row.outputs or {}), "control plane": stage, "workers": joined, "network": stage}
    box = load_box(settings.key_file)
    row.sealed_kubeconfig = box.seal({"text": KUBECONFIG, "at": now().isoformat()})
    db.commit()
    return row


def test_the_page_says_what_is_installed_and_what_each_act_means(
    signed_in: Callable[..., Browser], installed: Cluster
) -> None:
    page = signed_in("operator").get(f"/clusters/{installed.id}").text
    for words in ("1.36.3", "https://198.18.2.252:8443", "leaves 101, 102", "Joined", "Not verified yet"):
        assert words in page
    assert "drained first" in page and "withdraw their routes first" in page and "etcd gets or loses a member" in page


def test_the_kubeconfig_is_given_to_operators_and_noted(
    signed_in: Callable[..., Browser], installed: Cluster, db: Session
) -> None:
    answer = signed_in("operator").post(f"/clusters/{installed.id}/kubeconfig")
    assert answer.text == KUBECONFIG and "k8s-dc1-kubeconfig.yaml" in answer.headers["Content-Disposition"]
    assert db.query(Audit).filter_by(action="kubeconfig.downloaded").count() == 1
    assert signed_in("viewer").post(f"/clusters/{installed.id}/kubeconfig").status_code == 403


def test_a_cluster_without_one_says_when_it_comes(signed_in: Callable[..., Browser], db: Session) -> None:
    answer = signed_in("operator").post(f"/clusters/{cluster(db, applied=True).id}/kubeconfig")
    assert answer.status_code == 404 and "as soon as the Kubernetes API has answered" in answer.text


def test_a_reset_asks_for_the_name_and_is_a_run(
    signed_in: Callable[..., Browser], installed: Cluster, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("operator")
    assert browser.get(f"/clusters/{installed.id}/reset").status_code == 405
    assert browser.post(f"/clusters/{installed.id}/reset", {"confirm": "other"}).status_code == 400
    assert db.query(Run).count() == 0
    assert browser.post(f"/clusters/{installed.id}/reset", {"confirm": "k8s-dc1"}).status_code == 302
    made = db.query(Run).one()
    assert (made.kind, made.action, made.state) == ("apply", "reset", "queued")
    assert "Reset Kubernetes of k8s-dc1" in browser.get(f"/runs/{made.id}").text


def test_a_cluster_without_kubernetes_is_not_reset(signed_in: Callable[..., Browser], db: Session) -> None:
    row = cluster(db, applied=True)
    answer = signed_in("operator").post(f"/clusters/{row.id}/reset", {"confirm": "k8s-dc1"})
    assert answer.status_code == 409 and "has no Kubernetes yet" in answer.text


def test_manifests_of_a_cluster_of_ones_own_come_as_an_archive(
    app: Flask, signed_in: Callable[..., Browser], db: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: Any) -> Any:
        raise manifests.NoManifest("No.", "No.", "No.", True)

    monkeypatch.setattr(manifests, "objects_of", none)
    row = cluster(db, applied=True)
    row.applied = {**(row.applied or {}), "l3out": {**row.applied["l3out"], "bgp": {"fabric_as": 65002}}}  # type: ignore[index]
    row.sealed_applied_secrets = load_box(settings.key_file).seal({"l3out.bgp.password": SECRET})
    db.commit()
    assert "Manifests for your cluster" in signed_in("operator").get(f"/clusters/{row.id}").text
    answer = signed_in("operator", "bob").post(f"/clusters/{row.id}/manifests")
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as tar:
        names = tar.getnames()
        modes = {entry.mode for entry in tar.getmembers()}
    assert "k8s-dc1-manifests/README.md" in names and any("peers" in name for name in names) and modes == {0o600}
    assert db.query(Audit).filter_by(action="manifests.downloaded").count() == 1


def test_a_plan_shows_what_happens_on_the_machines(signed_in: Callable[..., Browser], db: Session) -> None:
    steps = [{"text": "Adds the BGP peer leaf-103.", "note": "Flows are hashed anew once."}]
    part = {"summary": {}, "sentence": steps[0]["text"], "digest": "", "steps": steps}
    diff = {"summary": {"add": 0, "change": 0, "destroy": 0, "keep": 9}, "sentence": steps[0]["text"], "groups": [],
            "drift": [], "parts": {"network": part}}  # fmt: skip
    row = run(db, cluster(db), "plan", "succeeded", diff=diff, plan_digest="d" * 64)
    page = signed_in("operator").get(f"/runs/{row.id}").text
    assert "On the machines" in page and "hashed anew once" in page and "There is nothing to apply" not in page
