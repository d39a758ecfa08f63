"""Runs a playbook with ansible-runner: events as lines for people, an end when asked, and nothing secret left behind.

Each job has a private directory (0700) with inventory, key and what the runner writes; it goes when the job ends, and
what a killed worker left goes at the next job. Secrets are in files there, never in an argument or the environment.
What roles put into its directory `handover` (the variable of that name) comes back: a kubeconfig, for instance.

Host keys: known ones (`Job.host_keys`) are checked strictly. A machine whose key is not known is trusted at first sight
and pinned in the cluster's `known_hosts`; `forget` drops the pins of machines that were made anew.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner

from webui.runs.playbook_code import CODE
from webui.runs.playbook_code import count_tasks as _count_tasks
from webui.runs.playbook_failures import Trouble, of_troubles, trouble
from webui.runs.stop import Ended, Stop

Progress = tuple[int, int] | None
Tell = Callable[[str, str, Progress], None]
"""Level (info, warning, error), text, and how many tasks are done of how many."""

Receive = Callable[[str, str], None]
"""Name and text of a file that a role handed over. It may hold secrets."""

SOCKETS = "sockets"
"""Link in a job's directory to the short one of ssh's sockets."""

HANDOVER = "handover"
"""Name of the directory, and of the variable that tells roles where it is."""

POLL = 0.2


@dataclass(frozen=True)
class Job:
    """One playbook for one cluster. `inventory`: as `webui.render.inventory` makes it; `home`: the cluster's directory
    for Ansible, where `known_hosts` lies; `host_keys`: address -> public host key where it is known; `variables` and
    `secrets`: further variables of all hosts, which win over the inventory's."""

    playbook: str
    inventory: Mapping[str, Any]
    home: Path
    ssh_key: str | None = None
    password: str | None = None
    limit: str = ""
    host_keys: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class Outcome:
    """What a playbook ended with. `changed`: host -> number of changed tasks; `data`: what roles said by set_stats;
    `files`: name -> text of what they put into the handover directory."""

    changed: dict[str, int] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict, repr=False)


def run_playbook(job: Job, tell: Tell, stop: Stop, receive: Receive = lambda name, text: None) -> Outcome:
    """Run to the end; `tell` is called from this thread. Raises Failure, and Ended when it was asked to end.

    `receive` gets each file of the handover directory as soon as the task that made it has ended, and so also those of
    a playbook that fails later."""
    with _workplace(job) as (folder, sockets):
        events: queue.Queue[dict[str, Any]] = queue.Queue()
        work = _Work(job, folder, sockets, events, stop)
        thread = threading.Thread(target=work.run, name=f"ansible-{folder.name}")
        handover = _Handover(folder / HANDOVER, receive)
        reader = _Reader(tell, _count_tasks(job.playbook), handover)
        thread.start()
        try:
            while thread.is_alive() or not events.empty():
                _drain(events, reader)
        finally:
            work.abandoned = True
            thread.join()
            handover.look()
        outcome = _judge(work, reader, stop)
        outcome.files = handover.files
        return outcome


def forget(home: Path, addresses: list[str]) -> None:
    """Drop the pinned host keys of machines that were made anew."""
    known = home / "known_hosts"
    if known.exists():
        kept = [line for line in known.read_text().splitlines() if line.split(" ", 1)[0] not in addresses]
        _write(known, "".join(f"{line}\n" for line in kept))


@contextmanager
def _workplace(job: Job) -> Iterator[tuple[Path, Path]]:
    """The job's directory, and a short one for ssh's sockets, whose paths must be short."""
    jobs = job.home / "jobs"
    for private in (job.home, jobs):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in jobs.iterdir():  # one run at a time: the worker that made it is gone
        for path in ((left / SOCKETS).resolve(), left):
            shutil.rmtree(path, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="job-", dir=jobs))
    sockets = Path(tempfile.mkdtemp(prefix="anchorage-ssh-"))
    (folder / SOCKETS).symlink_to(sockets)
    try:
        _lay_out(job, folder, sockets)
        yield folder, sockets
    finally:
        for path in (folder, sockets):
            shutil.rmtree(path, ignore_errors=True)


def _lay_out(job: Job, folder: Path, sockets: Path) -> None:
    known = job.home / "known_hosts"
    known.touch(mode=0o600)
    if job.host_keys:
        forget(job.home, list(job.host_keys))
        lines = [f"{address} {key}\n" for address, key in job.host_keys.items()]
        _write(known, known.read_text() + "".join(lines))
    # ssh splits this option at spaces, which a path of ours may hold: a link stands for it.
    (sockets / "known_hosts").symlink_to(known)
    inventory = folder / "inventory"
    inventory.mkdir()
    (folder / HANDOVER).mkdir(mode=0o700)
    _write(inventory / "hosts.json", json.dumps(_whole_inventory(job, folder)))
    if job.ssh_key:
        _write(folder / "ssh_key", job.ssh_key.rstrip("\n") + "\n")


