"""Where manifests come from: cache, the makers' server or a mirror of it; and what is refused."""

from __future__ import annotations

import hashlib
import json
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calico.wanted import CACHE, dual, spec
from tests.kube_api import KubeApi
from webui.lookups import manifests
from webui.lookups.manifests import NoManifest
from webui.render import calico
from webui.spec import versions
from webui.spec.versions import Release

TEXT = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n---\n"
SUM = hashlib.sha256(TEXT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server with one manifest, at the path that it has at its makers."""
    file = tmp_path / "www/maker/v1.2.3/manifests/m.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(TEXT)
    handler = partial(Quiet, directory=str(tmp_path / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def release(server: str) -> Release:
    return Release("1.2.3", (), "no", url=f"{server}/maker/v1.2.3/manifests", sums={"m.yaml": SUM})


def test_it_is_fetched_once_and_kept(server: str, tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        found = manifests.read("calico", release(server), "m.yaml", tmp_path / "cache", said.append)
        assert [one["kind"] for one in found] == ["Namespace"]
    assert len(said) == 1 and said[0].endswith("/maker/v1.2.3/manifests/m.yaml.")


def test_a_mirror_has_it_at_the_same_path(server: str, tmp_path: Path) -> None:
    away = release("https://makers.invalid")
    assert manifests.read("calico", away, "m.yaml", tmp_path / "cache", print, mirror=f"{server}/")


def test_what_a_person_laid_into_the_cache_is_taken(tmp_path: Path) -> None:
    place = tmp_path / "manifests/calico/v1.2.3"
    place.mkdir(parents=True)
    (place / "m.yaml").write_bytes(TEXT)
    assert manifests.read("calico", release("https://makers.invalid"), "m.yaml", tmp_path, print)


def test_another_text_is_refused_and_not_kept(server: str, tmp_path: Path) -> None:
    wrong = replace(release(server), sums={"m.yaml": "0" * 64})
    with pytest.raises(NoManifest) as refused:
        manifests.read("calico", wrong, "m.yaml", tmp_path / "cache", print)
    assert (refused.value.retry, SUM in refused.value.cause) == (False, True)
    assert list((tmp_path / "cache").rglob("*.yaml")) == []


def test_a_server_that_is_not_reached_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoManifest) as missing:
        manifests.read("calico", release("http://127.0.0.1:9"), "m.yaml", tmp_path, print)
    assert missing.value.retry
    assert "cluster.manifest_mirror" in missing.value.remedy and str(tmp_path / "manifests") in missing.value.remedy


def test_the_roles_get_files_of_what_they_apply(tmp_path: Path) -> None:
    found = manifests.lay_out(spec(), CACHE, tmp_path / "files", print)
    assert set(found) == {"calico_manifest_file", "load_balancer_manifest_file"}
    kinds = {one["kind"] for one in json.loads(Path(found["calico_manifest_file"]).read_text())}
    assert {"DaemonSet", "CustomResourceDefinition"} <= kinds
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700


def test_nothing_is_fetched_for_another_pod_network(tmp_path: Path) -> None:
    assert (
        manifests.objects_of(spec(cluster__cni="kube-router", cluster__load_balancer="built-in"), tmp_path, print) == {}
    )


def test_a_cluster_of_ones_own_gets_the_release_of_its_site(tmp_path: Path) -> None:
    found = manifests.objects_of(spec(mode="no-cluster"), CACHE, print)
    assert list(found) == ["calico"]


@pytest.mark.parametrize("row", [one for one in versions.CALICO if not one.lab], ids=lambda row: row.version)
def test_releases_that_the_lab_has_not_are_taken_by_the_api(row: Release, empty_api: KubeApi) -> None:
    """Runs where their manifests lie in the cache: their makers' server cannot be reached from everywhere."""
    if not all((CACHE / "manifests/calico" / row.tag / file).exists() for file in row.sums):
        pytest.skip(f"the manifests of Calico {row.version} are not in the cache")
    fields: dict[str, Any] = {"fabric__site": "apic", "cluster__calico_version": row.version}
    for wanted in (spec(**fields), dual(**fields, cluster__ebpf="yes"), spec(**fields, cluster__typha="yes")):
        line = ("apply", "--server-side", "--force-conflicts", "--validate=strict", "--filename", "-")
        empty_api.kubectl(*line, stdin=yaml.safe_dump_all(manifests.objects_of(wanted, CACHE, print)["calico"]))
        empty_api.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
        empty_api.kubectl(*line, stdin=yaml.safe_dump_all(calico.resources(wanted)))
