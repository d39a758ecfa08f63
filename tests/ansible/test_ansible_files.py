"""The module that keeps a directory exactly as it is wanted, run as a program on a directory of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ansible_code import load
from webui.runs.playbook_code import CODE

MODULE = CODE / "library/exact_files.py"


def play(path: Path, files: dict[str, Any], **more: Any) -> dict[str, Any]:
    given_to_it = {"path": str(path), "files": files, "_ansible_remote_tmp": str(path.parent), **more}
    text = json.dumps({"ANSIBLE_MODULE_ARGS": given_to_it})
    line = [sys.executable, str(MODULE)]
    done = subprocess.run(line, input=text, capture_output=True, text=True, check=False, umask=0o077)
    return dict(json.loads(done.stdout))


def held(path: Path) -> dict[str, str]:
    return {str(one.relative_to(path)): one.read_text() for one in path.rglob("*") if one.is_file()}


def test_a_directory_is_made_kept_and_changed(tmp_path: Path) -> None:
    path = tmp_path / "certs.d"
    wanted = {"docker.io/hosts.toml": "one\n", "docker.io/ca.crt": "", "quay.io/hosts.toml": "two\n"}
    modes = {"quay.io/hosts.toml": "0600"}
    assert play(path, wanted, modes=modes)["changed_files"] == ["docker.io/hosts.toml", "quay.io/hosts.toml"]
    assert held(path) == {name: text for name, text in wanted.items() if text}
    assert (path / "quay.io/hosts.toml").stat().st_mode & 0o777 == 0o600
    assert (path / "docker.io/hosts.toml").stat().st_mode & 0o777 == 0o644
    assert (path / "docker.io").stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o755
    assert play(path, wanted, modes=modes)["changed"] is False
    (path / "docker.io/hosts.toml").chmod(0o666)
    assert play(path, wanted, modes=modes)["changed_files"] == ["docker.io/hosts.toml"]


def test_what_is_not_named_goes_and_no_link_is_followed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    for name in ("old/deep/one", "stray", "wanted/was/a/directory"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("old")
    (path / "link").symlink_to(elsewhere)
    assert play(path, {"wanted/was": "file", "stray": "old"}, _ansible_check_mode=True)["changed"] is True
    assert (path / "old/deep/one").exists()
    assert play(path, {"wanted/was": "file", "stray": "old"})["changed"] is True
    assert held(path) == {"wanted/was": "file", "stray": "old"}
    assert sorted(one.name for one in path.iterdir()) == ["stray", "wanted"]
    assert (elsewhere / "kept").read_text() == "kept"


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b", "a//b", "."])
def test_no_name_leads_out_of_it(tmp_path: Path, name: str) -> None:
    found = play(tmp_path / "here", {name: "text"})
    assert found["failed"] is True and "no name of a file" in found["msg"]
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_mode_is_named(tmp_path: Path) -> None:
    found = play(tmp_path / "here", {"a": "text"}, mode="rw")
    assert found["failed"] is True and "cannot be brought" in found["msg"]


names = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)


@given(st.sets(names, max_size=5), st.dictionaries(names, st.sampled_from(["", "x", "y"]), max_size=5))
def test_whatever_stood_there_it_ends_as_wanted(
    tmp_path_factory: pytest.TempPathFactory, before: set[str], wanted: dict[str, str]
) -> None:
    clear = {one: text for one, text in wanted.items() if not any(more.startswith(f"{one}/") for more in wanted)}
    path = tmp_path_factory.mktemp("exact") / "here"
    for name in sorted(before, key=len, reverse=True):
        if not (path / name).exists():
            try:
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_text("x")
            except OSError:  # a file stands where a directory would have to
                continue
    files = {one: text.encode() for one, text in clear.items() if text}
    bring = load("library/exact_files.py").bring
    bring(path, files, dict.fromkeys(files, 0o644), False)
    assert held(path) == {one: text for one, text in clear.items() if text}
    assert bring(path, files, dict.fromkeys(files, 0o644), False) == []
