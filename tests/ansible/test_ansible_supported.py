"""The role `supported`: which systems machines may run, and which of them were tried."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calico.wanted import spec
from webui import render
from webui.runs.failures import Failure
from webui.runs.playbook import Job, run_playbook
from webui.runs.stop import Stop
from webui.spec import versions


def look(folder: Path, systems: dict[str, str]) -> list[str]:
    """What the role says of machines (name -> distribution and version), all of which are this one."""
    facts = {"architecture": "x86_64", "service_mgr": "systemd", "cacheable": True}
    facts["distribution"] = "{{ system.split(' ')[0] }}"
    facts["distribution_version"] = "{{ system.split(' ')[1] }}"
    facts["distribution_major_version"] = "{{ system.split(' ')[1].split('.')[0] }}"
    pretend = {"name": "Pretend", "ansible.builtin.set_fact": facts}
    book = folder / "play.yml"
    play = {"name": "Look", "hosts": "cluster", "pre_tasks": [pretend], "roles": ["supported"]}
    book.write_text(yaml.safe_dump([play]))
    said: list[str] = []
    job = Job(str(book), inventory(systems), folder / "hosts", limit=",".join(systems))
    run_playbook(job, lambda level, text, progress: said.append(text), Stop())
    return said


def inventory(systems: dict[str, str]) -> dict[str, Any]:
    found = render.inventory(spec())
    found["all"]["vars"] |= {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    groups = found["all"]["children"]["cluster"]["children"].values()
    for name, system in systems.items():
        (host,) = [group["hosts"][name] for group in groups if name in group["hosts"]]
        host["system"] = system
    return found


def test_each_machine_with_a_system_that_was_not_run_is_told(tmp_path: Path) -> None:
    said = look(tmp_path, {"k8s-cp-1": "Debian 12.9", "k8s-cp-2": "Ubuntu 24.04", "k8s-w-1": "Debian 13.1"})
    told = sorted(line.strip() for line in said if "was not run with this release" in line)
    assert [line.partition(" was not")[0] for line in told] == ["k8s-cp-2: Ubuntu 24.04", "k8s-w-1: Debian 13"]
    assert all(line.endswith("Try it on a cluster that may fail, or choose Debian 12.") for line in told)


def test_a_system_outside_the_table_is_refused_with_what_the_table_holds(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failed:
        look(tmp_path, {"k8s-cp-1": "Debian 11.5"})
    assert "k8s-cp-1 runs Debian 11.5. Supported are " in failed.value.cause
    assert all(name in failed.value.cause for name in versions.SYSTEMS)