def _whole_inventory(job: Job, folder: Path) -> dict[str, Any]:
    """The inventory with sign-in and secrets; the file lies in the job's directory and goes with it."""
    sign_in: dict[str, Any] = {}
    if job.ssh_key:
        sign_in["ansible_ssh_private_key_file"] = str(folder / "ssh_key")
    if job.password:
        sign_in |= {"ansible_password": job.password, "ansible_become_password": job.password}
    everything = job.inventory["all"]
    own = {HANDOVER: str(folder / HANDOVER), **job.variables, **job.secrets, **sign_in}
    return {"all": {**everything, "vars": {**everything["vars"], **own}}}


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _environment(job: Job, sockets: Path) -> dict[str, str]:
    """What Ansible reads from its environment; ssh takes no configuration and no keys but ours."""
    addresses = {host["ansible_host"] for host in _hosts(job.inventory["all"])}
    strict = "yes" if addresses <= job.host_keys.keys() else "accept-new"
    common = (
        f"-F none -o UserKnownHostsFile={sockets}/known_hosts -o GlobalKnownHostsFile=none "
        f"-o StrictHostKeyChecking={strict} -o HashKnownHosts=no -o IdentitiesOnly=yes -o IdentityAgent=none"
    )
    return {
        "ANSIBLE_CONFIG": str(CODE / "ansible.cfg"),
        "ANSIBLE_HOST_KEY_CHECKING": "True",  # the runner switches it off unless told otherwise
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets),
        "ANSIBLE_SSH_COMMON_ARGS": common,
        "ANSIBLE_LOCAL_TEMP": str(sockets),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def _hosts(group: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (group.get("hosts") or {}).values()
    for child in (group.get("children") or {}).values():
        yield from _hosts(child)


class _Work:
    """The runner in its own thread. Its handler only fills a queue: slow ones make Ansible time out."""

    def __init__(self, job: Job, folder: Path, sockets: Path, events: queue.Queue[dict[str, Any]], stop: Stop) -> None:
        self.status, self.output, self.abandoned = "", "", False
        self._job, self._folder, self._environ = job, folder, _environment(job, sockets)
        self._events, self._stop = events, stop

    def run(self) -> None:
        """Run the playbook to its end."""
        runner = ansible_runner.interface.run(
            private_data_dir=str(self._folder),
            project_dir=str(CODE),
            playbook=self._job.playbook,
            limit=self._job.limit or None,
            ident="run",
            envvars=self._environ,
            suppress_env_files=True,
            quiet=True,
            event_handler=self._take,
            cancel_callback=lambda: self._stop.asked or self.abandoned,
            settings={"idle_timeout": 0, "pexpect_timeout": 1},
        )
        self.status = str(runner.status)
        stdout = self._folder / "artifacts/run/stdout"
        self.output = stdout.read_text(errors="replace")[-1500:] if stdout.exists() else ""

    def _take(self, event: dict[str, Any]) -> bool:
        self._events.put(event)
        return False  # nothing more is done with it: no file an event


def _drain(events: queue.Queue[dict[str, Any]], reader: _Reader) -> None:
    try:
        reader.read(events.get(timeout=POLL))
    except queue.Empty:
        return


class _Handover:
    """Files that roles put into the handover directory, each told once it is whole and again when it has changed."""

    def __init__(self, folder: Path, receive: Receive) -> None:
        self.files: dict[str, str] = {}
        self._folder, self._receive = folder, receive

    def look(self) -> None:
        """Take in what is there. Call it between tasks: a task writes its file to the end."""
        for path in sorted(self._folder.iterdir()):
            text = _text(path)
            if text and self.files.get(path.name) != text:
                self.files[path.name] = text
                self._receive(path.name, text)


def _text(path: Path) -> str:
    """A handed-over file. None yet: a name with a dot, under which Ansible makes a file before it renames it."""
    try:
        return path.read_text() if path.is_file() and not path.name.startswith(".") else ""
    except FileNotFoundError:
        return ""


class _Reader:
    """Reads events: tells lines and progress, keeps troubles and results."""

    def __init__(self, tell: Tell, tasks: int, handover: _Handover) -> None:
        self.troubles: list[Trouble] = []
        self.outcome = Outcome()
        self._tell, self._tasks, self._done, self._handover = tell, tasks, 0, handover
        self._seen: set[str] = set()

    def read(self, event: Mapping[str, Any]) -> None:
        """Take in one event; those that say nothing to people pass."""
        data = event.get("event_data") or {}
        handler = getattr(self, f"_{event['event']}", None)
        if handler:
            handler(event, data)

    def _playbook_on_play_start(self, event: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        self._tell("info", f"{data.get('play', '')}.", None)

    def _playbook_on_task_start(self, event: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        if data.get("task_uuid") in self._seen:
            return  # told once a machine
        self._seen.add(str(data.get("task_uuid")))
        self._handover.look()
        self._done += 1
        self._tasks = max(self._tasks, self._done)
        # Where a role's input is checked, Ansible's task ends with the role's description.
        name = re.sub(r"^Validating arguments against arg spec '\w+' - ", "", str(data.get("task", "")))
        self._tell("info", name, (self._done - 1, self._tasks))

    def _runner_on_ok(self, event: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        result = data.get("res") or {}
        if result.get("changed"):
            self._tell("info", f"  {data.get('host')}: changed", None)
        if str(data.get("task_action", "")).endswith("debug") and isinstance(result.get("msg"), list):
            for line in result["msg"]:
                self._tell("info", f"  {line}", None)

    def _runner_on_failed(self, event: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        if not data.get("ignore_errors"):
            self._fail(event)

    def _runner_on_unreachable(self, event: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        self._fail(event)

    def _fail(self, event: Mapping[str, Any]) -> None:
        found = trouble(event)
        # What a role says after a failure that it looked into counts instead of it.
        self.troubles = [one for one in self.troubles if one.host != found.host] + [found]
        self._tell("error", f"{found.host}: {found.text.strip() or found.task}", None)

    def _playbook_on_stats(self, event: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        self.outcome.changed = {host: int(count) for host, count in (data.get("changed") or {}).items() if count}
        self.outcome.data = dict(data.get("artifact_data") or {})
        if not self.troubles:
            self._tell("info", "All machines are done.", (self._tasks, self._tasks))


def _judge(work: _Work, reader: _Reader, stop: Stop) -> Outcome:
    if stop.asked:
        raise Ended
    if work.status != "successful":
        raise of_troubles(reader.troubles, work.status, work.output)
    return reader.outcome
