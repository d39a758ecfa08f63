"""An API server in memory, as far as the controller sees one: lists, watches with versions, 410, leases, Events.

It can be killed: requests fail and watches break; after its return the history is gone (410), as after a compaction.
"""

from __future__ import annotations

import queue
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from l3out_sync.kube.api import KubeError
from l3out_sync.kube.cluster import RESOURCES

PATHS = {resource.path: name for name, resource in RESOURCES.items()}


class FakeWatch:
    """One open watch."""

    def __init__(self) -> None:
        self.events: queue.Queue[Any] = queue.Queue()

    def __iter__(self) -> Iterator[Any]:
        while (event := self.events.get()) is not None:
            yield event
        raise KubeError(0, "the watch broke")

    def close(self) -> None:
        self.events.put(None)


class FakeKube:
    """Objects by path; every change has a version."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._objects: dict[str, dict[tuple[str, str], dict[str, Any]]] = {path: {} for path in PATHS}
        self._watches: dict[str, list[FakeWatch]] = {path: [] for path in PATHS}
        self._leases: dict[str, dict[str, Any]] = {}
        self.version, self.oldest = 1, 0
        self.alive = True
        self.events: list[dict[str, Any]] = []

    # ---- what the controller calls

    def close(self) -> None:
        """Nothing to close."""

    def _check(self) -> None:
        if not self.alive:
            raise KubeError(0, "the API server cannot be reached")

    def get(self, path: str, query: Mapping[str, str] | None = None, accept: str = "") -> Any:
        with self._lock:
            self._check()
            if "/leases/" in path:
                if path not in self._leases:
                    raise KubeError(404, "not found")
                return self._leases[path]
            return {"metadata": {"resourceVersion": str(self.version)}, "items": list(self._objects[path].values())}

    def send(self, method: str, path: str, body: Any) -> Any:
        with self._lock:
            self._check()
            if path.endswith("/events"):
                self.events.append(body)
            elif path.endswith("/leases"):
                self._put_lease(f"{path}/{body['metadata']['name']}", body, new=True)
            else:
                self._put_lease(path, body, new=False)
            return body

    def _put_lease(self, path: str, body: Any, *, new: bool) -> None:
        held = self._leases.get(path)
        given = body["metadata"].get("resourceVersion")
        if (held is not None) == new or (held and given != held["metadata"]["resourceVersion"]):
            raise KubeError(409, "conflict")
        self.version += 1
        body["metadata"] = {**body["metadata"], "resourceVersion": str(self.version)}
        self._leases[path] = {**body, "spec": dict(body["spec"])}

    def watch(self, path: str, query: Mapping[str, str], accept: str = "") -> Any:
        with self._lock:
            self._check()
            if int(query["resourceVersion"]) < self.oldest:
                raise KubeError(410, "too old resource version")
            watch = FakeWatch()
            self._watches[path].append(watch)
            if int(query["resourceVersion"]) < self.version:
                # What came in between is told again, as current state: level-based readers cannot tell.
                for item in self._objects[path].values():
                    watch.events.put({"type": "MODIFIED", "object": item})
            return watch

    # ---- what tests call

    def put(self, name: str, item: dict[str, Any]) -> None:
        """Make or change an object; `name`: field of the snapshot."""
        path = RESOURCES[name].path
        with self._lock:
            self.version += 1
            meta = item["metadata"]
            meta.setdefault("uid", str(uuid.uuid4()))
            meta["resourceVersion"] = str(self.version)
            key = meta.get("namespace", ""), meta["name"]
            kind = "MODIFIED" if key in self._objects[path] else "ADDED"
            self._objects[path][key] = item
            self._tell(path, kind, item)

    def remove(self, name: str, key: tuple[str, str]) -> None:
        """Delete an object."""
        path = RESOURCES[name].path
        with self._lock:
            item = self._objects[path].pop(key)
            self.version += 1
            self.oldest = max(self.oldest, self.version if not self._watches[path] else self.oldest)
            gone = {**item, "metadata": {**item["metadata"], "resourceVersion": str(self.version)}}
            self._tell(path, "DELETED", gone)

    def _tell(self, path: str, kind: str, item: Any) -> None:
        for watch in self._watches[path]:
            watch.events.put({"type": kind, "object": item})

    def kill(self) -> None:
        """The API server goes: all watches break."""
        with self._lock:
            self.alive = False
            self.oldest = self.version + 1
            self.version += 2
            for path, watches in self._watches.items():
                self._watches[path] = []
                for watch in watches:
                    watch.close()

    def revive(self) -> None:
        """It is back; its history is not."""
        with self._lock:
            self.alive = True
