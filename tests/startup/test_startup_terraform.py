"""Terraform: the one on PATH, else a pinned release that must have its checksum."""

from __future__ import annotations

import hashlib
import io
import platform
import zipfile
from pathlib import Path

import pytest

from webui.startup import terraform

TARGET = f"linux_{terraform.MACHINES[platform.machine()]}"


def silent(_: str) -> None:
    """Swallow progress."""


def fake_terraform(at: Path, version: str) -> Path:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    at.chmod(0o755)
    return at


def release(at: Path) -> bytes:
    """A release archive laid out as the vendor does; returns its bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("terraform", "#!/bin/sh\necho pinned\n")
    where = at / terraform.PINNED / f"terraform_{terraform.PINNED}_{TARGET}.zip"
    where.parent.mkdir(parents=True)
    where.write_bytes(packed.getvalue())
    return packed.getvalue()


def test_it_takes_the_one_on_path(tmp_path: Path) -> None:
    ours = fake_terraform(tmp_path / "bin" / "terraform", "1.12.0")
    assert terraform.find(tmp_path / "cache", silent, {"PATH": str(ours.parent)}) == str(ours)


def test_one_that_is_too_old_on_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = fake_terraform(tmp_path / "bin" / "terraform", "1.5.7")
    checksum = hashlib.sha256(release(tmp_path / "releases")).hexdigest()
    monkeypatch.setitem(terraform.CHECKSUMS, TARGET, checksum)
    environ = {"PATH": str(old.parent), "ANCHORAGE_TERRAFORM_RELEASES": str(tmp_path / "releases")}
    found = Path(terraform.find(tmp_path / "cache", silent, environ))
    assert found.read_text().endswith("echo pinned\n")
    assert found.stat().st_mode & 0o111


def test_a_release_with_another_checksum_is_never_used(tmp_path: Path) -> None:
    release(tmp_path / "releases")
    with pytest.raises(terraform.NoTerraform, match="does not have the expected checksum"):
        terraform.pinned(tmp_path / "cache", silent, str(tmp_path / "releases"))
    assert not list((tmp_path / "cache").rglob("terraform*"))


def test_an_unreachable_release_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(terraform.NoTerraform, match="ANCHORAGE_TERRAFORM_RELEASES"):
        terraform.pinned(tmp_path / "cache", silent, "http://127.0.0.1:9/terraform")


def test_a_named_one_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(terraform.NoTerraform, match="ANCHORAGE_TERRAFORM names"):
        terraform.find(tmp_path, silent, {"ANCHORAGE_TERRAFORM": "/bin/true"})
