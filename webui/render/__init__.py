"""From a complete spec to what the tools read. Pure: data in, data out."""

from __future__ import annotations

from webui.render.archive import archive
from webui.render.inventory import inventory, secret_variables
from webui.render.machines_tfvars import MachineFacts, machines_tfvars
from webui.render.tfvars import tfvars, tfvars_secrets

__all__ = ["MachineFacts", "archive", "inventory", "machines_tfvars", "secret_variables", "tfvars", "tfvars_secrets"]
