"""The add-ons stage against a real API server and a registry that has some images."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.calico.wanted import spec
from tests.kube_api import KubeApi, serving
from tests.playing import Played, Pretending, play
from webui.spec import ClusterSpec


class Registry(BaseHTTPRequestHandler):
    """A registry that lacks Goldpinger."""

    def do_HEAD(self) -> None:
        self.send_response(404 if "goldpinger" in self.path else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[KubeApi]:
    folder = tmp_path / "api"
    folder.mkdir()
    with serving(folder) as found:
        yield found


def wanted(registry: str, *names: str) -> ClusterSpec:
    mirrors = [{"upstream": name, "mirror": f"{registry}/{name}"} for name in ("docker.io", "registry.k8s.io")]
    return spec(cluster__add_ons=list(names), cluster__registries=mirrors)


def add_ons(api: KubeApi, found: ClusterSpec, folder: Path) -> Played:
    """Play the part that concerns the cluster; the machines' part is for machines."""
    return play(api, "add_ons.yml", found, folder, {}, skip="Install add-ons on the control-plane machines")


@pytest.mark.job
def test_add_ons_come_and_go_and_what_has_no_image_is_left_out(api: KubeApi, registry: str, tmp_path: Path) -> None:
    first = wanted(registry, "ingress", "metrics-server", "goldpinger")
    with Pretending(api, first):
        done = add_ons(api, first, tmp_path)
        assert done.code == 0, done.text
        assert "Goldpinger is left out: the registry mirror has no docker.io/bloomberg/goldpinger:v3.7.0." in done.text
        service = api.get("service", "traefik", "-n", "ingress")
        assert service["metadata"]["annotations"]["metallb.io/loadBalancerIPs"] == "198.18.5.1"
        assert api.kubectl("get", "namespace", "goldpinger", "--ignore-not-found") == ""
        again = add_ons(api, first, tmp_path)
        assert (again.code, again.changed) == (0, 0), again.text

        fewer = wanted(registry, "ingress")
        done = add_ons(api, fewer, tmp_path)
        assert done.code == 0, done.text
        assert api.kubectl("get", "deployment", "metrics-server", "-n", "kube-system", "--ignore-not-found") == ""
        assert api.kubectl("get", "apiservice", "v1beta1.metrics.k8s.io", "--ignore-not-found") == ""
        assert api.get("deployment", "traefik", "-n", "ingress")
