"""Every view of the wizard, imported so that the blueprint knows it."""

from __future__ import annotations

from webui.steps import options, start
from webui.steps.fabric import view as fabric
from webui.steps.l3out import view as l3out
from webui.steps.network import view as network
from webui.steps.review import view as review

__all__ = ["fabric", "l3out", "network", "options", "review", "start"]
