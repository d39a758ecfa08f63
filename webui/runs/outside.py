"""Who else can be asked beside the nodes: leaves, and a client outside the fabric. The lab can; a real site cannot."""

from __future__ import annotations

import time
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
PATIENCE = 30.0
"""Seconds that a new address may take to be known outside; as the role verify_probes gives its nodes."""
PAUSE = 0.2
Ask = Callable[[str, str, int], bool]
"""Source, address, port: whether a connection comes about."""


@dataclass(frozen=True)
class Outside:
    """`sources`: names as the report has them."""

    sources: tuple[str, ...]
    ask: Ask

    def reaches(self, workload: Workload) -> tuple[Reach, ...]:
        """Every source asks every pod and the LoadBalancer's addresses, at least twice before they count as silent."""
        until = time.monotonic() + PATIENCE
        asked = [(source, *target) for source in self.sources for target in _targets(workload)]
        with ThreadPoolExecutor(16) as pool:
            return tuple(pool.map(lambda one: self._reach(until, *one), asked))

    def _reach(self, until: float, source: str, name: str, address: str, port: int) -> Reach:
        reached, late = self.ask(source, address, port), False
        while not reached and not late:
            late = time.monotonic() + PAUSE > until
            time.sleep(0.0 if late else PAUSE)
            reached = self.ask(source, address, port)
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
