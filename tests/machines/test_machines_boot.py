"""Real machines: booted, reached, powered off, destroyed."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab import machines
from lab.machines import lifecycle, network
from lab.machines.files import read_json
from tests.nodes_lab import NodesLab, nodes_lab

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lab() -> Iterator[NodesLab]:
    with nodes_lab(ipv6=True) as up:
        yield up


def test_five_machines_at_once_answer(lab: NodesLab) -> None:
    began = time.monotonic()
    booted = lab.boot(1, 2, 3, 4, 5)
    took = time.monotonic() - began
    print(f"five machines booted in {took:.1f} s")
    assert took < 60
    assert {lab.ssh(one.v4, "hostname") for one in booted} == {one.name for one in booted}
    assert [state.running for state in machines.list(lab.home)] == [True] * 5


def test_machines_are_told_apart(lab: NodesLab) -> None:
    lab.boot(1, 2)
    found = [lab.ssh(f"{lab.net}.{number}", "cat /etc/machine-id /sys/class/net/ens192/address") for number in (1, 2)]
    assert len(set("\n".join(found).split())) == 4
    keys = {state.host_key for state in machines.list(lab.home)}
    assert len(keys) == len(machines.list(lab.home))


def test_the_host_key_is_the_one_that_the_lab_knows(lab: NodesLab) -> None:
    (one,) = lab.boot(1)
    seen = subprocess.run(["ssh-keyscan", "-t", "ed25519", one.v4], capture_output=True, text=True, check=True).stdout
    known = next(state.host_key for state in machines.list(lab.home) if state.machine.name == one.name)
    assert seen.split()[1:3] == known.split()


def test_names_time_and_packages_are_served(lab: NodesLab) -> None:
    lab.boot(1, 2)
    first = f"{lab.net}.1"
    assert f"{lab.net}.2" in lab.ssh(first, "resolvectl --no-pager query node-2.lab.example")
    assert network.NTP in lab.ssh(first, "resolvectl --no-pager query ntp.lab.example")
    get = f"import urllib.request as r; print(r.urlopen('http://{network.MIRROR}/dists/bookworm/InRelease').status)"
    assert lab.ssh(first, f'python3 -c "{get}"') == "200"


def test_there_is_no_way_out_of_the_lab(lab: NodesLab) -> None:
    lab.boot(1)
    said = lab.ssh(f"{lab.net}.1", "ping -c1 -W1 192.0.2.1 || echo no way; ip route show default")
    assert "no way" in said
    assert said.endswith(f"via {lab.gateway} dev ens192 proto static")


def test_a_machine_does_not_touch_the_hosts_settings(lab: NodesLab) -> None:
    lab.boot(1)
    places = ["/proc/sys/vm/overcommit_memory", "/proc/sys/fs/inotify/max_user_watches", "/proc/sys/kernel/panic"]
    before = [Path(place).read_text() for place in places]
    written = "sudo sysctl -qw vm.overcommit_memory=2 fs.inotify.max_user_watches=777777 kernel.panic=77"
    assert lab.ssh(f"{lab.net}.1", f"{written} && cat {' '.join(places)}").split() == ["2", "777777", "77"]
    assert [Path(place).read_text() for place in places] == before
    assert lab.ssh(f"{lab.net}.1", "sudo swapon --show; sudo date -s '2020-01-01' || echo refused").endswith("refused")


def test_a_kubelet_can_make_control_groups(lab: NodesLab) -> None:
    lab.boot(1)
    where = "/sys/fs/cgroup" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "/sys/fs/cgroup/memory"
    made = f"sudo mkdir {where}/kubepods && ls -d {where}/kubepods && sudo rmdir {where}/kubepods"
    assert lab.ssh(f"{lab.net}.1", made) == f"{where}/kubepods"
    assert not Path(where, "kubepods").exists()


def test_ipv6_is_routed_too(lab: NodesLab) -> None:
    machine = lab.machine(6, v6="2001:2:0:8::6", gateway_v6="2001:2:0:8::fe")
    machines.start(lab.home, machine)
    lifecycle.wait_for_ssh("2001:2:0:8::6", lambda: True, patience=30)


def test_a_disk_survives_power_off_and_not_destruction(lab: NodesLab) -> None:
    machine = lab.machine(7)
    machines.start(lab.home, machine)
    lab.ssh(machine.v4, "echo kept | sudo tee /root/note; sync")
    machines.stop(lab.home, machine.name)
    assert [state.running for state in machines.list(lab.home) if state.machine == machine] == [False]
    machines.start(lab.home, machine)
    assert lab.ssh(machine.v4, "sudo cat /root/note") == "kept"
    machines.destroy(lab.home, machine.name)
    assert machine.name not in {state.machine.name for state in machines.list(lab.home)}
    machines.start(lab.home, machine)
    assert lab.ssh(machine.v4, "sudo cat /root/note || echo gone").endswith("gone")


def hook(lab: NodesLab, event: str, vm: str, config: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "LAB_EVENT": event, "LAB_VM": vm, "LAB_UUID": "42", "LAB_MAC": "00:50:56:00:01:0A"}
    line = [sys.executable, "-m", "lab.machines", "hook", "--home", str(lab.home)]
    return subprocess.run(
        line, input=json.dumps(config), env=environ, cwd=ROOT, capture_output=True, text=True, check=False
    )


def guestinfo(lab: NodesLab, address: str) -> dict[str, str]:
    ethernet = {
        "match": {"name": "en*"},
        "addresses": [f"{address}/24"],
        "routes": [{"to": "default", "via": lab.gateway}],
    }
    metadata = {"local-hostname": "from-vcenter", "network": {"version": 2, "ethernets": {"nic": ethernet}}}
    userdata = {"users": [{"name": "ops", "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [lab.public_key]}]}
    found = {}
    for key, value in (
        ("metadata", yaml.safe_dump(metadata)),
        ("userdata", "#cloud-config\n" + yaml.safe_dump(userdata)),
    ):
        found[f"guestinfo.{key}"] = base64.b64encode(gzip.compress(value.encode())).decode()
        found[f"guestinfo.{key}.encoding"] = "gzip+base64"
    return found


def test_the_hook_boots_what_guestinfo_asks_for_and_prints_where(lab: NodesLab) -> None:
    done = hook(lab, "poweredon", "vm-1", guestinfo(lab, f"{lab.net}.10"))
    assert (done.returncode, done.stdout) == (0, f"{lab.net}.10/24 {lab.gateway}\n"), done.stderr
    assert lab.ssh(f"{lab.net}.10", "hostname; sudo id -u", user="ops").split() == ["from-vcenter", "0"]
    assert hook(lab, "poweredoff", "vm-1", {}).returncode == 0
    assert hook(lab, "destroyed", "vm-1", {}).returncode == 0
    assert "vm-1" not in {state.machine.name for state in machines.list(lab.home)}


def test_the_hook_fails_in_a_sentence(lab: NodesLab) -> None:
    done = hook(lab, "poweredon", "vm-2", {})
    assert done.returncode == 1
    assert (
        done.stderr == "guestinfo.metadata has no network: a machine of the lab needs a static address (version 2).\n"
    )
    assert not (lab.home / "machines/vm-2").exists()


def test_a_machine_that_does_not_boot_says_so_and_leaves_nothing_running(lab: NodesLab) -> None:
    machine = lab.machine(8)
    namespace = Path("/run/netns")
    before = set(namespace.iterdir())
    broken = read_json(lab.home / "base.json")
    (lab.home / "base.json").write_text(json.dumps({**broken, "base": str(lab.home / "empty")}))
    (lab.home / "empty/etc").mkdir(parents=True)
    try:
        with pytest.raises(machines.LabError):
            machines.start(lab.home, machine)
    finally:
        (lab.home / "base.json").write_text(json.dumps(broken))
    assert set(namespace.iterdir()) == before
    machines.destroy(lab.home, machine.name)
