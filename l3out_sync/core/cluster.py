"""The cluster as the controller sees it: slim, immutable slices of Kubernetes objects, and a snapshot of them all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

WorkloadKind = Literal["Deployment", "StatefulSet", "DaemonSet"]
WORKLOAD_KINDS: tuple[WorkloadKind, ...] = ("Deployment", "StatefulSet", "DaemonSet")

Labels = tuple[tuple[str, str], ...]
"""Label pairs in order, as a value that can be shared."""


class Ref(NamedTuple):
    """Which Kubernetes object: what Events are written on, and what is named to people."""

    kind: str
    namespace: str
    name: str
    uid: str = ""

    @property
    def text(self) -> str:
        """`deployment shop/web`, as people say it."""
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind.lower()} {place}"


@dataclass(frozen=True, slots=True)
class Annotated:
    """What every object brings. `ours`, `theirs`: our annotation and the reference's; `created`: RFC 3339."""

    ref: Ref
    ours: str | None = None
    theirs: str | None = None
    created: str = ""

    @property
    def seniority(self) -> tuple[str, Ref]:
        """Order in which claims are heard: the oldest object first, names decide between equals."""
        return self.created, self.ref


@dataclass(frozen=True, slots=True)
class Workload(Annotated):
    """A Deployment, StatefulSet or DaemonSet. `labels`: of its pod template, which services select by."""

    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class ReplicaSet:
    """The link between a pod and its Deployment. `deployment`: its name, "" when nothing controls it."""

    namespace: str
    name: str
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class Pod(Annotated):
    """A pod. `prefixes`: its addresses as /32 and /128; `owner`: kind and name of its controller, None for a bare one.

    `labels` are kept for bare pods alone: those of others stand in their workload's template.
    """

    phase: str = ""
    ready: bool = False
    host_network: bool = False
    prefixes: tuple[str, ...] = ()
    owner: tuple[str, str] | None = None
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Service(Annotated):
    """A service. `prefixes`: LoadBalancer ingress addresses and externalIPs as /32 and /128."""

    prefixes: tuple[str, ...] = ()
    selector: Labels = ()


@dataclass(frozen=True, slots=True)
class Namespace(Annotated):
    """A namespace, whose annotation is the default for what is in it."""


Key = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that decisions stand on."""

    pods: Mapping[Key, Pod] = field(default_factory=dict)
    services: Mapping[Key, Service] = field(default_factory=dict)
    namespaces: Mapping[Key, Namespace] = field(default_factory=dict)
    replica_sets: Mapping[Key, ReplicaSet] = field(default_factory=dict)
    deployments: Mapping[Key, Workload] = field(default_factory=dict)
    stateful_sets: Mapping[Key, Workload] = field(default_factory=dict)
    daemon_sets: Mapping[Key, Workload] = field(default_factory=dict)

    def workloads(self, kind: str) -> Mapping[Key, Workload]:
        """Workloads of a kind; none for a kind that is not one."""
        found = {"Deployment": self.deployments, "StatefulSet": self.stateful_sets, "DaemonSet": self.daemon_sets}
        return found.get(kind, {})
