"""What roles that put programs on machines write and take away again, without a machine."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.ansible_code import load
from webui.runs.failures import Failure
from webui.runs.playbook import CODE, Job, run_playbook
from webui.runs.stop import Stop

filters = load("filter_plugins/container_runtime.py")
CRI = "io.containerd.grpc.v1.cri"


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1", 1),
        ("containerd github.com/containerd/containerd/v2 v2.4.2 abc", 2),
        ("containerd containerd.io 2.1.0 x", 2),
    ],
)
def test_the_major_version_of_containerd_is_read(text: str, major: int) -> None:
    assert filters.containerd_major(text) == major


def test_additions_are_merged_into_the_plugins_tables_and_win() -> None:
    added = f'[plugins."{CRI}"]\nrestrict_oom_score_adj = true\n[plugins."{CRI}".cni]\nbin_dir = "/usr/lib/cni"\n'
    found = tomllib.loads(filters.containerd_config(1, "registry.k8s.io/pause:3.10.2", added))
    cri = found["plugins"][CRI]
    assert found["version"] == 2 and cri["restrict_oom_score_adj"] is True
    assert cri["cni"] == {"bin_dir": "/usr/lib/cni", "conf_dir": "/etc/cni/net.d"}
    assert cri["sandbox_image"] == "registry.k8s.io/pause:3.10.2"
    assert cri["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True


def test_containerd_2_has_a_form_of_its_own() -> None:
    found = tomllib.loads(filters.containerd_config(2, "p:1"))
    assert found["version"] == 3
    assert found["plugins"]["io.containerd.cri.v1.images"]["pinned_images"] == {"sandbox": "p:1"}
    with pytest.raises(ValueError, match="additions are for configuration version 2"):
        filters.containerd_config(2, "p:1", "version = 2")


def test_a_mirrors_path_stands_before_the_images_names() -> None:
    mirror = {"upstream": "registry.k8s.io", "mirror": "https://mirror.example.net/k8s", "ca": "PEM"}
    found = tomllib.loads(filters.hosts_toml(mirror, {"user": "puller", "password": "s3cret"}))
    assert found["server"] == "https://registry.k8s.io"
    host = found["host"]["https://mirror.example.net/v2/k8s"]
    assert host["override_path"] is True and host["ca"] == "/etc/containerd/certs.d/registry.k8s.io/ca.crt"
    assert host["header"]["Authorization"] == ["Basic cHVsbGVyOnMzY3JldA=="]


def test_images_of_docker_come_from_where_docker_keeps_them() -> None:
    found = tomllib.loads(filters.hosts_toml({"upstream": "docker.io", "mirror": "http://192.0.2.80:5000"}))
    assert found["server"] == "https://registry-1.docker.io"
    assert list(found["host"]) == ["http://192.0.2.80:5000/v2"]


LOGIN = {"user": "puller", "password": "s3cret"}


@pytest.mark.parametrize(
    ("ca", "logins", "names"),
    [
        ("", {}, {"host": []}),
        ("PEM\n\n", {}, {"host": ["ca"]}),
        ("", {"quay.io": LOGIN}, {"host": ["header"]}),
        ("PEM", {"quay.io": LOGIN, "docker.io": LOGIN}, {"host": ["ca", "header"]}),
    ],
)
def test_a_mirror_has_an_authority_and_a_sign_in_where_these_are_given(
    ca: str, logins: dict[str, dict[str, str]], names: dict[str, list[str]]
) -> None:
    mirror = {"upstream": "quay.io", "mirror": "https://m.example.net/q", "ca": ca}
    found = filters.containerd_registries([mirror], logins)
    assert set(found) == {"quay.io/hosts.toml", "quay.io/ca.crt"}
    assert found["quay.io/ca.crt"] == ("PEM\n" if ca else "")
    assert found["quay.io/hosts.toml"].startswith("# Written by Anchorage.\n")
    (host,) = tomllib.loads(found["quay.io/hosts.toml"])["host"].values()
    assert sorted(set(host) - {"capabilities", "override_path"}) == names["host"]


def test_cri_o_gets_the_sign_ins_of_mirrors_that_have_one() -> None:
    mirrors = [{"upstream": "quay.io", "mirror": "https://m.example.net/q/"}, {"upstream": "docker.io", "mirror": "x"}]
    found = filters.crio_logins(mirrors, {"quay.io": {"user": "a", "password": "b"}})
    assert found == {"m.example.net/q": {"auth": "YTpi"}}


PLAIN = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.text())
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_written_reads_back_the_same(document: dict[str, object]) -> None:
    assert tomllib.loads(filters.to_toml(document)) == without_empty(document)


def without_empty(value: object) -> object:
    """Empty tables are not written: nothing reads them."""
    if isinstance(value, dict):
        kept = {name: without_empty(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one != {} or not isinstance(one, dict)}
    return value


def moved(folder: Path, place: str) -> str:
    """A file of a role's tasks with all that it does to a machine moved below a directory."""
    text = (CODE / "roles" / place).read_text()
    text = re.sub(r"(?<![\w}])/(etc|var)/", rf"{folder}/machine/\1/", text)
    return re.sub(r"\n +(owner|group): root", "", text)


