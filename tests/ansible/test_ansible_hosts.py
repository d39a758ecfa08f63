"""The hosts stage on real machines: the first run, the second, and what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import machines
from lab.machines import names, network
from tests.nodes_lab import NodesLab, nodes_lab
from webui import render, spec
from webui.runs.failures import Failure
from webui.runs.playbook import Job, Outcome, Progress, run_playbook
from webui.runs.stop import Ended, Stop

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.job
EXAMPLE = ROOT / "examples/lab.yaml"


@dataclass
class Told:
    """What a run said."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, level: str, text: str, progress: Progress) -> None:
        self.lines.append((level, text))
        if progress:
            self.progress.append(progress)

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.lines)


def document(lab: NodesLab, **cluster: Any) -> dict[str, Any]:
    """The example, with two machines of this lab."""
    found: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    found["l3out"] |= {"node_subnet": {"v4": f"{lab.net}.0/24"}, "secondary": {"v4": lab.gateway}}
    rows = [{"name": f"node-{number}", "v4": f"{lab.net}.{number}"} for number in (1, 2)]
    found["machines"] = {"user": "debian", "control_plane": rows[:1], "workers": rows[1:]}
    mirror = {"apt_mirror": f"http://{network.MIRROR}", "apt_mirror_key": machines.mirror_key(lab.home)}
    found["cluster"] |= {"time_zone": "Europe/Rome", **mirror, **cluster}
    return found


def job(lab: NodesLab, **cluster: Any) -> Job:
    parsed = spec.parse(document(lab, **cluster))
    assert not parsed.problems
    return Job("hosts.yml", render.inventory(parsed.spec), lab.home.parent / "ansible", ssh_key=lab.private_key)


def only(wanted: Job, folder: Path, *roles: str) -> Job:
    """The same with one machine and a few of the roles."""
    playbook = folder / f"{'-'.join(roles)}.yml"
    play = {"name": "Some roles", "hosts": "cluster", "become": True, "gather_facts": True}
    clock = {"name": "Clocks", "ansible.builtin.include_role": {"name": "time", "tasks_from": "synchronised"}}
    last = {"tasks": [clock]} if "time" in roles else {}
    playbook.write_text(yaml.safe_dump([{**play, "roles": [{"role": role} for role in roles], **last}]))
    return replace(wanted, playbook=str(playbook), limit="node-1")


def run(wanted: Job, told: Told | None = None, stop: Stop | None = None) -> Outcome:
    return run_playbook(wanted, told or Told(), stop or Stop())


@pytest.fixture(scope="module")
def lab() -> Iterator[NodesLab]:
    with nodes_lab() as up:
        up.boot(1, 2)
        yield up


@pytest.fixture(scope="module")
def first(lab: NodesLab) -> tuple[Outcome, Told]:
    told = Told()
    return run(job(lab), told), told


def test_a_first_run_prepares_the_machines(lab: NodesLab, first: tuple[Outcome, Told]) -> None:
    outcome, told = first
    assert set(outcome.changed) == {"node-1", "node-2"}
    assert told.progress[-1][0] == told.progress[-1][1]
    assert told.progress == sorted(told.progress)
    assert told.lines[-1] == ("info", "All machines are done.")
    said = lab.ssh(
        f"{lab.net}.2",
        "cat /sys/class/net/ens192/mtu /proc/sys/net/ipv4/ip_forward; ip route show default; date +%Z; "
        "getent hosts node-1.lab.example; chronyc -n sources; dpkg -s conntrack socat | grep -c '^Status: install ok'",
    )
    assert said.startswith(f"9000\n1\ndefault via {lab.gateway} dev ens192")
    assert "CET" in said or "CEST" in said
    assert f"{lab.net}.1" in said
    assert f"^* {network.NTP}" in said
    assert said.endswith("2")


def test_who_reaches_whom_is_handed_over(lab: NodesLab, first: tuple[Outcome, Told]) -> None:
    outcome, told = first
    report = outcome.data["reachability"]
    assert report["causes"] == []
    assert report["cells"]["node-1"]["node-2"] == "ok"
    assert set(report["columns"]) >= {f"gateway {lab.gateway}", f"mirror {network.MIRROR}", f"dns {network.DNS}"}
    assert report["lines"][1].strip() in told.text


def test_a_second_run_changes_nothing(lab: NodesLab, first: tuple[Outcome, Told]) -> None:
    assert run(job(lab)).changed == {}


