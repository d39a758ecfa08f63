"""Who else can be asked beside the nodes: leaves, and a client outside the fabric. The lab can; a real site cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lab import fabric
from webui.runs.pipeline import Context
from webui.spec import ClusterSpec
from webui.verify.checks import OUTSIDE, target_name
from webui.verify.expected import family_of
from webui.verify.seen import Reach, Workload

POD_PORT, SERVICE_PORT = 8080, 80
Ask = Callable[[str, str, int], bool]
"""Source, address, port: whether a connection comes about."""


@dataclass(frozen=True)
class Outside:
    """`sources`: names as the report has them."""

    sources: tuple[str, ...]
    ask: Ask

    def reaches(self, workload: Workload) -> tuple[Reach, ...]:
        """Every source asks every pod and the LoadBalancer's addresses, each twice before it counts as silent."""
        asked = [(source, *target) for source in self.sources for target in _targets(workload)]
        with ThreadPoolExecutor(16) as pool:
            return tuple(pool.map(lambda one: self._reach(*one), asked))

    def _reach(self, source: str, name: str, address: str, port: int) -> Reach:
        reached = self.ask(source, address, port) or self.ask(source, address, port)
        return Reach(source, name, "ok" if reached else "silent")


def _targets(workload: Workload) -> Iterable[tuple[str, str, int]]:
    for at in workload.balancer:
        yield target_name("balancer", family_of(at)), at, SERVICE_PORT
    for node, addresses in workload.pods.items():
        for at in addresses:
            yield target_name("pod", family_of(at), node), at, POD_PORT


def of_site(context: Context) -> Outside | None:
    """Whom this site lets us ask; None on a real one."""
    return _of_lab(context.spec, context) if context.spec.fabric.site == "lab" else None


def _of_lab(spec: ClusterSpec, context: Context) -> Outside | None:
    home = context.settings.lab_home
    if fabric.status(home) is None:
        return None

    def ask(source: str, address: str, port: int) -> bool:
        return bool(fabric.probe(home, source, address, port).ok)

    return Outside((*(f"leaf-{leaf.node}" for leaf in spec.l3out.anchors), OUTSIDE), ask)
