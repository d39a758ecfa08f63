"""From a spec to machines that are ready and back, on the whole lab: real Terraform, Ansible, ssh and Linux."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.machines import cgroups, names
from tests.nodes_lab import new_key
from tests.vcenter_lab import named, signed_in
from tests.whole_lab import Whole, groups, stages

pytestmark = pytest.mark.job


def die(site: Whole, machine: str) -> None:
    """As when its host fails: no shutdown, no word to vCenter."""
    cgroups.kill(names.of(site.lab_home).cgroup, machine)


def power_cycle(site: Whole, machine: str) -> None:
    """What a person does in the vSphere client."""
    vcenter = site.site.vcenter
    assert vcenter is not None
    with signed_in(vcenter) as content:
        found = named(content, vim.VirtualMachine, machine)
        WaitForTask(found.PowerOffVM_Task())
        WaitForTask(found.PowerOnVM_Task())
    until = time.monotonic() + 30
    while machine not in site.running():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.timeout(900)
def test_a_full_datastore_and_a_machine_killed_while_it_is_prepared_are_cards_and_resume_goes_on(site: Whole) -> None:
    """Fault rules of the simulated vCenter let clones fail; only one machine, so that it is quick."""
    vcenter = site.site.vcenter
    assert vcenter is not None
    site.spec["machines"]["control_plane"] = site.spec["machines"]["control_plane"][:1]
    site.spec["machines"]["workers"] = []
    rule = '[{"method": "CloneVM_Task", "error": "NoDiskSpace", "message": "Insufficient disk space on datastore."}]'
    vcenter.faults.write_text(rule)
    failed = site("apply", "SPEC", "--yes", "-q")
    assert failed.exit_code == 1 and "The datastore is full." in failed.stderr, failed.output
    assert "Free some room" in failed.stderr
    states = stages(site)
    assert (states["fabric"], states["machines"], states["hosts"]) == ("done", "failed", "waiting")
    vcenter.faults.unlink()
    time.sleep(1.1)  # the simulator compares the file's time of change
    kill_while_it_is_prepared(site, "k8s-cp-1")
    power_cycle(site, "k8s-cp-1")
    assert site.json("resume", "k8s-dc1")["state"] == "succeeded"
    assert site.json("plan", "SPEC", code=0)["changes"] is False
    a_worker_more_is_one_machine_and_one_less_again(site)
    site.json("destroy", "SPEC", "--yes")


def a_worker_more_is_one_machine_and_one_less_again(site: Whole) -> None:
    site.spec["machines"]["workers"] = [{"name": "k8s-w-1", "v4": f"{site.net}.4", "rack": "r2"}]
    more = site.json("apply", "SPEC", "--yes")
    assert more["diff"]["summary"]["add"] == 1 and more["diff"]["summary"]["destroy"] == 0
    assert site.running() == {"k8s-cp-1", "k8s-w-1"} and set(more["outputs"]["hosts"]["machines"]) == site.running()
    assert site.json("plan", "SPEC", code=0)["changes"] is False
    site.spec["machines"]["workers"] = []
    less = site.json("apply", "SPEC", "--yes")
    assert groups(less["diff"], "machines") == ["k8s-w-1 is removed"] and groups(less["diff"], "fabric") == []
    assert site.running() == {"k8s-cp-1"} and set(less["outputs"]["machines"]) == {"k8s-cp-1"}


def kill_while_it_is_prepared(site: Whole, machine: str) -> None:
    command = site.start("resume", "k8s-dc1")
    wait_until_said(site, command, "All machines stand in /etc/hosts")
    die(site, machine)
    assert command.wait(90) == 1, site.said()[-2000:]
    assert f"{machine} cannot be reached by ssh" in site.said() and "Then resume." in site.said()
    assert stages(site)["hosts"] == "failed"


def wait_until_said(site: Whole, command: subprocess.Popen[bytes], words: str) -> None:
    until = time.monotonic() + 90
    while words not in site.said():
        assert command.poll() is None and time.monotonic() < until, site.said()[-2000:]
        time.sleep(0.05)


def test_what_vcenter_lacks_is_said_before_anything_is_made(site: Whole) -> None:
    for field, value, words in (
        ("template", "debian-12-without-tools", "VMware Tools"),
        ("datastore", "ds-k8s-nearly-full", "GiB free"),
        ("port_group", "k8s-vlan-311", "VLAN 311"),
        ("datacenter", None, "Data centre: it is missing"),
    ):
        good = site.spec["vcenter"][field]
        site.spec["vcenter"][field] = value
        refused = site("plan", "SPEC", "-q")
        assert refused.exit_code == 1 and words in refused.stderr, refused.output
        site.spec["vcenter"][field] = good
    vcenter = site.site.vcenter
    assert vcenter is not None
    site.spec["vcenter"] |= {"user": vcenter.reader, "password": "not-the-password"}
    refused = site("plan", "SPEC", "-q")
    assert refused.exit_code == 1 and "vCenter refused the sign-in." in refused.stderr, refused.output
    assert "not-the-password" not in refused.output
    site.spec["vcenter"]["password"] = vcenter.reader_password
    refused = site("plan", "SPEC", "-q")
    assert "VirtualMachine.Inventory.CreateFromExisting" in refused.stderr, refused.output
    assert not list(site.home.glob("clusters/*/fabric/code")) and site.running() == set()


@pytest.mark.timeout(600)
def test_given_machines_are_prepared_and_a_wrong_key_and_a_killed_command_are_no_end(
    site: Whole, tmp_path: Path
) -> None:
    """Mode bare-metal: no Terraform for machines, the same playbooks."""
    from lab import machines

    private, public = new_key(tmp_path)
    (tmp_path / "other").mkdir()
    wrong, _ = new_key(tmp_path / "other")
    machines.start(
        site.lab_home,
        machines.Machine("metal-1", "00:50:56:00:00:01", f"{site.net}.1", 24, f"{site.net}.253",
                         ssh_public_keys=(public,), user="anchorage"),
    )  # fmt: skip
    section = site.spec["machines"]
    section["control_plane"] = [{"name": "metal-1", "v4": f"{site.net}.1", "rack": "r1"}]
    section["workers"], section["ssh_key"], site.spec["mode"] = [], wrong, "bare-metal"
    failed = site("apply", "SPEC", "--yes", "-q")
    assert failed.exit_code == 1 and "metal-1 refuses the ssh sign-in." in failed.stderr, failed.output
    assert stages(site)["machines"] == "skipped" and not list(site.home.glob("clusters/*/machines"))
    section["ssh_key"] = private
    assert "Prepares the machine metal-1." in site.json("plan", "SPEC", code=2)["diff"]["sentence"]
    kill_in_the_hosts_stage(site)
    assert site.json("resume", "k8s-dc1")["state"] == "succeeded"
    assert site.json("plan", "SPEC", code=0)["changes"] is False
    assert site.holding(private.splitlines()[3].encode()) == []


def kill_in_the_hosts_stage(site: Whole) -> None:
    command = site.start("apply", "SPEC", "--yes")
    wait_until_said(site, command, "All machines stand in /etc/hosts")
    assert ansible_of(site)
    command.send_signal(signal.SIGKILL)
    command.wait(5)
    until = time.monotonic() + 10
    while left := ansible_of(site):
        assert time.monotonic() < until, left
        time.sleep(0.1)


def ansible_of(site: Whole) -> list[str]:
    """Command lines of Ansible's processes for this home."""
    return [line for line in map(command_line, psutil.pids()) if str(site.home) in line and "ansible-playbook" in line]


def command_line(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""
