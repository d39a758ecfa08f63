"""A stand-in is told from the real provider, wherever it hides."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.providers import mirror
from lab.providers.guard import is_stand_in
from lab.providers.identity import ACI
from tests.terraform_fixtures import CACHE
from tests.terraform_root import FabricRoot


def stand_in() -> Path:
    tfrc = mirror.build(CACHE, print)
    return next(tfrc.parent.glob("mirror/**/terraform-provider-aci_v*"))


def installed(folder: Path, name: str, content: bytes) -> Path:
    """A working directory with a provider, as `terraform init` leaves it for the real one."""
    home = folder / ".terraform/providers/registry.terraform.io/ciscodevnet/aci/2.20.0/linux_amd64"
    home.mkdir(parents=True)
    (home / name).write_bytes(content)
    return folder


def test_it_knows_the_binary(tmp_path: Path) -> None:
    assert is_stand_in(stand_in())
    renamed = tmp_path / "terraform-provider-aci_v2.20.0"
    shutil.copy(stand_in(), renamed)
    assert is_stand_in(renamed)


def test_it_knows_a_working_directory_that_terraform_initialised(tmp_path: Path) -> None:
    root = FabricRoot.make(tmp_path, {"TF_CLI_CONFIG_FILE": str(mirror.build(CACHE, print))}, {})
    assert is_stand_in(root.folder)
    (root.folder / ".terraform.lock.hcl").unlink()
    assert is_stand_in(root.folder), "by the binary behind the mirror's link"
    shutil.rmtree(root.folder / ".terraform")
    assert not is_stand_in(root.folder)


def test_it_knows_a_stand_in_under_a_real_version(tmp_path: Path) -> None:
    assert is_stand_in(installed(tmp_path, "terraform-provider-aci_v2.20.0", b"\x7fELF" + b"x" * 5000 + ACI.marker))


def test_it_knows_a_lock_file_made_from_one(tmp_path: Path) -> None:
    workdir = installed(tmp_path, "terraform-provider-aci_v2.20.0", b"\x7fELF real")
    assert not is_stand_in(workdir)
    (workdir / ".terraform.lock.hcl").write_text(
        'provider "registry.terraform.io/ciscodevnet/aci" {\n  version = "2.20.9999"\n}\n'
    )
    assert is_stand_in(workdir)
