"""From a complete spec to what the tools read. Pure: data in, data out."""

from __future__ import annotations

from webui.render.inventory import inventory
from webui.render.tfvars import tfvars, tfvars_secrets

__all__ = ["inventory", "tfvars", "tfvars_secrets"]