def named(folder: Path, place: str, *names: str) -> list[dict[str, Any]]:
    """Some of its tasks, which must be there."""
    found = {task["name"]: task for task in yaml.safe_load(moved(folder, place))}
    return [found[name] for name in names or found]


def play(folder: Path, tasks: list[dict[str, Any]], **variables: Any) -> None:
    """Play tasks on this machine. Raises Failure."""
    book = folder / "play.yml"
    book.write_text(yaml.safe_dump([{"name": "Here", "hosts": "cluster", "vars": variables, "tasks": tasks}]))
    here = {"ansible_host": "127.0.0.1", "ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = {"all": {"vars": {}, "children": {"cluster": {"hosts": {"here": here}}}}}
    run_playbook(Job(str(book), inventory, folder / "hosts"), lambda level, text, progress: None, Stop())


def laid(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_mirrors_sign_in_is_for_root_alone_and_goes_with_it(tmp_path: Path) -> None:
    tasks = named(tmp_path, "container_runtime/tasks/containerd.yml", "Images come from the mirrors")
    mirrors = [
        {"upstream": name, "mirror": f"https://m.example.net/{name}", "ca": "PEM"} for name in ("quay.io", "a.b")
    ]
    play(tmp_path, tasks, container_runtime_registries=mirrors, container_runtime_logins={"quay.io": LOGIN})
    place = tmp_path / "machine/etc/containerd/certs.d"
    modes = {str(one.relative_to(place)): one.stat().st_mode & 0o777 for one in place.rglob("*") if one.is_file()}
    assert modes == {"quay.io/hosts.toml": 0o600, "quay.io/ca.crt": 0o644, "a.b/hosts.toml": 0o644, "a.b/ca.crt": 0o644}
    play(tmp_path, tasks, container_runtime_registries=mirrors[1:], container_runtime_logins={})
    assert [one.name for one in place.iterdir()] == ["a.b"]


def test_an_authority_of_cri_o_goes_with_its_mirror_and_others_stay(tmp_path: Path) -> None:
    names = [
        "There is a directory for each authority",
        "The mirrors' authorities are known",
        "Look which authorities of ours are known",
        "Those of mirrors that are no longer used are gone",
    ]
    tasks = named(tmp_path, "container_runtime/tasks/crio.yml", *names)
    place = tmp_path / "machine/etc/containers/certs.d"
    laid(place, {"m.example.net:5000/ca.crt": "theirs", "other.example.net/own.crt": "theirs"})
    mirrors = [
        {"upstream": "quay.io", "mirror": "https://m.example.net:5000/q", "ca": "PEM"},
        {"upstream": "docker.io", "mirror": "https://n.example.net", "ca": "PEM"},
        {"upstream": "ghcr.io", "mirror": "https://o.example.net", "ca": ""},
    ]
    theirs = {"m.example.net:5000/ca.crt", "other.example.net/own.crt"}
    for used, ours in (
        (mirrors, {"m.example.net:5000", "n.example.net"}),
        (mirrors[1:], {"n.example.net"}),
        ([], set()),
    ):
        play(tmp_path, tasks, container_runtime_registries=used)
        held = {str(one.relative_to(place)) for one in place.rglob("*.crt")}
        assert held == theirs | {f"{name}/anchorage.crt" for name in ours}


def test_nothing_of_a_package_mirror_is_left_where_there_is_none_any_more(tmp_path: Path) -> None:
    files = {
        "apt.conf.d/90anchorage-mirror": "x",
        "anchorage.sources.d/mirror.asc": "key",
        "anchorage.sources.d/mirror.sources": "x",
        "sources.list.d/debian.sources": "theirs",
    }
    place = tmp_path / "machine/etc/apt"
    laid(place, files)
    tasks = named(tmp_path, "packages/tasks/distribution.yml")
    switched = {"name": "Apt looks anew", "ansible.builtin.assert": {"that": "packages_switched"}}
    play(tmp_path, [*tasks, switched])
    assert [str(one.relative_to(place)) for one in place.rglob("*") if one.is_file()] == [
        "sources.list.d/debian.sources"
    ]
    assert not (place / "anchorage.sources.d").exists()
    play(tmp_path, [*tasks, {**switched, "ansible.builtin.assert": {"that": "not packages_switched"}}])


ADD_ONS = [{"role": f"addon_{name}", "title": name.title(), "place": "machines"} for name in ("helm", "kustomize")]


def tools(folder: Path, wanted: list[dict[str, str]]) -> tuple[list[str], list[str]]:
    """Play the role `tools` with add-ons that fail where a file says so: what is noted then, and what was removed."""
    for file in (CODE / "roles/tools/tasks").glob("*.yml"):
        laid(folder / "roles/tools/tasks", {file.name: moved(folder, f"tools/tasks/{file.name}")})
    for one in ADD_ONS:
        fails = f"- name: Act\n  ansible.builtin.command: test ! -e {folder}/{one['role']}-fails\n"
        gone = f"- name: Tell\n  ansible.builtin.file:\n    path: {folder}/gone/{one['role']}\n    state: directory\n"
        laid(folder / "roles" / one["role"] / "tasks", {"main.yml": fails, "remove.yml": f"{fails}{gone}"})
    role = {"name": "Tools", "ansible.builtin.include_role": {"name": "tools"}}
    try:
        play(folder, [role], add_ons_wanted=wanted, tools_environment={})
    except Failure:
        assert list(folder.glob("*-fails"))
    notes = folder / "machine/var/lib/anchorage/add-ons"
    return sorted(one.name for one in notes.glob("*")), sorted(one.name for one in (folder / "gone").glob("*"))


def test_what_was_never_installed_is_not_taken_away(tmp_path: Path) -> None:
    """Helm cannot be fetched, so that kustomize's turn does not come: the one that is there is somebody else's."""
    laid(tmp_path, {"addon_helm-fails": ""})
    assert tools(tmp_path, ADD_ONS) == (["addon_helm"], [])
    (tmp_path / "addon_helm-fails").unlink()
    assert tools(tmp_path, []) == ([], ["addon_helm"])


def test_what_was_taken_away_is_not_noted_any_more_although_the_next_fails(tmp_path: Path) -> None:
    assert tools(tmp_path, ADD_ONS) == (["addon_helm", "addon_kustomize"], [])
    laid(tmp_path, {"addon_kustomize-fails": ""})
    noted, gone = tools(tmp_path, [])
    assert not set(noted) & set(gone) and "addon_kustomize" in noted
