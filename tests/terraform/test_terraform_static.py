"""What can be said of terraform/ without a fabric: format, validity, its own tests, what is not committed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest


def terraform(folder: Path, *arguments: str, tfrc: Path | None = None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **({"TF_CLI_CONFIG_FILE": str(tfrc)} if tfrc else {})}
    return subprocess.run(
        ["terraform", *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture(scope="module")
def copied(root: Path, lab_tfrc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """terraform/ elsewhere, with the root module initialised."""
    folder = tmp_path_factory.mktemp("terraform") / "terraform"
    shutil.copytree(root / "terraform", folder, ignore=shutil.ignore_patterns(".terraform*"))
    done = terraform(folder / "fabric", "init", "-no-color", "-backend=false", tfrc=lab_tfrc)
    assert done.returncode == 0, done.stderr
    return folder


def modules(root: Path) -> list[Path]:
    """terraform/fabric and every module that it uses."""
    found = [root / "terraform" / "fabric"]
    for module in found:
        sources = re.findall(
            r'^  source\s+= "(\.\./[^"]+)"', "".join(f.read_text() for f in module.glob("*.tf")), re.MULTILINE
        )
        found.extend(path for path in ((module / source).resolve() for source in sources) if path not in found)
    return found


def test_all_its_modules_are_found(root: Path) -> None:
    assert {"floating_l3out", "anchor_leaf", "external_epg"} <= {module.name for module in modules(root)}


def test_it_is_formatted(root: Path) -> None:
    done = terraform(root / "terraform", "fmt", "-check", "-recursive", "-diff")
    assert done.returncode == 0, done.stdout


def test_it_is_valid(copied: Path, lab_tfrc: Path) -> None:
    done = terraform(copied / "fabric", "validate", "-no-color", tfrc=lab_tfrc)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_tests_pass(copied: Path, lab_tfrc: Path) -> None:
    done = terraform(copied / "fabric", "test", "-no-color", tfrc=lab_tfrc)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Success! [1-9]\d+ passed", done.stdout), done.stdout


def test_every_module_has_the_same_files_and_a_readme(root: Path) -> None:
    for module in modules(root):
        names = {path.name for path in module.iterdir()}
        assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"} <= names, module


def test_every_variable_and_output_is_described_and_every_variable_typed(root: Path) -> None:
    for module in modules(root):
        for file in module.glob("*.tf"):
            for block in re.findall(r'^(?:variable|output) "\w+" \{.*?^\}', file.read_text(), re.DOTALL | re.MULTILINE):
                assert re.search(r'^  description\s+= "\S', block, re.MULTILINE), block
                assert block.startswith("output") or re.search(r"^  type\s+=", block, re.MULTILINE), block


def test_every_secret_is_sensitive(root: Path) -> None:
    for module in modules(root):
        for block in re.findall(
            r'^variable "\w*password\w*" \{.*?^\}', (module / "variables.tf").read_text(), re.DOTALL | re.MULTILINE
        ):
            assert re.search(r"^  sensitive\s+= true", block, re.MULTILINE), block


def test_a_resource_is_labelled_with_its_class(root: Path) -> None:
    for module in modules(root):
        for file in module.glob("*.tf"):
            pairs = re.findall(
                r'resource "aci_rest_managed" "(\w+)".*?class_name\s+= "(\w+)"', file.read_text(), re.DOTALL
            )
            for label, name in pairs:
                assert label.split("_")[0] == name, f"{file}: {label}"


def test_neither_lock_file_nor_state_is_committed(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in listed if re.search(r"\.terraform|\.tfstate|\.tfplan|terraform-provider", name)]
