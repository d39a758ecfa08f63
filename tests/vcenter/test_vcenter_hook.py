"""The power hook: how the simulated vCenter and the lab's machines speak with each other."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.vcenter import site
from lab.vcenter.site import VCenterSite
from tests.machines_root import machine
from tests.vcenter_fixtures import MakeMachines, StartVCenter
from tests.vcenter_lab import at, named, signed_in

RECORD = """\
import json, os, sys
event = {key: value for key, value in os.environ.items() if key.startswith("LAB_")}
with open(sys.argv[1], "a") as log:
    log.write(json.dumps({**event, "extra": json.load(sys.stdin)}) + "\\n")
"""
"""What a hook does in these tests: one line of JSON for each event."""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return tmp_path / "events"


@pytest.fixture
def record(tmp_path: Path, events: Path) -> str:
    """Shell command that records an event."""
    script = tmp_path / "record.py"
    script.write_text(RECORD)
    return f"python3 {script} {events}"


def seen(events: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in events.read_text().splitlines()] if events.exists() else []


def eventually(what: Any, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def clone(content: Any, name: str, *, on: bool = True) -> Any:
    """A clone of the Debian template with a fixed address."""
    template = named(content, vim.VirtualMachine, "debian-12-cloud")
    adapter = vim.vm.customization.IPSettings(
        ip=vim.vm.customization.FixedIp(ipAddress="198.18.2.9"), subnetMask="255.255.255.0", gateway=["198.18.2.253"]
    )
    custom = vim.vm.customization.Specification(
        identity=vim.vm.customization.LinuxPrep(
            hostName=vim.vm.customization.FixedName(name=name), domain="dc1.example.net"
        ),
        globalIPSettings=vim.vm.customization.GlobalIPSettings(),
        nicSettingMap=[vim.vm.customization.AdapterMapping(adapter=adapter)],
    )
    spec = vim.vm.CloneSpec(
        location=vim.vm.RelocateSpec(pool=named(content, vim.ResourcePool, "k8s")),
        powerOn=on,
        template=False,
        customization=custom,
    )
    WaitForTask(template.CloneVM_Task(folder=at(content, "/DC1/vm/kubernetes"), name=name, spec=spec))
    return named(content, vim.VirtualMachine, name)


def test_terraform_gets_the_address_that_the_machine_has(
    start_vcenter: StartVCenter, make_machines: MakeMachines, vcenter: VCenterSite, record: str, events: Path
) -> None:
    site.down(vcenter.log.parent.parent)
    booted = start_vcenter(hook=f"{record}; test $LAB_EVENT = poweredon && echo 198.18.2.77/24 198.18.2.253 || true")
    root = make_machines(booted, machines={"k8s-w-1": machine("workers", 4)})
    root.apply()
    assert root.machines()["k8s-w-1"]["address"] == "198.18.2.77"
    assert root.changes_nothing()
    root.destroy()
    eventually(lambda: len(seen(events)) == 3)
    on, off, gone = seen(events)
    assert [each["LAB_EVENT"] for each in (on, off, gone)] == ["poweredon", "poweredoff", "destroyed"]
    assert on["LAB_VM"] == gone["LAB_VM"] == "k8s-w-1"
    assert on["LAB_MAC"].startswith("00:50:56:")
    assert on["LAB_UUID"] == gone["LAB_UUID"]
    assert (on["LAB_ADDRESS"], on["LAB_GATEWAY"]) == ("198.18.2.4/24", "198.18.2.253")
    metadata = json.loads(base64.b64decode(on["extra"]["guestinfo.metadata"]))
    assert metadata["local-hostname"] == "k8s-w-1"
    assert metadata["network"]["ethernets"]["nic0"]["addresses"] == ["198.18.2.4/24"]
    userdata = base64.b64decode(on["extra"]["guestinfo.userdata"]).decode()
    assert userdata.startswith("#cloud-config\n")
    assert "ssh-ed25519" in userdata


def test_without_a_hook_the_asked_for_address_is_reported_as_simulated(vcenter: VCenterSite) -> None:
    with signed_in(vcenter) as content:
        made = clone(content, "m1")
        eventually(lambda: made.guest.ipAddress == "198.18.2.9")
        assert "simulated" in made.guest.guestFullName
        routes = made.guest.ipStack[0].ipRouteConfig.ipRoute
        assert ("0.0.0.0", "198.18.2.253") in [(route.network, route.gateway.ipAddress) for route in routes]


def test_a_failing_hook_reports_no_address(start_vcenter: StartVCenter, record: str, events: Path) -> None:
    vcenter = start_vcenter(hook=f"{record}; exit 3")
    with signed_in(vcenter) as content:
        made = clone(content, "m1")
        eventually(lambda: "exit status 3" in vcenter.log.read_text())
        assert len(seen(events)) == 1
        assert made.guest.toolsRunningStatus == "guestToolsNotRunning"
        assert made.guest.ipStack == []


def test_a_power_off_ends_a_boot_that_is_under_way(start_vcenter: StartVCenter, record: str, events: Path) -> None:
    vcenter = start_vcenter(hook=f"{record}; test $LAB_EVENT = poweredon && sleep 600; true")
    with signed_in(vcenter) as content:
        made = clone(content, "m1")
        eventually(lambda: len(seen(events)) == 1)
        WaitForTask(made.PowerOffVM_Task())
        eventually(lambda: [each["LAB_EVENT"] for each in seen(events)] == ["poweredon", "poweredoff"])
        assert "sleep" not in programs_below(vcenter.pid)


def programs_below(pid: int) -> list[str]:
    """Names of the processes that a process has started, and of theirs."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ends while we look
            found.append(child.name())
    return found


def test_events_of_one_machine_never_overlap(start_vcenter: StartVCenter, record: str, events: Path) -> None:
    vcenter = start_vcenter(hook=f"{record}; test $LAB_EVENT = poweredon || sleep 0.3; echo '{{}}' | {record}")
    with signed_in(vcenter) as content:
        made = clone(content, "m1")
        eventually(lambda: len(seen(events)) == 2)
        WaitForTask(made.PowerOffVM_Task())
        WaitForTask(made.PowerOnVM_Task())
        eventually(lambda: len(seen(events)) == 6)
    names = [each["LAB_EVENT"] for each in seen(events)]
    assert names == ["poweredon"] * 2 + ["poweredoff"] * 2 + ["poweredon"] * 2
