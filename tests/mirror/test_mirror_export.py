"""A mirror for an air-gapped site, built to the end and read back from what serves it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lab.machines import host
from webui.cli import main

pytestmark = [pytest.mark.job, pytest.mark.timeout(3000)]


def anchorage(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def listed(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "artefacts.json").read_text())["artefacts"]
    return found


def test_a_mirror_is_built_served_and_compared_with_its_sums(tmp_path: Path) -> None:
    if host.reasons() or shutil.which("docker-registry") is None:
        pytest.skip("SKIPPED LOUDLY: no root, mmdebstrap or docker-registry: no mirror was built to the end")
    folder = tmp_path / "mirror"
    done = anchorage("mirror", "build", folder)
    assert done.exit_code == 0, done.output
    names = {one["name"] for one in listed(folder)}
    assert names >= {"kubeadm", "kubelet", "kubectl", "haproxy", "keepalived", "registry.k8s.io/kube-apiserver"}
    assert not [name for name in names if "calico" in name], "what stands for something else leaves the lab"
    assert all(len(one["sum"]) == 64 and one["source"] for one in listed(folder))
    assert anchorage("mirror", "list", folder).exit_code == 0
    its_registry_serves_every_image(folder)
    package = next(folder / one["place"] for one in listed(folder) if one["name"] == "kubeadm")
    package.write_bytes(package.read_bytes() + b"x")
    told = anchorage("mirror", "list", folder)
    assert told.exit_code == 1
    assert [line.split()[1] for line in told.stdout.splitlines() if line.endswith("differs")] == ["kubeadm"]


def its_registry_serves_every_image(folder: Path) -> None:
    """Started as its README says, on another port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    text = (folder / "registry.yml").read_text().replace('":5000"', f'"{address}"')
    (folder / "other.yml").write_text(text)
    line = ["docker-registry", "serve", "other.yml"]
    with subprocess.Popen(line, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for one in listed(folder):
                if one["kind"] == "image":
                    assert digest(address, one["name"], one["version"]) == f"sha256:{one['sum']}", one["name"]
        finally:
            process.kill()


def digest(address: str, name: str, tag: str) -> str:
    accepted = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
    request = urllib.request.Request(f"http://{address}/v2/{name}/manifests/{tag}", headers={"Accept": accepted})
    until = time.monotonic() + 10
    while True:
        try:
            return str(urllib.request.urlopen(request, timeout=2).headers["Docker-Content-Digest"])
        except ConnectionError:
            assert time.monotonic() < until
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > until:
                raise
        time.sleep(0.05)
