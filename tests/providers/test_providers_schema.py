"""The stand-in's schema, compared attribute by attribute with that of the real provider, version 2.20.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.terraform_root import FabricRoot

ADDRESS = "registry.terraform.io/ciscodevnet/aci"
LEFT_OUT = {"data_source_schemas.aci_rest"}
"""Parts of the recorded schema that Anchorage does not use and the stand-in does not have."""


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{at}.{name}" if at else name)
    else:
        yield at, value


def differences(ours: dict[str, Any], real: dict[str, Any]) -> list[str]:
    mine, theirs = dict(leaves(ours)), dict(leaves(real))
    kept = {at for at in mine.keys() | theirs.keys() if not any(at.startswith(f"{part}.") for part in LEFT_OUT)}
    return [f"{at}: {mine.get(at)!r}, real {theirs.get(at)!r}" for at in sorted(kept) if mine.get(at) != theirs.get(at)]


def test_its_schema_is_the_real_ones(shared_dir: Path, root_module: Callable[[str], FabricRoot]) -> None:
    real = json.loads((shared_dir / "data" / "aci-provider-2.20.0-schema.json").read_text())
    printed = root_module("").run("providers", "schema", "-json").stdout
    ours = json.loads(printed)["provider_schemas"][ADDRESS]
    assert not differences(ours, real)


def test_what_it_leaves_out_is_listed(shared_dir: Path, root_module: Callable[[str], FabricRoot]) -> None:
    real = json.loads((shared_dir / "data" / "aci-provider-2.20.0-schema.json").read_text())
    ours = json.loads(root_module("").run("providers", "schema", "-json").stdout)["provider_schemas"][ADDRESS]
    missing = {
        f"{kind}.{name}"
        for kind in real
        if kind.endswith("schemas")
        for name in real[kind]
        if name not in ours.get(kind, {})
    }
    assert missing == LEFT_OUT
