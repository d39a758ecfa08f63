"""What Prometheus is told."""

from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from l3out_sync.core.problem import Problem

BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """One registry for one controller."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self.queue = Gauge("l3out_sync_queue_depth", "Cluster changes that wait to be acted on.", registry=registry)
        self.latency = Histogram(
            "l3out_sync_event_to_fabric_seconds",
            "From a change seen in the cluster to the APIC's answer to the write.",
            buckets=BUCKETS,
            registry=registry,
        )
        self.rounds = Histogram("l3out_sync_round_seconds", "Time of one reconciliation.", registry=registry)
        self.requests = Counter(
            "l3out_sync_apic_requests", "Requests to the APIC.", ["method", "status"], registry=registry
        )
        self.writes = Counter("l3out_sync_objects_written", "Objects written.", ["verb", "class"], registry=registry)
        self.errors = Counter("l3out_sync_errors", "What failed.", ["kind"], registry=registry)
        self.drift = Counter(
            "l3out_sync_drift_repaired", "Objects that others had changed or deleted, put right.", registry=registry
        )
        self.problems = Gauge("l3out_sync_problems", "Problems that there are now.", ["reason"], registry=registry)
        self.subnets = Gauge("l3out_sync_subnets", "Subnets that this cluster owns in the fabric.", registry=registry)
        self.leader = Gauge("l3out_sync_leader", "1 on the replica that writes.", registry=registry)
        self.connected = Gauge("l3out_sync_apic_connected", "1 while all subscriptions live.", registry=registry)
        self.last = Gauge(
            "l3out_sync_last_in_step_timestamp_seconds", "When the fabric was last as it must be.", registry=registry
        )
        self._reasons: set[str] = set()

    def request(self, method: str, status: int, _seconds: float) -> None:
        """Count a request to the APIC; status 0 is no answer."""
        self.requests.labels(method, str(status)).inc()

    def report(self, problems: Iterable[Problem]) -> None:
        """The problems that there are now."""
        tally = Tally(problem.reason for problem in problems)
        self._reasons |= set(tally)
        for reason in self._reasons:
            self.problems.labels(reason).set(tally[reason])  # type: ignore[index]

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)
