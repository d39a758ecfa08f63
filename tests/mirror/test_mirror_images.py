"""Images and their storage: the same files give the same digests, and Debian's registry serves what was written."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.mirror import oci, registry, storage
from lab.mirror.oci import Image

REF = "registry.example.net/some/thing:v1"


def tree(folder: Path, text: str = "x", age: int = 0) -> Path:
    (folder / "usr/bin").mkdir(parents=True)
    program = folder / "usr/bin/thing"
    program.write_text(text)
    program.chmod(0o755)
    (folder / "bin").symlink_to("usr/bin")
    for path in (program, program.parent):
        os.utime(path, (age, age))
    return folder


def image(*layers: Path) -> Image:
    return Image(REF, layers, ("/usr/bin/thing",), {"A": "b"}, says="stands for a thing", user="65534")


def test_the_same_files_give_the_same_layer_whenever_they_were_made(tmp_path: Path) -> None:
    one = oci.layer(tree(tmp_path / "a", age=1), tmp_path / "1")
    other = oci.layer(tree(tmp_path / "b", age=99), tmp_path / "2")
    assert one == other
    assert oci.layer(tree(tmp_path / "c", "y"), tmp_path / "3") != one


def test_links_and_modes_stay_and_everything_is_root_s(tmp_path: Path) -> None:
    oci.layer(tree(tmp_path / "a"), tmp_path / "layer")
    with tarfile.open(tmp_path / "layer") as archive:
        entries = {entry.name: entry for entry in archive}
    assert entries["bin"].issym()
    assert entries["bin"].linkname == "usr/bin"
    assert entries["usr/bin/thing"].mode == 0o755
    assert {(entry.uid, entry.gid, entry.mtime) for entry in entries.values()} == {(0, 0, 0)}


def test_a_storage_tells_what_is_missing_or_changed(tmp_path: Path) -> None:
    digest = storage.fill(tmp_path / "store", [image(tree(tmp_path / "a"))])[REF]
    reader = storage.Reader(tmp_path / "store")
    assert reader.is_whole(REF, digest)
    assert not reader.is_whole(REF.replace("v1", "v2"), digest)
    (biggest,) = [path for path in (tmp_path / "store").rglob("data") if path.stat().st_size > 5000]
    biggest.write_bytes(biggest.read_bytes() + b" ")
    assert not reader.is_whole(REF, digest)


def test_a_layer_of_two_images_lies_there_once(tmp_path: Path) -> None:
    shared = tree(tmp_path / "a")
    other = Image("registry.example.net/other:v1", (shared,), ("/usr/bin/thing",))
    storage.fill(tmp_path / "store", [image(shared), other])
    assert len(list((tmp_path / "store").rglob("data"))) == 5, "a layer, two configurations, two manifests"


def test_a_registry_that_was_written_is_not_written_again(tmp_path: Path) -> None:
    said: list[str] = []
    layer = tree(tmp_path / "a")
    home = registry.build(tmp_path / "cache", [image(layer)], said.append)
    assert registry.build(tmp_path / "cache", [image(layer)], said.append) == home
    assert len(said) == 1
    assert registry.contents(home)[REF]["says"] == "stands for a thing"
    (home / "layer" / registry.PLACE / storage.ROOT / "stray").write_text("x")
    assert not registry.is_whole(home)


def test_debian_s_registry_serves_it(tmp_path: Path) -> None:
    digest = storage.fill(tmp_path / "srv/registry", [image(tree(tmp_path / "a"))])[REF]
    with serving(tmp_path) as url:
        request = urllib.request.Request(f"{url}/some/thing/manifests/v1", headers={"Accept": oci.MANIFEST})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Docker-Content-Digest"] == digest
            document = json.load(answer)
        config = json.load(urllib.request.urlopen(f"{url}/some/thing/blobs/{document['config']['digest']}"))
        assert config["config"]["User"] == "65534"
        (layer,) = document["layers"]
        body = urllib.request.urlopen(f"{url}/some/thing/blobs/{layer['digest']}").read()
        assert oci.blob(body, oci.LAYER).digest == layer["digest"] == config["rootfs"]["diff_ids"][0]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("SKIPPED LOUDLY: no docker-registry on this machine: nothing is pulled from a real registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    text = registry.configuration(address).replace(f"/{registry.PLACE}", str(folder / registry.PLACE))
    (folder / "registry.yml").write_text(text)
    with subprocess.Popen([program, "serve", folder / "registry.yml"], stderr=subprocess.DEVNULL) as process:
        try:
            _wait(address)
            yield f"http://{address}/v2/registry.example.net"
        finally:
            process.kill()


def _wait(address: str) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://{address}/v2/", timeout=1)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the registry does not answer")
