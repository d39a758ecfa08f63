"""The composition root: the real parts, wired. Tests enter here, too, with a cluster and a fabric of their own."""

import logging
import signal
import time
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType

from aci.session import Retries, Session, Timeouts, Tls
from aci.subscription import Pace
from l3out_sync.fabric.bucket import Pacer, TokenBucket
from l3out_sync.fabric.mirror import Mirror
from l3out_sync.kube.api import Api
from l3out_sync.kube.cluster import Cluster
from l3out_sync.kube.events import Recorder
from l3out_sync.kube.lease import Elector, Times
from l3out_sync.run.controller import Controller
from l3out_sync.run.health import Answer, HealthServer, said
from l3out_sync.run.metrics import Metrics
from l3out_sync.run.settings import Settings

log = logging.getLogger("l3out_sync")
STUCK = 120.0
"""Seconds without a round of the loop after which the process calls itself dead."""


def session_of(settings: Settings, metrics: Metrics) -> Session:
    """A session with the APIC, paced and counted. It does not retry by itself: the loop waits and plans anew."""
    return Session(
        settings.apics,
        settings.credentials,
        tls=Tls(verify=not settings.unverified, ca=settings.ca),
        timeouts=Timeouts(connect=4.0, read=20.0),
        retries=Retries(1),
        observer=Pacer(TokenBucket(settings.rate, settings.burst), metrics.request),
    )


class App(AbstractContextManager["App"]):
    """One replica, from start to graceful end."""

    def __init__(
        self, settings: Settings, times: Times | None = None, pace: Pace | None = None, api: Api | None = None
    ) -> None:
        self.settings, self.metrics = settings, Metrics()
        self._stack = ExitStack()
        self._api = api or Api(settings.kubeconfig)
        self._session = session_of(settings, self.metrics)
        self._recorder = Recorder(self._api, settings.identity)
        self._cluster = Cluster(self._api, self._cluster_changed)
        self.elector = Elector(
            self._api, settings.namespace, settings.lease, settings.identity, changed=self._lease_changed, times=times
        )
        self.controller = Controller(
            settings.policy,
            self._cluster,
            self._session,
            mirror=lambda changed: Mirror(self._session, changed, pace),
            teller=self._recorder,
            metrics=self.metrics,
            leads=self.elector.leads,
            debounce=settings.debounce,
            reread=settings.reread,
        )

    def _cluster_changed(self, count: int) -> None:
        self.controller.cluster_changed(count)

    def _lease_changed(self) -> None:
        self.controller.wake()

    def __enter__(self) -> "App":
        pages = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics_page}
        self.health = self._stack.enter_context(HealthServer(self.settings.port, pages))
        self._recorder.start()
        self._cluster.start()
        self.elector.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cluster.stop()
        self.elector.stop()
        self._recorder.stop()
        self._session.close()
        self._stack.close()
        self._api.close()

    def run(self) -> None:
        """The loop, until `controller.stop`."""
        self.controller.run()

    def _healthz(self) -> Answer:
        silence = time.monotonic() - self.controller.beat
        return said(silence < STUCK, f"last round {silence:.0f} s ago")

    def _readyz(self) -> Answer:
        return said(*self.controller.ready())

    def _metrics_page(self) -> Answer:
        return 200, "text/plain; version=0.0.4; charset=utf-8", self.metrics.text()


def serve(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT: the round under way is finished and the lease is given back."""
    with App(settings) as app:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: app.controller.stop())
        policy = settings.policy
        log.info("started", extra={"cluster": policy.cluster, "l3out": policy.home.dn, "identity": settings.identity})
        app.run()
    log.info("ended")
    return 0
