"""The wizard's pages in their order, and which of them a mode needs."""

from __future__ import annotations

from dataclasses import dataclass

from webui.steps.cluster.form import ClusterForm
from webui.steps.fabric.form import FabricForm
from webui.steps.fields import PageForm
from webui.steps.l3out.form import L3OutForm
from webui.steps.machines.form import MachinesForm
from webui.steps.network.form import NetworkForm
from webui.steps.vcenter.form import VCenterForm


@dataclass(frozen=True)
class Page:
    """One page. `form` None: it edits nothing itself."""

    key: str
    title: str
    form: type[PageForm] | None = None

    @property
    def endpoint(self) -> str:
        """The view that shows it."""
        return f"steps.{self.key}"


PAGES = (
    Page("fabric", "Fabric", FabricForm),
    Page("l3out", "L3Out", L3OutForm),
    Page("vcenter", "vCenter", VCenterForm),
    Page("machines", "Machines", MachinesForm),
    Page("cluster", "Cluster", ClusterForm),
    Page("network", "Network", NetworkForm),
    Page("review", "Review"),
)
FORMS = tuple(page for page in PAGES if page.form)
BY_KEY = {page.key: page for page in PAGES}
WITHOUT = {"bare-metal": ("vcenter",), "no-cluster": ("vcenter", "machines", "cluster")}
"""Pages that a mode does not have: no vCenter without virtual machines, no machines without a cluster."""


def needed(page: Page, mode: str | None) -> bool:
    """Whether a mode has this page at all."""
    return page.key not in WITHOUT.get(mode or "", ())


def beside(page: Page, mode: str | None = None) -> tuple[Page | None, Page | None]:
    """The pages before and after this one that the mode has."""
    place = PAGES.index(page)
    before = [one for one in PAGES[:place] if needed(one, mode)]
    after = [one for one in PAGES[place + 1 :] if needed(one, mode)]
    return (before[-1] if before else None), (after[0] if after else None)
