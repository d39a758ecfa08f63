"""Decisions of the role addon_l3out_sync, as filters. PURE: data in, data out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

NAME, LABEL = "l3out-sync", "anchorage/add-on"
"""On the pods, too: by it the role add_ons finds what does not start."""

MARK = "anchorage.internal/access"
"""On the pods: a fingerprint of what they were started with, so that a new key starts new ones."""


def with_access(documents: Iterable[Mapping[str, Any]], access: Mapping[str, Any], image: str) -> list[dict[str, Any]]:
    """The controller's objects with how it reaches the APIC, a Secret among them, and with its image."""
    return [*(_with(json.loads(json.dumps(one)), access, image) for one in documents), _secret(access["secret"])]


def _with(one: dict[str, Any], access: Mapping[str, Any], image: str) -> dict[str, Any]:
    if one["kind"] == "ConfigMap":
        one["data"] |= access["configuration"]
    if one["kind"] == "Deployment":
        template = one["spec"]["template"]
        template["metadata"].setdefault("annotations", {})[MARK] = _fingerprint(access)
        template["metadata"]["labels"][LABEL] = NAME
        template["spec"]["containers"][0]["image"] = image
    return one


def _secret(files: Mapping[str, str]) -> dict[str, Any]:
    data = {name: base64.b64encode(text.encode()).decode() for name, text in files.items()}
    metadata = {"name": NAME, "namespace": NAME}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}


def _fingerprint(access: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(access, sort_keys=True).encode()).hexdigest()[:32]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Name -> filter."""
        return {"with_access": with_access}
