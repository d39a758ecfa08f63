"""A real Kubernetes API that knows Calico's and MetalLB's kinds; no controllers, no kubelets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.calico.wanted import CACHE, lab_release, spec
from tests.kube_api import KubeApi, serving
from webui.lookups import manifests
from webui.render import calico, metallb
from webui.spec import versions

OPTIONS = ("--allow-privileged=true", "--service-cluster-ip-range=198.18.4.0/24,2001:db8:4::/108")


@pytest.fixture(scope="session")
def upstream() -> list[dict[str, Any]]:
    """Calico's manifest as its makers wrote it, from the lab's pinned source."""
    return manifests.read("calico", lab_release(), "calico.yaml", CACHE, print, lab=True)


@pytest.fixture(scope="session")
def upstream_typha() -> list[dict[str, Any]]:
    """The one with Typha."""
    return manifests.read("calico", lab_release(), "calico-typha.yaml", CACHE, print, lab=True)


@pytest.fixture(scope="session")
def upstream_metallb() -> list[dict[str, Any]]:
    """MetalLB's."""
    return manifests.read("metallb", versions.METALLB, metallb.MANIFEST, CACHE, print, lab=True)


@pytest.fixture
def empty_api() -> Iterator[KubeApi]:
    """An API server with nothing in it."""
    with (
        tempfile.TemporaryDirectory(prefix="anchorage-calico-api-") as folder,
        serving(Path(folder), *OPTIONS) as found,
    ):
        yield found


@pytest.fixture(scope="session")
def api(upstream: list[dict[str, Any]], upstream_metallb: list[dict[str, Any]]) -> Iterator[KubeApi]:
    """An API server that knows the kinds. Tests only try there what they apply."""
    kinds = [
        one
        for one in [*calico.manifest(spec(), upstream), *upstream_metallb]
        if one["kind"] == "CustomResourceDefinition"
    ]
    with (
        tempfile.TemporaryDirectory(prefix="anchorage-calico-api-") as folder,
        serving(Path(folder), *OPTIONS) as found,
    ):
        found.apply(*kinds)
        found.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
        found.kubectl("create", "namespace", metallb.NAMESPACE)
        yield found