def test_what_was_set_is_there_after_a_restart(lab: NodesLab, first: tuple[Outcome, Told]) -> None:
    machine = lab.machine(2)
    machines.stop(lab.home, machine.name)
    machines.start(lab.home, machine)
    for _ in range(50):
        if lab.ssh(machine.v4, "cat /sys/class/net/ens192/mtu") == "9000":
            break
        time.sleep(0.1)
    assert lab.ssh(
        machine.v4, "cat /sys/class/net/ens192/mtu /proc/sys/net/ipv4/ip_forward /proc/sys/vm/overcommit_memory"
    ).split() == ["9000", "1", "1"]
    assert f"via {lab.gateway} " in lab.ssh(machine.v4, "ip route show default")


def test_without_a_mirror_the_distributions_sources_are_as_they_were(
    lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path
) -> None:
    fresh = lab.machine(3)
    machines.start(lab.home, fresh)
    command = "sudo sh -c 'cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null' | sha256sum"
    assert lab.ssh(f"{lab.net}.1", command) == lab.ssh(fresh.v4, command)
    with pytest.raises(Failure, match="cannot get its packages"):  # the lab has no way to the distribution's servers
        run(only(job(lab, apt_mirror=None, apt_mirror_key=None), tmp_path, "packages"))
    assert "anchorage" not in lab.ssh(f"{lab.net}.1", "ls /etc/apt/apt.conf.d")
    assert lab.ssh(f"{lab.net}.1", command) == lab.ssh(fresh.v4, command)
    assert set(run(only(job(lab), tmp_path, "packages")).changed) == {"node-1"}


def test_proxies_come_and_go(lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path) -> None:
    proxy = {"http": "http://proxy.example.net:3128", "https": "http://proxy.example.net:3128"}
    run(only(job(lab, proxy=proxy), tmp_path, "proxies"))
    said = lab.ssh(f"{lab.net}.1", "cat /etc/environment /etc/apt/apt.conf.d/90anchorage-proxies")
    assert "HTTPS_PROXY=http://proxy.example.net:3128" in said
    assert f'Acquire::http::Proxy::{network.MIRROR} "DIRECT";' in said
    run(only(job(lab), tmp_path, "proxies"))
    assert "proxy" not in lab.ssh(f"{lab.net}.1", "cat /etc/environment; ls /etc/apt/apt.conf.d")


def test_a_time_server_that_does_not_answer_is_told(lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path) -> None:
    wanted = only(job(lab, ntp=["198.18.0.99"]), tmp_path, "time")
    wanted.inventory["all"]["vars"]["time_patience"] = 2
    with pytest.raises(Failure) as failed:
        run(wanted)
    assert "The clock of node-1 was not right within 2 s: no time server of 198.18.0.99" in failed.value.cause
    assert failed.value.field == "cluster.ntp"
    run(only(job(lab), tmp_path, "time"))


def segment(lab: NodesLab, *words: str) -> None:
    subprocess.run(["ip", "-n", names.of(lab.home).namespace, *words], check=True)


def narrow(lab: NodesLab) -> Callable[[], None]:
    """A switch whose MTU is too small for large packets."""
    port = names.of(lab.home).port("node-2")
    segment(lab, "link", "set", port, "mtu", "1500")
    return lambda: segment(lab, "link", "set", port, "mtu", str(network.MTU))


def test_a_switch_with_a_small_mtu_is_told(lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path) -> None:
    mend = narrow(lab)
    try:
        with pytest.raises(Failure) as failed:
            run(replace(only(job(lab), tmp_path, "reachability"), limit=""))
    finally:
        mend()
    assert "Packets of 9000 bytes do not pass from node-1 to node-2" in failed.value.cause
    assert failed.value.field == "l3out.mtu"


def test_a_name_server_that_is_silent_is_told(lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path) -> None:
    dns = {"servers": ["198.18.0.99"], "domain": "lab.example"}
    with pytest.raises(Failure) as failed:
        run(only(job(lab, dns=dns), tmp_path, "reachability"))
    assert failed.value.cause.startswith("dns 198.18.0.99 is reached by no machine")
    assert failed.value.field == "cluster.dns.servers"


def test_a_mirror_with_another_key_is_not_trusted(lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path) -> None:
    with pytest.raises(Failure) as failed:
        run(only(job(lab, apt_mirror_key=None), tmp_path, "packages"))
    assert failed.value.field == "cluster.apt_mirror_key", failed.value
    run(only(job(lab), tmp_path, "packages"))


