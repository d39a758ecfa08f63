"""The simulated vCenter as a process: started once, found again, ended; for this machine alone."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import stat
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from pyVmomi import vim

from lab.vcenter import site
from lab.vcenter.site import VCenterError, VCenterSite
from tests.vcenter_fixtures import CACHE, StartVCenter
from tests.vcenter_lab import signed_in


def test_it_is_found_again_and_started_only_once(start_vcenter: StartVCenter, tmp_path: Path) -> None:
    first = start_vcenter()
    assert start_vcenter() == first == site.status(tmp_path / "lab")
    site.down(tmp_path / "lab")
    assert site.status(tmp_path / "lab") is None
    assert not psutil.pid_exists(first.pid)
    again = start_vcenter()
    assert (again.address, again.user, again.password) == (first.address, first.user, first.password)


def test_a_warm_start_is_quick_and_leaves_no_files_behind(start_vcenter: StartVCenter, tmp_path: Path) -> None:
    start_vcenter()
    site.down(tmp_path / "lab")
    assert not (tmp_path / "lab" / "vcenter" / "datastores").exists()
    began = time.monotonic()
    start_vcenter()
    # Under a second on a machine that does nothing else; a build takes half a minute there.
    assert time.monotonic() - began < 20


def test_a_process_that_was_given_the_pid_later_is_not_ended(start_vcenter: StartVCenter, tmp_path: Path) -> None:
    running = start_vcenter()
    record = tmp_path / "lab" / "vcenter" / "process.json"
    kept = record.read_text()
    record.write_text(json.dumps({**json.loads(kept), "pid": os.getpid()}))
    assert site.status(tmp_path / "lab") is None
    site.down(tmp_path / "lab")
    assert psutil.pid_exists(running.pid)
    record.write_text(kept)


def test_passwords_are_for_its_owner_alone(vcenter: VCenterSite, tmp_path: Path) -> None:
    place = tmp_path / "lab" / "vcenter"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "users.json").stat().st_mode) == 0o600
    assert vcenter.password not in " ".join(psutil.Process(vcenter.pid).cmdline())
    assert vcenter.password not in repr(vcenter)


def test_every_reply_and_its_name_say_that_it_is_simulated(vcenter: VCenterSite) -> None:
    host, _, port = vcenter.address.partition(":")
    context = ssl.create_default_context(cadata=vcenter.ca_pem)
    connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=5)
    connection.request("GET", "/sdk/vimServiceVersions.xml")
    assert connection.getresponse().headers["X-Anchorage-Lab"] == "vcenter-simulator"
    connection.close()
    with signed_in(vcenter) as content:
        assert "Anchorage lab: simulated" in content.about.fullName
        assert content.about.version == "8.0.3"


def test_a_wrong_password_is_refused(vcenter: VCenterSite) -> None:
    with pytest.raises(vim.fault.InvalidLogin), signed_in(vcenter, password="wrong"):
        pass
    with pytest.raises(vim.fault.InvalidLogin), signed_in(vcenter, user="nobody@vsphere.local"):
        pass


def test_it_serves_loopback_alone(tmp_path: Path, start_vcenter: StartVCenter) -> None:
    start_vcenter()
    place = tmp_path / "lab" / "vcenter"
    files = ["-inventory", str(site.INVENTORY), "-users", str(place / "users.json")]
    server = str(tmp_path / "lab" / "apic" / "server.pem")
    program = str(site.build(CACHE, print))
    done = subprocess.run(
        [program, *files, "-cert", server, "-key", server, "-listen", "0.0.0.0:0"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "serves this machine alone" in done.stderr


def test_a_broken_inventory_is_told(start_vcenter: StartVCenter, tmp_path: Path) -> None:
    broken = tmp_path / "inventory.json"
    broken.write_text('{"datacenters": []}')
    with pytest.raises(VCenterError, match="has no data centre"):
        start_vcenter(inventory=broken)
