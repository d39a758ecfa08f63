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

from lab import whole
from lab.machines import cgroups, names
from tests.nodes_lab import new_key, traces
from tests.vcenter_lab import inventory, named, signed_in
from tests.whole_lab import Whole, groups

pytestmark = pytest.mark.job
FIVE = {"k8s-cp-1", "k8s-cp-2", "k8s-cp-3", "k8s-w-1", "k8s-w-2"}
OUT = "uni/tn-k8s-prod/out-k8s-dc1"


def stages(site: Whole) -> dict[str, str]:
    """State of each stage of the newest run."""
    from webui.cli.programme import open_home
    from webui.store.models import Run

    with open_home().sessions() as db:
        run = db.query(Run).order_by(Run.id.desc()).first()
        assert run is not None
        return {stage.name: stage.state for stage in run.stages}


def timed(text: str, began: float) -> None:
    print(f"{text}: {time.monotonic() - began:.0f} s")


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
def test_from_the_example_to_prepared_machines_and_back_to_nothing(site: Whole) -> None:
    vcenter = site.site.vcenter
    assert vcenter is not None
    before = inventory(vcenter)
    began = time.monotonic()
    applied = site.json("apply", "SPEC", "--yes")
    timed("applied", began)
    assert applied["diff"]["sentence"] == (
        "Adds an L3Out with 3 anchor leaves; changes nothing that exists. Makes 5 machines. Prepares 5 machines."
    )
    outputs = applied["outputs"]
    assert outputs["l3out_dn"] == OUT and set(outputs["machines"]) == FIVE == site.running()
    assert {one["address"] for one in outputs["machines"].values()} == {f"{site.net}.{n}" for n in range(1, 6)}
    matrix = outputs["hosts"]["reachability"]
    assert set(matrix["rows"]) == FIVE and matrix["causes"] == []
    assert {cell for row in matrix["cells"].values() for cell in row.values()} == {"ok"}
    assert [stages(site)[name] for name in ("preflight", "fabric", "machines", "hosts", "verify")] == [
        "done", "done", "done", "done", "to-come",
    ]  # fmt: skip
    assert site.json("plan", "SPEC", code=0)["changes"] is False

    site.spec["machines"]["workers"].append({"name": "k8s-w-3", "v4": f"{site.net}.6", "rack": "r2"})
    planned = site.json("plan", "SPEC", code=2)["diff"]
    assert groups(planned, "machines") == [f"k8s-w-3 is added: 2 CPUs, 4 GiB, {site.net}.6"]
    assert groups(planned, "fabric") == []
    assert planned["sentence"] == "Makes the machine k8s-w-3. Prepares the machine k8s-w-3."
    began = time.monotonic()
    gone = site.json("destroy", "SPEC", "--yes")
    timed("destroyed", began)
    assert gone["diff"]["sentence"].startswith("Removes 5 machines.")
    assert inventory(vcenter) == before and site.running() == set()
    assert not list((site.home / "clusters").iterdir())
    whole.down(site.lab_home)
    assert traces(site.lab_home) == set()


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
    secret = private.splitlines()[3].encode()
    leaked = [path for path in site.home.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert leaked == []


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
