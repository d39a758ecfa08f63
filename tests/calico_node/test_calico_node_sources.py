"""Calico's source comes from the module proxy with the pinned sum, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.machines.errors import LabError
from lab.mirror import sources


def test_it_holds_manifests_templates_and_definitions(tmp_path: Path) -> None:
    tree = sources.calico(tmp_path, print)
    release = sources.pinned("calico").release
    assert f"image: docker.io/calico/node:{release}" in (tree / "manifests/calico.yaml").read_text()
    assert (tree / "confd/etc/calico/confd/templates/bird.cfg.template").is_file()
    assert list((tree / "libcalico-go/config/crd").glob("*_bgppeers.yaml"))


def test_it_refuses_a_source_with_another_sum(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="not the pinned one"):
        sources.fetch(replace(sources.pinned("calico"), sum="h1:another"), tmp_path, print)


def test_it_says_which_setting_helps_when_nothing_can_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:1")
    with pytest.raises(LabError, match="Set GOPROXY"):
        sources.fetch(replace(sources.pinned("calico"), version="v1.0.0"), tmp_path, print)
