"""What the tests with both sides stand on."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kube_api import KubeApi, kube_api
from tests.l3out_sync.live import Fabric, Kube, Running, fabric, settings

__all__ = ["kube_api"]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("l3out-sync-lab")


@pytest.fixture
def there(lab_folder: Path) -> Iterator[Fabric]:
    """A fresh fabric."""
    with fabric(lab_folder) as found:
        yield found


@pytest.fixture
def kube(kube_api: KubeApi) -> Iterator[Kube]:
    """A namespace of its own in the API server; emptied afterwards, for the next controller sees all namespaces."""
    found = Kube(kube_api.kubeconfig, f"shop-{next(_numbers)}")
    yield found
    found.empty()


@pytest.fixture
def running(there: Fabric, kube: Kube, kube_api: KubeApi, tmp_path: Path) -> Iterator[Running]:
    """A controller in this process, leading."""
    found = Running(settings(there, kube_api.kubeconfig, tmp_path))
    yield found
    found.stop()
