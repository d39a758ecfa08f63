"""A playbook as a job: what roles get beside the inventory, what they hand over, and that nothing of it stays."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from webui.runs.failures import Failure
from webui.runs.playbook import Job, run_playbook
from webui.runs.stop import Stop

SECRET = "planted-Pa55"
HERE = {"ansible_host": "127.0.0.1", "ansible_connection": "local", "ansible_python_interpreter": sys.executable}
INVENTORY = {"all": {"vars": {"greeting": "of the inventory"}, "children": {"cluster": {"hosts": {"here": HERE}}}}}
HAND_OVER = {
    "name": "Hand over a file",
    "ansible.builtin.copy": {
        "content": "{{ greeting }} {{ secret }}",
        "dest": "{{ handover }}/kubeconfig",
        "mode": "0600",
    },
    "no_log": True,
}
FAIL = {"name": "Fail", "ansible.builtin.fail": {"msg": "The API does not answer."}}
NEXT = {"name": "Go on", "ansible.builtin.debug": {"msg": "on"}}


def job(tmp_path: Path, *tasks: dict[str, Any]) -> Job:
    playbook = tmp_path / "play.yml"
    playbook.write_text(yaml.safe_dump([{"name": "Here", "hosts": "cluster", "tasks": list(tasks)}]))
    more: dict[str, Any] = {"variables": {"greeting": "of the job"}, "secrets": {"secret": SECRET}}
    return Job(str(playbook), INVENTORY, tmp_path / "hosts", **more)


def test_variables_and_secrets_reach_roles_and_files_come_back(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = run_playbook(job(tmp_path, HAND_OVER), lambda level, text, progress: said.append(text), Stop())
    assert outcome.files == {"kubeconfig": f"of the job {SECRET}"}
    assert SECRET not in "\n".join(said) and SECRET not in repr(outcome)
    left = [path for path in (tmp_path / "hosts").rglob("*") if path.is_file() and SECRET in path.read_text()]
    assert left == [] and list((tmp_path / "hosts/jobs").iterdir()) == []


def test_a_job_does_not_show_its_secrets(tmp_path: Path) -> None:
    assert SECRET not in repr(job(tmp_path))


def test_a_file_is_received_although_the_playbook_fails_later_and_before_it_does(tmp_path: Path) -> None:
    order: list[str] = []

    def tell(level: str, text: str, progress: Any) -> None:
        order.append(text)

    with pytest.raises(Failure, match="API does not answer"):
        run_playbook(job(tmp_path, HAND_OVER, NEXT, FAIL), tell, Stop(), lambda name, text: order.append(f"got {name}"))
    assert order.index("got kubeconfig") < order.index("Fail") and order.count("got kubeconfig") == 1


def test_a_last_task_that_hands_over_and_fails_elsewhere_is_not_lost(tmp_path: Path) -> None:
    received: dict[str, str] = {}
    both = {"name": "Both", "block": [HAND_OVER, FAIL]}
    with pytest.raises(Failure):
        run_playbook(job(tmp_path, both), lambda level, text, progress: None, Stop(), received.__setitem__)
    assert received == {"kubeconfig": f"of the job {SECRET}"}
