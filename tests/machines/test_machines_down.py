"""Nothing of a lab stays behind, however it ends; two labs do not meet; without root nothing is made."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab import machines
from lab.machines import names, network
from tests.nodes_lab import NodesLab, need_machines, nodes_lab, traces

ROOT = Path(__file__).resolve().parents[2]

STARTER = """
import sys
from pathlib import Path
from lab import machines
machines.start(Path(sys.argv[1]), machines.Machine("killed", "00:50:56:00:00:01", sys.argv[2], 24, sys.argv[3]))
"""


def test_down_leaves_nothing_behind() -> None:
    with nodes_lab() as lab:
        lab.boot(1, 2)
        during = traces(lab.home)
    for kind in ("process", "ip netns", "ip link", "ip route", "/sys/fs/cgroup", "overlay"):
        assert any(kind in line for line in during), kind  # or the comparison would see nothing
    assert traces(lab.home) == set()


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2, 0.3, 0.5])
def test_down_takes_away_what_a_killed_manager_left(moment: float) -> None:
    with nodes_lab() as lab:
        assert kill_while_it_boots(lab, moment) == -signal.SIGKILL
    assert traces(lab.home) == set()


def kill_while_it_boots(lab: NodesLab, moment: float) -> int:
    """Kill a manager `moment` seconds after it began to make a machine."""
    line = [sys.executable, "-c", STARTER, str(lab.home), f"{lab.net}.1", lab.gateway]
    starter = subprocess.Popen(line, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    folder = lab.home / "machines/killed"
    while not folder.exists() and starter.poll() is None:
        time.sleep(0.005)
    time.sleep(moment)
    starter.kill()
    return starter.wait()


def test_a_machine_of_a_killed_manager_can_be_started_again() -> None:
    with nodes_lab() as lab:
        kill_while_it_boots(lab, 0.1)
        machine = lab.machine(1, "killed")
        machines.destroy(lab.home, machine.name)
        machines.start(lab.home, machine)
        assert lab.ssh(machine.v4, "hostname") == "killed"


def test_down_twice_and_down_of_nothing_are_no_errors(tmp_path: Path) -> None:
    need_machines()
    machines.down(tmp_path / "never")
    with nodes_lab() as lab:
        machines.down(lab.home)
        machines.down(lab.home)


def test_two_labs_stand_side_by_side_with_machines_of_the_same_name() -> None:
    with nodes_lab() as one, nodes_lab() as other:
        assert one.net != other.net
        for lab in (one, other):
            machines.start(lab.home, lab.machine(1, "same"))
        machines.down(one.home)
        assert other.ssh(f"{other.net}.1", "hostname") == "same"


def test_a_subnet_of_another_lab_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with nodes_lab() as lab:
        with pytest.raises(machines.LabError, match=r"is routed to another lab .*Take that lab down"):
            network.up(tmp_path, f"{lab.net}.0/25", f"{lab.net}.126")
        assert not Path("/run/netns", names.of(tmp_path).namespace).exists()


def test_the_network_stays_while_machines_use_it() -> None:
    with nodes_lab() as lab:
        network.up(lab.home, f"{lab.net}.0/24", lab.gateway)
        lab.boot(1)
        with pytest.raises(machines.LabError, match="destroy them before"):
            network.up(lab.home, f"{lab.net}.0/25", f"{lab.net}.126")


def test_the_gateway_can_be_left_to_a_leaf() -> None:
    with nodes_lab() as lab:
        shown = ["ip", "-n", names.of(lab.home).namespace, "-br", "address", "show", "dev", names.SEGMENT]
        for held in (False, True):
            network.hold_gateway(lab.home, held=held)
            said = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
            assert (lab.gateway in said) is held


def test_without_root_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("SKIPPED LOUDLY: only root can become nobody")
    line = [sys.executable, "-m", "lab.machines", "up", "--home", str(tmp_path / "lab")]
    line += ["--subnet", "198.18.2.0/24", "--gateway", "198.18.2.254"]
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    done = subprocess.run([*nobody, *line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "The lab's machines and leaves are left out: they need root, and the lab runs without it.\n"
    assert not (tmp_path / "lab").exists()


V2 = """
mount --make-rprivate / && umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup &&
exec "$0" -m pytest -q -p no:cacheprovider tests/machines/test_machines_boot.py -k "kubelet or told_apart"
"""


def test_machines_also_boot_with_cgroup_v2_alone() -> None:
    need_machines()
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        pytest.skip("this host has cgroup v2 alone: all other tests show it")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", V2, sys.executable], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "2 passed" in done.stdout, done.stdout[-2000:] + done.stderr[-500:]
