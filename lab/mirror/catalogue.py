"""Which add-ons the lab's mirror can serve whole: their images, or their packages, are built here."""

from __future__ import annotations

ADD_ONS = ("completion", "helm", "kustomize", "l3out-sync", "metrics-server")
"""Names as in `webui/spec/add_ons`. The others are left out in the lab, and their roles say so."""
