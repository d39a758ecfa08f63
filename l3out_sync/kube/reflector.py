"""One resource, held as it is in the cluster: listed by pages, then watched with bookmarks, listed anew on 410."""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from l3out_sync.core.cluster import Key
from l3out_sync.kube.api import Api, KubeError, Watch
from l3out_sync.kube.slim import key_of

log = logging.getLogger("l3out_sync.kube")
T = TypeVar("T")
PAGE = "500"
WATCH_SECONDS = "300"
GONE = 410
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA_WATCH = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True)
class Resource(Generic[T]):
    """What is held. `metadata`: only metadata is asked for, which saves most of the traffic."""

    path: str
    slim: Callable[[Mapping[str, Any]], T]
    metadata: bool = False


class _Relist(Exception):
    """The place in the history is gone: everything must be listed anew."""


class Reflector(Generic[T]):
    """Holds one resource in a thread of its own. `changed` is called after each change that matters."""

    def __init__(self, api: Api, resource: Resource[T], changed: Callable[[int], None], pause: float = 0.5) -> None:
        self._api, self._resource, self._changed = api, resource, changed
        self._lock = threading.Lock()
        self._held: dict[Key, T] = {}
        self._stopped = threading.Event()
        self._watch: Watch | None = None
        self._first_pause = pause
        self._version = ""
        self.synced = threading.Event()
        """Set from the first full list on."""
        self.lists = 0
        """Full lists so far."""
        self._thread = threading.Thread(target=self._run, name=f"reflector {resource.path}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; the thread goes as soon as its connection lets it."""
        self._stopped.set()
        watch = self._watch
        if watch is not None:
            watch.close()

    def held(self) -> dict[Key, T]:
        """A copy of what is held."""
        with self._lock:
            return dict(self._held)

    def _run(self) -> None:
        pause = self._first_pause
        while not self._stopped.is_set():
            before = self._version
            try:
                if not self._version:
                    self._list()
                self._follow()
                pause = self._first_pause
            except _Relist:
                log.info("%s: history is gone, listing anew", self._resource.path)
                self._version = ""
                self._stopped.wait(self._first_pause)
            except KubeError as error:
                if self._stopped.is_set():
                    return
                # An unclear failure of a list starts over; a broken watch goes on where it was.
                log.warning("%s: %s", self._resource.path, error)
                pause = min(pause * 2, 15.0) if self._version == before else self._first_pause
                self._stopped.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    def _list(self) -> None:
        found: dict[Key, T] = {}
        proceed, version = "", ""
        while True:
            query = {"limit": PAGE} | ({"continue": proceed} if proceed else {})
            page = self._page(query)
            for item in page.get("items") or ():
                found[key_of(item)] = self._resource.slim(item)
            meta = page["metadata"]
            version, proceed = meta["resourceVersion"], meta.get("continue") or ""
            if not proceed:
                break
        self._replace(found)
        self._version = str(version)

    def _page(self, query: Mapping[str, str]) -> Any:
        try:
            return self._api.get(
                self._resource.path, query, METADATA if self._resource.metadata else "application/json"
            )
        except KubeError as error:
            if error.status == GONE:
                raise _Relist from error  # a page's token has aged
            raise

    def _replace(self, found: dict[Key, T]) -> None:
        with self._lock:
            changed = sum(self._held.get(key) != item for key, item in found.items())
            changed += sum(key not in found for key in self._held)
            self._held = found
        self.lists += 1
        self.synced.set()
        self._changed(max(changed, 1))

    def _follow(self) -> None:
        """Watch until the server ends it, and know where it got to."""
        query = {"allowWatchBookmarks": "true", "resourceVersion": self._version, "timeoutSeconds": WATCH_SECONDS}
        accept = METADATA_WATCH if self._resource.metadata else "application/json"
        try:
            watch = self._watch = self._api.watch(self._resource.path, query, accept)
        except KubeError as error:
            if error.status == GONE:
                raise _Relist from error
            raise
        for event in watch:
            self._take(event)

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, item = event["type"], event["object"]
        if kind == "ERROR":
            if item.get("code") == GONE:
                raise _Relist
            raise KubeError(int(item.get("code") or 0), str(item.get("message", "")))
        if kind != "BOOKMARK":
            self._change(key_of(item), None if kind == "DELETED" else self._resource.slim(item))
        self._version = str(item["metadata"]["resourceVersion"])

    def _change(self, key: Key, new: T | None) -> None:
        with self._lock:
            old = self._held.get(key)
            if new is None:
                self._held.pop(key, None)
            else:
                self._held[key] = new
        if old != new:
            self._changed(1)
