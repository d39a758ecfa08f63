"""Proxies reach what machines fetch by themselves: through sudo nothing of /etc/environment is left."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calico.wanted import spec
from webui import render
from webui.runs.playbook import CODE, Job, run_playbook
from webui.runs.stop import Stop

PROXY = {"http": "http://proxy.example.net:3128", "https": "http://secure.example.net:3129"}
FETCHING = ("ansible.builtin.get_url", "ansible.builtin.uri", "image_pull")
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")

KUBEADM = "#!/bin/sh\necho registry.k8s.io/kube-proxy:v1.36.3\n"
CTR = '#!/bin/sh\ncase "$*" in *pull*) env >"{}/ctr" ;; esac\n'
FETCH = "- name: Fetch an archive\n  ansible.builtin.shell: env >'{}/archive'\n"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def tools() -> dict[str, Any]:
    """The task of the role `tools` that installs; the role itself would change this machine."""
    tasks = yaml.safe_load((CODE / "roles/tools/tasks/install.yml").read_text())
    (found,) = [one for one in tasks if one["name"] == "It is installed"]
    return dict(found)


def played(folder: Path, proxy: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], ...]:
    """The proxies in the environment of `ctr` and of an add-on's task, on a machine that is this one."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    program(folder / "bin/kubeadm", KUBEADM)
    program(folder / "bin/ctr", CTR.format(folder))
    program(folder / "roles/addon_tried/tasks/main.yml", FETCH.format(folder))
    monkeypatch.setenv("PATH", f"{folder}/bin:/usr/bin:/bin")
    monkeypatch.setenv("ANSIBLE_ROLES_PATH", f"{folder}/roles:{CODE}/roles")
    add_on = {"role": "addon_tried", "title": "Tried", "place": "machines"}
    play = {
        "name": "Fetch",
        "hosts": "k8s-cp-1",
        "vars": {
            "add_on": add_on,
            "kubernetes_images_configuration": {},
            **yaml.safe_load((CODE / "roles/tools/defaults/main.yml").read_text()),
        },
        "roles": ["kubernetes_images"],
        "tasks": [tools()],
    }
    book = folder / "play.yml"
    book.write_text(yaml.safe_dump([play]))
    inventory = render.inventory(spec(cluster__proxy=proxy))
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory["all"]["vars"] |= here
    run_playbook(Job(str(book), inventory, folder / "hosts"), lambda level, text, progress: None, Stop())
    return proxies(folder / "ctr"), proxies(folder / "archive")


def proxies(file: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value for name, _, value in lines if name.lower().endswith("_proxy")}


def test_images_and_archives_are_fetched_through_the_proxies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in played(tmp_path, PROXY, monkeypatch):
        assert set(found) == set(NAMES)
        assert found["HTTP_PROXY"] == found["http_proxy"] == PROXY["http"]
        assert found["HTTPS_PROXY"] == found["https_proxy"] == PROXY["https"]
        assert found["NO_PROXY"] == found["no_proxy"]
        assert {"198.18.0.80", "198.18.2.0/24", ".svc"} <= set(found["NO_PROXY"].split(","))


def test_without_a_proxy_nothing_is_said_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(tmp_path, {}, monkeypatch) == ({}, {})


def fetching() -> Iterator[tuple[str, dict[str, Any]]]:
    """(role, task) of all that fetches something."""
    for file in (CODE / "roles").glob("*/tasks/*.yml"):
        for task in yaml.safe_load(file.read_text()):
            for one in (task, *task.get("block", [])):
                if any(module in one for module in FETCHING):
                    yield file.parts[-3], one


def test_whatever_fetches_from_outside_has_the_proxies_or_asks_within_the_site() -> None:
    found = list(fetching())
    assert {role for role, _ in found} >= {"kubernetes_images", "images", "addon_helm", "addon_kustomize"}
    for role, task in found:
        within = task.get("ansible.builtin.uri", {}).get("use_proxy") is False
        # An add-on for machines has them of the role `tools`.
        place = "tools" if role.startswith("addon_") else role
        named = tools()["ansible.builtin.include_role"]["apply"] if place == "tools" else task
        assert within or named.get("environment") == f"{{{{ {place}_environment }}}}", (role, task["name"])
        defaults = {} if within else yaml.safe_load((CODE / "roles" / place / "defaults/main.yml").read_text())
        assert within or re.search(r"\bproxies_environment\b", defaults[f"{place}_environment"])