def test_a_wrong_key_is_told_with_its_remedy(lab: NodesLab, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    with pytest.raises(Failure) as failed:
        run(replace(job(lab), ssh_key=(tmp_path / "other").read_text()))
    assert failed.value.what == "node-1 refuses the ssh sign-in."
    assert failed.value.field == "machines.ssh_key"


def test_another_host_key_than_the_known_one_is_refused(lab: NodesLab, tmp_path: Path) -> None:
    keys = {state.machine.v4: state.host_key for state in machines.list(lab.home)}
    swapped = {f"{lab.net}.1": keys[f"{lab.net}.2"], f"{lab.net}.2": keys[f"{lab.net}.1"]}
    with pytest.raises(Failure, match="another ssh host key"):
        run(replace(only(job(lab), tmp_path, "swap"), host_keys=swapped, home=tmp_path / "cluster"))


def test_known_host_keys_are_accepted_strictly_and_nothing_else_is_kept(
    lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path
) -> None:
    keys = {state.machine.v4: state.host_key for state in machines.list(lab.home)}
    run(replace(only(job(lab), tmp_path, "swap"), host_keys=keys, home=tmp_path / "cluster"))
    assert sorted(path.name for path in (tmp_path / "cluster").rglob("*")) == ["jobs", "known_hosts"]
    assert (tmp_path / "cluster").stat().st_mode & 0o777 == 0o700


def test_the_key_is_in_no_argument_and_no_line(lab: NodesLab, first: tuple[Outcome, Told], tmp_path: Path) -> None:
    secret = lab.private_key.splitlines()[2]
    seen: list[str] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.extend(_arguments())
            time.sleep(0.3)

    watcher = threading.Thread(target=watch)
    watcher.start()
    told = Told()
    try:
        run(only(job(lab), tmp_path, "swap", "names"), told)
    finally:
        done.set()
        watcher.join()
    assert any("ansible-playbook" in line for line in seen)
    assert not any(secret in line for line in (*seen, told.text))


def _arguments() -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append(
                (process / "cmdline").read_text().replace("\0", " ") + (process / "environ").read_text(errors="replace")
            )
        except OSError:
            continue
    return found


def of_home(home: Path) -> list[str]:
    """Programs that work for a cluster's directory."""
    return [line for line in _arguments() if str(home) in line.split("PATH=")[0]]


def test_a_run_ends_soon_after_it_was_asked_to(lab: NodesLab) -> None:
    stop, wanted = Stop(), job(lab)
    threading.Timer(3.0, stop.ask).start()
    began = time.monotonic()
    with pytest.raises(Ended):
        run(wanted, stop=stop)
    assert time.monotonic() - began < 10
    assert list((wanted.home / "jobs").iterdir()) == []


WORKER = """
import json, sys
from pathlib import Path
from webui.runs.playbook import Job, run_playbook
from webui.runs.stop import Stop
given = json.load(sys.stdin)
job = Job("hosts.yml", given["inventory"], Path(given["home"]), ssh_key=given["key"])
run_playbook(job, lambda level, text, progress: print(text, flush=True), Stop())
"""


def test_a_killed_worker_leaves_no_ansible_and_the_next_job_clears_its_secrets(lab: NodesLab, tmp_path: Path) -> None:
    import json

    wanted = replace(job(lab), home=tmp_path / "cluster")
    given = {"inventory": wanted.inventory, "home": str(wanted.home), "key": wanted.ssh_key}
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER], cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(json.dumps(given))
    worker.stdin.close()
    for _ in range(4):
        worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    deadline = time.monotonic() + 10
    while (
        left := [line for line in of_home(wanted.home) if "ansible-playbook" in line]
    ) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    (job_left,) = (wanted.home / "jobs").iterdir()
    sockets = (job_left / "sockets").resolve()
    assert sockets.name.startswith("anchorage-ssh-")
    assert sockets.is_dir()
    with pytest.raises(Ended):
        stop = Stop()
        stop.ask()
        run(wanted, stop=stop)
    assert list((wanted.home / "jobs").iterdir()) == []
    assert not sockets.exists()


def test_a_machine_killed_during_the_stage_is_told_and_a_resumed_run_ends_well(lab: NodesLab) -> None:
    told = Told()
    seen = threading.Event()

    def listen(level: str, text: str, progress: Progress) -> None:
        told(level, text, progress)
        if text.startswith("Give the machines") and not seen.is_set():
            seen.set()
            machines.stop(lab.home, "node-2")

    with pytest.raises(Failure) as failed:
        run_playbook(job(lab), listen, Stop())
    assert failed.value.what == "node-2 cannot be reached by ssh.", failed.value
    assert failed.value.retry
    machines.start(lab.home, lab.machine(2))
    assert run(job(lab)).data["reachability"]["causes"] == []
    assert lab.ssh(f"{lab.net}.2", "cat /proc/sys/net/ipv4/ip_forward") == "1"
