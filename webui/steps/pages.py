"""The wizard's pages in their order, those to come included."""

from __future__ import annotations

from dataclasses import dataclass

from webui.steps.fabric.form import FabricForm
from webui.steps.fields import PageForm
from webui.steps.l3out.form import L3OutForm
from webui.steps.network.form import NetworkForm


@dataclass(frozen=True)
class Page:
    """One page. `form` None: it edits nothing itself; `to_come`: it does not exist yet."""

    key: str
    title: str
    form: type[PageForm] | None = None
    to_come: bool = False

    @property
    def endpoint(self) -> str:
        """The view that shows it."""
        return f"steps.{self.key}"


PAGES = (
    Page("fabric", "Fabric", FabricForm),
    Page("l3out", "L3Out", L3OutForm),
    Page("vcenter", "vCenter", to_come=True),
    Page("machines", "Machines", to_come=True),
    Page("cluster", "Cluster", to_come=True),
    Page("network", "Network", NetworkForm),
    Page("review", "Review"),
)
OPEN = tuple(page for page in PAGES if not page.to_come)
FORMS = tuple(page for page in OPEN if page.form)
BY_KEY = {page.key: page for page in OPEN}


def needed(page: Page, mode: str | None) -> bool:
    """Whether a mode has this page at all: no vCenter without virtual machines, no machines without a cluster."""
    without = {"bare-metal": ("vcenter",), "no-cluster": ("vcenter", "machines", "cluster")}
    return page.key not in without.get(mode or "", ())


def beside(page: Page) -> tuple[Page | None, Page | None]:
    """The open pages before and after this one."""
    place = OPEN.index(page)
    return (OPEN[place - 1] if place else None), (OPEN[place + 1] if place + 1 < len(OPEN) else None)
