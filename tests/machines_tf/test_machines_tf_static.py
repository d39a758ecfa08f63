"""What can be said of terraform/machines and its stand-in without a vCenter: form, validity, own tests, schema."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.providers import guard
from lab.providers.identity import VSPHERE

MODULES = ("machines", "modules/vsphere_site", "modules/machine_folders", "modules/node_vms")


def terraform(folder: Path, *arguments: str, tfrc: Path | None = None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "VSPHERE_USER": "nobody", "VSPHERE_PASSWORD": "none"}
    environ |= {"TF_CLI_CONFIG_FILE": str(tfrc)} if tfrc else {}
    return subprocess.run(
        ["terraform", *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture(scope="module")
def copied(root: Path, vsphere_tfrc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """terraform/machines elsewhere, initialised."""
    folder = tmp_path_factory.mktemp("terraform") / "terraform"
    shutil.copytree(root / "terraform", folder, ignore=shutil.ignore_patterns(".terraform*"))
    done = terraform(folder / "machines", "init", "-no-color", "-backend=false", tfrc=vsphere_tfrc)
    assert done.returncode == 0, done.stderr
    return folder / "machines"


@pytest.mark.parametrize("module", MODULES)
def test_it_is_formatted_and_each_variable_and_output_is_described_and_typed(root: Path, module: str) -> None:
    folder = root / "terraform" / module
    assert terraform(folder, "fmt", "-check", "-diff").returncode == 0
    for name in ("variables.tf", "outputs.tf"):
        for block in re.split(r"^(?=variable|output)", (folder / name).read_text(), flags=re.MULTILINE):
            if block.startswith(("variable", "output")):
                assert "  description = " in block, block
                assert not block.startswith("variable") or re.search(r"^  type +=", block, re.MULTILINE), block


def test_it_is_valid(copied: Path, vsphere_tfrc: Path) -> None:
    done = terraform(copied, "validate", "-no-color", tfrc=vsphere_tfrc)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_tests_pass(copied: Path, vsphere_tfrc: Path) -> None:
    done = terraform(copied, "test", "-no-color", tfrc=vsphere_tfrc)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Success! [1-9]\d* passed", done.stdout), done.stdout


def test_it_never_says_which_provider_it_runs_on(root: Path) -> None:
    text = "".join(f.read_text() for module in MODULES for f in (root / "terraform" / module).glob("*.tf"))
    assert not re.search(r"\blab\b|stand-in|simulat", text)


def test_a_real_site_recognises_the_stand_in(copied: Path) -> None:
    if "ANCHORAGE_TEST_VSPHERE_TFRC" in os.environ:
        pytest.skip("this run is on the real provider")
    assert guard.is_stand_in(copied)
    assert VSPHERE.version in (copied / ".terraform.lock.hcl").read_text()


def flat(block: dict[str, Any], path: str = "") -> dict[str, Any]:
    """A schema's attributes and blocks by path."""
    found: dict[str, Any] = {}
    for name, attribute in block.get("attributes", {}).items():
        kept = ("type", "required", "optional", "computed", "sensitive", "deprecated")
        found[path + name] = {key: attribute[key] for key in kept if attribute.get(key)}
    for name, inner in block.get("block_types", {}).items():
        found[f"{path}[{name}]"] = {
            key: inner[key] for key in ("nesting_mode", "min_items", "max_items") if key in inner
        }
        found |= flat(inner["block"], f"{path}{name}.")
    return found


def every(schemas: dict[str, Any]) -> dict[str, Any]:
    """All attributes of provider, resources and data sources by path."""
    found = flat(schemas["provider"]["block"], "provider.")
    for kind in ("resource_schemas", "data_source_schemas"):
        for name, schema in schemas[kind].items():
            found |= {f"{kind}.{name}#": schema["version"], **flat(schema["block"], f"{kind}.{name}.")}
    return found


LEFT_OUT = {"data_source_schemas": {"vsphere_folder", "vsphere_host", "vsphere_tag", "vsphere_tag_category"}}
"""In the real schema's file, but not used by terraform/machines."""

DIFFERENCES: dict[str, tuple[Any, Any]] = {}
"""What the stand-in has otherwise than the real one: path -> (real, stand-in). Nothing."""


def test_the_stand_in_has_the_real_schema(copied: Path, vsphere_tfrc: Path, shared_dir: Path) -> None:
    if "ANCHORAGE_TEST_VSPHERE_TFRC" in os.environ:
        pytest.skip("this run is on the real provider")
    real = json.loads((shared_dir / "data" / "vsphere-provider-2.13-schema.json").read_text())
    for kind, names in LEFT_OUT.items():
        real[kind] = {name: schema for name, schema in real[kind].items() if name not in names}
    done = terraform(copied, "init", "-no-color", "-reconfigure", tfrc=vsphere_tfrc)  # `providers schema` asks for it
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        ["terraform", "providers", "schema", "-json"],
        cwd=copied,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("VSPHERE")},
            "TF_CLI_CONFIG_FILE": str(vsphere_tfrc),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    (ours,) = json.loads(shown.stdout)["provider_schemas"].values()
    wanted, had = every(real), every(ours)
    paths = wanted.keys() | had.keys()
    assert len(paths) > 300
    assert {
        path: (wanted.get(path), had.get(path)) for path in sorted(paths) if wanted.get(path) != had.get(path)
    } == DIFFERENCES
