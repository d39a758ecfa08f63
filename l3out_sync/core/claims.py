"""Who wants which addresses in which external EPG, and by which annotation.

Which annotation holds: a pod's own, else its workload's (Deployment through its ReplicaSet, StatefulSet, DaemonSet),
else its namespace's. A service's own, else that of the workloads it selects, else its namespace's.

Which pods count: those with an address that have not finished, from the first address on (init containers send too)
until the pod is gone or finished; pods that end gracefully still count. Pods in the host's network never do: their
addresses are the node's. With `pods=ready` only while the pod is ready; with `pods=none` not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from l3out_sync.core.annotation import OptOut, Reading, Which, Wish, Wrong, read
from l3out_sync.core.cluster import WORKLOAD_KINDS, Annotated, Labels, Pod, Ref, Service, Snapshot, Workload
from l3out_sync.core.naming import EpgKey
from l3out_sync.core.policy import Policy
from l3out_sync.core.problem import Problem

FINISHED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Claim:
    """`subject` has the addresses, `source` the annotation. `prefixes` may be empty: the EPG is wanted all the same."""

    subject: Annotated
    source: Annotated
    wish: Wish
    epg: EpgKey
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A valid annotation and where it stands."""

    source: Annotated
    wish: Wish
    epg: EpgKey


class Claims:
    """All claims of a snapshot, and what was wrong on the way. One use each."""

    def __init__(self, snapshot: Snapshot, policy: Policy) -> None:
        self._snapshot, self._policy = snapshot, policy
        self._said: dict[tuple[str, str, str], _Said | None] = {}
        self.problems: list[Problem] = []

    def all(self) -> Iterator[Claim]:
        """Claims of workloads (for their EPGs), pods and services."""
        yield from self._of_workloads()
        for pod in self._snapshot.pods.values():
            said = self.of_pod(pod)
            if said is not None and counts(pod, said.wish.pods or self._policy.pods):
                yield Claim(pod, said.source, said.wish, said.epg, pod.prefixes)
        for service in self._snapshot.services.values():
            claim = self.of_service(service)
            if claim is not None:
                yield claim

    def _of_workloads(self) -> Iterator[Claim]:
        """An annotated workload wants its EPG even while it has no pods: contracts are in place when they come."""
        for kind in WORKLOAD_KINDS:
            for workload in self._snapshot.workloads(kind).values():
                said = self._own(workload)
                if isinstance(said, _Said):
                    yield Claim(workload, said.source, said.wish, said.epg, ())

    def of_pod(self, pod: Pod) -> "_Said | None":
        """What holds for a pod."""
        if pod.ours is not None or pod.theirs is not None:
            return self._own(pod)
        workload = self.workload_of(pod)
        if workload is not None and (workload.ours is not None or workload.theirs is not None):
            return self._own(workload)
        return self._of_namespace(pod.ref.namespace)

    def workload_of(self, pod: Pod) -> Workload | None:
        """The workload behind a pod, None for a bare pod, a job's pod and the like."""
        if pod.owner is None:
            return None
        kind, name = pod.owner
        namespace = pod.ref.namespace
        if kind == "ReplicaSet":
            between = self._snapshot.replica_sets.get((namespace, name))
            kind, name = "Deployment", between.deployment if between else ""
        return self._snapshot.workloads(kind).get((namespace, name))

    def of_service(self, service: Service) -> Claim | None:
        """The claim of a service's addresses, None without any."""
        if not service.prefixes:
            return self._without_addresses(service)
        said = self.said_of_service(service)
        if said is None or (said.source is not service and said.wish.services is False):
            return None
        return Claim(service, said.source, said.wish, said.epg, service.prefixes)

    def _without_addresses(self, service: Service) -> Claim | None:
        """A service that is annotated wants its EPG before it has an address."""
        if service.ours is None and service.theirs is None:
            return None
        said = self._own(service)
        return Claim(service, said.source, said.wish, said.epg, ()) if said else None

    def said_of_service(self, service: Service) -> "_Said | None":
        """What holds for a service."""
        if service.ours is not None or service.theirs is not None:
            return self._own(service)
        found = self._of_selected(service)
        if found:
            return self._agreed(service, found)
        return self._of_namespace(service.ref.namespace)

    def _of_selected(self, service: Service) -> list["_Said | None"]:
        """What the annotated workloads and bare pods say that the service selects."""
        if not service.selector:
            return []
        candidates = [*self._workloads_in(service.ref.namespace), *self._bare_pods_in(service.ref.namespace)]
        chosen = [item for item, labels in candidates if selects(service.selector, labels)]
        return [self._own(item) for item in sorted(chosen, key=lambda item: item.seniority)]

    def _workloads_in(self, namespace: str) -> Iterator[tuple[Annotated, Labels]]:
        for kind in WORKLOAD_KINDS:
            for (place, _), item in self._snapshot.workloads(kind).items():
                if place == namespace and (item.ours is not None or item.theirs is not None):
                    yield item, item.labels

    def _bare_pods_in(self, namespace: str) -> Iterator[tuple[Annotated, Labels]]:
        for (place, _), pod in self._snapshot.pods.items():
            if place == namespace and pod.owner is None and (pod.ours is not None or pod.theirs is not None):
                yield pod, pod.labels

    def _agreed(self, service: Service, found: list["_Said | None"]) -> "_Said | None":
        """One EPG for one service. When its workloads differ, nobody guesses."""
        said = [item for item in found if item is not None]
        if len({item.epg for item in said}) > 1:
            names = ", ".join(f"{item.source.ref.text} says {item.epg.name}" for item in said)
            message = f"The workloads behind {service.ref.text} belong to different external EPGs: {names}."
            self.problems.append(
                Problem(service.ref, "AmbiguousService", message, "Annotate the service itself with the one it is for.")
            )
            return None
        return said[0] if said else None

    def _of_namespace(self, name: str) -> "_Said | None":
        namespace = self._snapshot.namespaces.get(("", name))
        return None if namespace is None else self._own(namespace)

    def _own(self, item: Annotated) -> "_Said | None":
        """What the object's own annotation says; read once, told once."""
        key = (item.ref.kind, item.ref.namespace, item.ref.name)
        if key not in self._said:
            self._said[key] = self._checked(item, read(item.ours, item.theirs))
        return self._said[key]

    def _checked(self, item: Annotated, reading: Reading | None) -> "_Said | None":
        if isinstance(reading, Wrong):
            self.problems.append(Problem(item.ref, "WrongAnnotation", reading.message, reading.remedy))
        if reading is None or isinstance(reading, Wrong | OptOut):
            return None
        home = self._policy.home
        epg = EpgKey(reading.tenant or home.tenant, reading.l3out or home.l3out, reading.epg)
        if not self._policy.allows(epg):
            self.problems.append(self._not_allowed(item.ref, epg))
            return None
        return _Said(item, reading, epg)

    def _not_allowed(self, ref: Ref, epg: EpgKey) -> Problem:
        return Problem(
            ref,
            "TenantNotAllowed",
            f"The annotation names tenant {epg.tenant}, which this controller does not write.",
            f"Name tenant {self._policy.home.tenant}, or have {epg.tenant} added to the controller's tenants.",
        )


def counts(pod: Pod, which: Which) -> bool:
    """Whether a pod's addresses belong into the fabric."""
    if which == "none" or pod.host_network or pod.phase in FINISHED or not pod.prefixes:
        return False
    return which == "all" or pod.ready


def selects(selector: Labels, labels: Labels) -> bool:
    """Whether a service's selector takes pods with these labels; an empty one takes none."""
    return bool(selector) and set(selector) <= set(labels)
