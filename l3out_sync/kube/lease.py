"""Leader election on a Lease, as client-go does it: an expiry is judged by the local clock alone.

The official client's election cannot give a lease back when it stops, and ends the process on wrong settings.
"""

import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from l3out_sync.kube.api import Api, KubeError

log = logging.getLogger("l3out_sync.lease")
NOT_FOUND, CONFLICT = 404, 409


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. A leader that cannot renew for `deadline` stops before others may take over after `duration`."""

    duration: float = 8.0
    deadline: float = 5.0
    retry: float = 1.5


class Elector:
    """Holds, or waits for, the lease in a thread of its own."""

    def __init__(
        self,
        api: Api,
        namespace: str,
        name: str,
        identity: str,
        *,
        changed: Callable[[], None],
        times: Times | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api, self._identity, self._changed, self._now = api, identity, changed, now
        self._place = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._namespace, self._name, self._times = namespace, name, times or Times()
        self._renewed = -1e9
        self._seen: tuple[str, str] | None = None
        self._seen_at = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
        self._was = False

    def start(self) -> None:
        """Begin to try."""
        self._thread.start()

    def stop(self) -> None:
        """Give the lease back, so that another replica takes over at once."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(10)
        if self.leads():
            self._renewed = -1e9
            self._give_back()

    def leads(self) -> bool:
        """Whether this replica may write at this moment."""
        return self._now() - self._renewed < self._times.deadline

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.attempt()
            except KubeError as error:
                log.warning("the lease cannot be renewed: %s", error)
            if self.leads() != self._was:
                self._was = self.leads()
                log.info("leading" if self._was else "not leading")
                self._changed()
            self._stopped.wait(self._times.retry * random.uniform(0.8, 1.0))  # noqa: S311 - jitter

    def attempt(self) -> bool:
        """Try once to take or renew it. Raises KubeError."""
        started = self._now()
        lease = self._read()
        if lease is None:
            self._written("POST", self._place, self._lease({}, 0))
        elif self._may_take(lease):
            self._written("PUT", f"{self._place}/{self._name}", self._renewal(lease))
        else:
            return False
        self._renewed = started
        return True

    def _read(self) -> Any:
        try:
            return self._api.get(f"{self._place}/{self._name}")
        except KubeError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def _written(self, method: str, path: str, body: Any) -> None:
        try:
            self._api.send(method, path, body)
        except KubeError as error:
            if error.status == CONFLICT:
                raise KubeError(CONFLICT, "another replica was quicker") from error
            raise

    def _may_take(self, lease: Any) -> bool:
        spec = lease.get("spec") or {}
        holder, seen = spec.get("holderIdentity") or "", (spec.get("holderIdentity") or "", spec.get("renewTime") or "")
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._now()
        if holder in ("", self._identity):
            return True
        return self._now() - self._seen_at > float(spec.get("leaseDurationSeconds") or self._times.duration)

    def _renewal(self, lease: Any) -> Any:
        spec = lease.get("spec") or {}
        changes = int(spec.get("leaseTransitions") or 0)
        ours = spec.get("holderIdentity") == self._identity
        made = self._lease(lease["metadata"], changes if ours else changes + 1)
        if ours and spec.get("acquireTime"):
            made["spec"]["acquireTime"] = spec["acquireTime"]
        return made

    def _lease(self, metadata: Any, transitions: int) -> Any:
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {**metadata, "name": self._name, "namespace": self._namespace},
            "spec": {
                "holderIdentity": self._identity,
                "leaseDurationSeconds": round(self._times.duration),
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": transitions,
            },
        }

    def _give_back(self) -> None:
        try:
            lease = self._read()
            if lease and (lease.get("spec") or {}).get("holderIdentity") == self._identity:
                lease["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1}
                self._written("PUT", f"{self._place}/{self._name}", lease)
        except KubeError as error:
            log.warning("the lease could not be given back: %s", error)
