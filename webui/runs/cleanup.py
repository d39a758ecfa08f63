"""After a destroy: the installer's own user goes from the APIC, and the working directory from this machine."""

from __future__ import annotations

from webui.runs.pipeline import Context
from webui.runs.site import Site
from webui.runs.terraform.workspace import Workspace


def after_destroy(context: Context, site: Site, workspace: Workspace) -> None:
    raise NotImplementedError
