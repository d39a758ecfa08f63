"""`kubeconfig`, `manifests` and `reset`, as far as they need no machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from webui.cli.programme import open_home
from webui.lookups import manifests
from webui.store.models import Audit, Cluster


@pytest.fixture
def named(anchorage: Any) -> str:
    """A cluster of the spec's name, without anything installed; its id."""
    anchorage.home.mkdir(exist_ok=True)
    programme = open_home()
    with programme.sessions() as db:
        row = Cluster(name="k8s-dc1", site="lab", applied=anchorage.spec, outputs={})
        db.add(row)
        db.commit()
        return row.id


def test_a_kubeconfig_is_printed_and_noted(anchorage: Any, named: str) -> None:
    refused = anchorage("kubeconfig", "SPEC")
    assert refused.exit_code == 1 and "has no kubeconfig yet" in refused.stderr and "anchorage apply" in refused.stderr
    programme = open_home()
    with programme.sessions() as db:
        sealed = programme.box.seal({"text": "kind: Config\n", "at": "2026-11-26T06:00:00+00:00"})
        db.get_one(Cluster, named).sealed_kubeconfig = sealed
        db.commit()
    assert anchorage("kubeconfig", "SPEC").stdout == "kind: Config\n"
    with programme.sessions() as db:
        assert db.query(Audit).one().action == "kubeconfig.printed"


def test_a_kubeconfig_of_an_unknown_cluster_is_refused(anchorage: Any) -> None:
    assert "There is no cluster k8s-dc1 here" in anchorage("kubeconfig", "SPEC").stderr


def test_manifests_are_written_for_their_owner_alone(
    anchorage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: Any) -> Any:
        raise manifests.NoManifest("It is not to be had.", "No network.", "Lay it there.", True)

    monkeypatch.setattr(manifests, "objects_of", none)
    anchorage.spec["mode"] = "no-cluster"
    anchorage.spec["l3out"]["bgp"]["password"] = "planted-Pa55"
    done = anchorage("manifests", "SPEC", str(tmp_path / "out"))
    assert done.exit_code == 0 and "planted" not in done.output, done.output
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600} and len(files) > 3
    assert "README.md" in {path.name for path in files} and "Without Calico's own manifest" in done.stderr


def test_a_cluster_without_kubernetes_is_not_reset(anchorage: Any, lab: Any, named: str) -> None:
    refused = anchorage("reset", "SPEC", "--yes")
    assert refused.exit_code == 1 and "has no Kubernetes yet" in refused.stderr
    assert "Give --yes" in anchorage("reset", "SPEC").stderr
