"""All resources together: the snapshot that decisions stand on."""

from collections.abc import Callable
from functools import partial
from typing import Any

from l3out_sync.core.cluster import Snapshot
from l3out_sync.kube import slim
from l3out_sync.kube.api import Api
from l3out_sync.kube.reflector import Reflector, Resource

RESOURCES: dict[str, Resource[Any]] = {
    "pods": Resource("/api/v1/pods", slim.pod),
    "services": Resource("/api/v1/services", slim.service),
    "namespaces": Resource("/api/v1/namespaces", slim.namespace),
    "replica_sets": Resource("/apis/apps/v1/replicasets", slim.replica_set, metadata=True),
    "deployments": Resource("/apis/apps/v1/deployments", partial(slim.workload, "Deployment")),
    "stateful_sets": Resource("/apis/apps/v1/statefulsets", partial(slim.workload, "StatefulSet")),
    "daemon_sets": Resource("/apis/apps/v1/daemonsets", partial(slim.workload, "DaemonSet")),
}
"""Field of the snapshot -> what fills it."""


class Cluster:
    """Holds every resource. `changed` is called with a number of changes, from any thread."""

    def __init__(self, api: Api, changed: Callable[[int], None]) -> None:
        self._reflectors = {name: Reflector(api, resource, changed) for name, resource in RESOURCES.items()}

    def start(self) -> None:
        """Begin to list and watch."""
        for reflector in self._reflectors.values():
            reflector.start()

    def stop(self) -> None:
        """End."""
        for reflector in self._reflectors.values():
            reflector.stop()

    def synced(self) -> bool:
        """Whether everything has been listed once: before that, nothing is decided."""
        return all(reflector.synced.is_set() for reflector in self._reflectors.values())

    def snapshot(self) -> Snapshot:
        """What is held now."""
        return Snapshot(**{name: reflector.held() for name, reflector in self._reflectors.items()})
