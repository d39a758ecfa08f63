"""The images carry the names of Calico's manifest, call our program by its names, and say what they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.calico import images, layers
from lab.mirror import sources


@pytest.fixture
def calico(tmp_path: Path) -> Path:
    return sources.calico(tmp_path, print)


@pytest.fixture
def without_builds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is compiled and nothing fetched from Debian."""
    monkeypatch.setattr(layers, "program", lambda cache, say: tmp_path / "program")
    monkeypatch.setattr(layers, "debian", lambda cache, base, say: tmp_path / "debian")


@pytest.mark.usefixtures("without_builds")
def test_every_image_of_the_manifests_is_there_and_says_what_it_is(tmp_path: Path, calico: Path) -> None:
    wanted = {
        found
        for name in ("calico.yaml", "calico-typha.yaml")
        for found in re.findall(r"image: (\S+)", (calico / "manifests" / name).read_text())
    }
    made = images.images(tmp_path, tmp_path, print)
    assert {image.ref for image in made} == wanted
    assert all("it is not Calico" in image.says for image in made)


def test_the_programs_names_are_those_that_the_manifest_calls(tmp_path: Path, calico: Path) -> None:
    manifest = (calico / "manifests/calico.yaml").read_text()
    for image, path in (
        ("node", "/bin/calico-node"),
        ("cni", "/opt/cni/bin/calico-ipam"),
        ("cni", "/opt/cni/bin/install"),
        ("kube-controllers", "/usr/bin/check-status"),
    ):
        assert path in manifest
        link = layers.named(tmp_path, image, print) / path.lstrip("/")
        assert str(link.readlink()) == f"/{layers.PROGRAM.binary}"


def test_the_node_has_calicos_own_templates_and_a_word_to_who_looks(tmp_path: Path, calico: Path) -> None:
    tree = layers.named(tmp_path, "node", print)
    copies = {path.name: path.read_bytes() for path in (tree / "etc/calico/confd/templates").iterdir()}
    assert copies == {path.name: path.read_bytes() for path in (calico / layers.TEMPLATES).glob("*.template")}
    assert "It is not Calico" in (tree / "README").read_text()


def test_a_layer_is_made_once(tmp_path: Path) -> None:
    first = layers.named(tmp_path, "typha", print)
    (first / "README").write_text("kept")
    assert (layers.named(tmp_path, "typha", print) / "README").read_text() == "kept"
