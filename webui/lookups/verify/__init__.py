"""What a cluster and its fabric are at this moment: questions to the APIC, and what the playbook verify brought."""

from __future__ import annotations

from webui.lookups.verify.cluster import Brought, read_cluster
from webui.lookups.verify.fabric import read_fabric

__all__ = ["Brought", "read_cluster", "read_fabric"]
