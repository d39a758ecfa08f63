"""Plays a playbook's cluster part on this machine, against an API server that has neither kubelets nor controllers.

`Pretending` stands for both: it says of every node, daemon set and deployment that it is ready, and nothing else.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.kube_api import KubeApi
from webui import render
from webui.settings import ROOT
from webui.spec import ClusterSpec

CODE = ROOT / "ansible"
KINDS = "daemonsets.apps,deployments.apps,nodes"


@dataclass(frozen=True)
class Played:
    """How a playbook ended: its words, and how many tasks changed something on the host that changed most."""

    code: int
    changed: int
    text: str


def play(
    api: KubeApi, book: str, spec: ClusterSpec, folder: Path, variables: Mapping[str, Any], skip: str = ""
) -> Played:
    """Play a playbook over the spec's machines, all of which are this one; the play named `skip` is left out."""
    inventory = render.inventory(spec)
    found = inventory["all"]["vars"]
    found |= {**render.secret_variables(spec), **variables, "kubeconfig_on_masters": str(api.kubeconfig)}
    found |= {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}
    file = folder / "inventory.json"
    file.write_text(json.dumps(inventory))
    programs = [str(api.programs), str(Path(sys.executable).parent)]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(CODE / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
    }
    whole = yaml.safe_load((CODE / book).read_text())
    # Under another name it would be played after all, on the machine that runs the tests.
    assert not skip or any(one.get("name") == skip for one in whole), f"{book} has no play {skip!r}"
    plays = [_found(one) for one in whole if one.get("name") != skip]
    (folder / "played.yml").write_text(yaml.safe_dump(plays))
    line = ["ansible-playbook", "--inventory", str(file), str(folder / "played.yml")]
    done = subprocess.run(line, cwd=CODE, env=environment, capture_output=True, text=True, timeout=240, check=False)
    changed = [int(count) for count in re.findall(r"\bchanged=(\d+)", done.stdout)]
    return Played(done.returncode, max(changed, default=-1), done.stdout + done.stderr)


def _found(one: dict[str, Any]) -> dict[str, Any]:
    """A play as it is, or one that is imported by its whole path."""
    word = "ansible.builtin.import_playbook"
    return {**one, word: str(CODE / one[word])} if word in one else one


class Pretending(threading.Thread):
    """Says of nodes and workloads that they are ready, until the block is left."""

    def __init__(self, api: KubeApi, nodes: ClusterSpec) -> None:
        super().__init__(daemon=True)
        self._api, self._ended = api, threading.Event()
        machines = (*nodes.machines.control_plane, *nodes.machines.workers)
        api.apply(*({"apiVersion": "v1", "kind": "Node", "metadata": {"name": one.name}} for one in machines))

    def __enter__(self) -> Pretending:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Once a second, everything anew."""
        while not self._ended.wait(0.5):
            listed = self._api.kubectl("get", KINDS, "--all-namespaces", "-o", "json", check=False)
            for one in json.loads(listed)["items"] if listed.strip() else []:
                self._ready(one)

    def _ready(self, one: Mapping[str, Any]) -> None:
        about, status = one["metadata"], _status(one)
        if all(one.get("status", {}).get(name) == value for name, value in status.items()):
            return
        where = ["--namespace", about["namespace"]] if "namespace" in about else []
        patch = json.dumps({"status": status})
        target = f"{one['kind'].lower()}/{about['name']}"
        self._api.kubectl("patch", target, *where, "--subresource=status", "--type=merge", "-p", patch, check=False)


def _status(one: Mapping[str, Any]) -> dict[str, Any]:
    if one["kind"] == "Node":
        return {"conditions": [{"type": "Ready", "status": "True", "reason": "Pretended"}]}
    seen = {"observedGeneration": one["metadata"]["generation"]}
    if one["kind"] == "DaemonSet":
        names = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberAvailable")
        return seen | dict.fromkeys((*names, "updatedNumberScheduled"), 1) | {"numberMisscheduled": 0}
    replicas = one["spec"].get("replicas", 1)
    return seen | dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "updatedReplicas"), replicas)
