"""What terraform/machines refuses, and in which words: before anything is made where that can be known."""

from __future__ import annotations

import http.server
import json
import os
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.apic.home import SERVER_PEM
from lab.vcenter.site import VCenterSite
from tests.machines_root import machine
from tests.vcenter_fixtures import MakeMachines
from tests.vcenter_lab import everything, inventory, named, signed_in

ONE = {"k8s-w-1": machine("workers", 4)}


def names(vcenter: VCenterSite) -> set[str]:
    with signed_in(vcenter) as content:
        return {each.name for each in everything(content, vim.VirtualMachine)}


def test_a_machine_of_the_same_name_is_never_adopted(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    with signed_in(vcenter) as content:
        folder = named(content, vim.Folder, "infrastructure")
        template = named(content, vim.VirtualMachine, "debian-12-cloud")
        pool = named(content, vim.ResourcePool, "k8s")
        spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(pool=pool), powerOn=False, template=False)
        WaitForTask(template.CloneVM_Task(folder=folder, name="k8s-w-1", spec=spec))
        before = named(content, vim.VirtualMachine, "k8s-w-1").config.changeVersion
    root = make_machines(machines=ONE, folder={"existing": "infrastructure", "made": []})
    assert "The name 'k8s-w-1' already exists." in root.fails()
    root.destroy()
    with signed_in(vcenter) as content:
        assert named(content, vim.VirtualMachine, "k8s-w-1").config.changeVersion == before


def test_a_folder_that_exists_is_never_adopted(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    before = inventory(vcenter)
    root = make_machines(machines=ONE, folder={"existing": "", "made": ["kubernetes"]})
    assert "already exists" in root.fails()
    root.destroy()
    assert inventory(vcenter) == before


def test_a_template_without_tools_is_told_and_leaves_no_machine(
    vcenter: VCenterSite, make_machines: MakeMachines
) -> None:
    root = make_machines(machines=ONE, template="debian-12-without-tools")
    before = names(vcenter)
    assert "VMware Tools are not installed in the template" in root.fails()
    assert names(vcenter) == before


def test_a_full_datastore_is_told_and_another_one_mends_it(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    root = make_machines(machines=ONE, datastore="ds-k8s-nearly-full")
    assert "Insufficient disk space on datastore 'ds-k8s-nearly-full'." in root.fails()
    root.variables["datastore"] = "ds-k8s"
    root.apply()
    assert root.changes_nothing()
    root.destroy()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"datacenter": "DC9"}, "datacenter 'DC9' not found"),
        ({"compute_cluster": "none"}, "'none' not found"),
        ({"datastore": "none"}, "datastore 'none' not found"),
        ({"port_group": "none"}, "network none not found"),
        ({"template": "none"}, "vm 'none' not found"),
        ({"resource_pool": "none"}, "resource pool 'cluster-k8s/Resources/none' not found"),
        ({"sizes": {"cpus": 2, "memory_mib": 4096, "disk_gib": 10, "linked_clone": False}}, "is smaller than that of"),
        ({"sizes": {"cpus": 2, "memory_mib": 4096, "disk_gib": 60}}, "Leave the disk size of workers empty, or make"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_plan_says_what_is_wrong_before_anything_is_made(
    make_machines: MakeMachines, changed: dict[str, Any], words: str
) -> None:
    if "sizes" in changed:
        changed = {"sizes": dict.fromkeys(("control_plane", "workers"), changed["sizes"])}
    assert words.lower() in make_machines(machines=ONE, **changed).refused().lower()


def test_a_wrong_password_is_told_without_showing_it(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    root = make_machines(machines=ONE)
    root.environ = {**root.environ, "VSPHERE_PASSWORD": "not-the-password"}
    error = root.refused()
    assert "Cannot complete login" in error or "Login failure" in error
    assert "not-the-password" not in error


def test_no_password_is_kept_in_state_or_plan(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    root = make_machines(machines=ONE)
    root.plan()
    root.apply()
    held = b"".join(path.read_bytes() for path in root.folder.iterdir() if path.is_file())
    assert vcenter.password.encode() not in held


class _RealVCenter(http.server.BaseHTTPRequestHandler):
    """Answers the first question of any client as a vCenter that is not the lab's, and remembers what it was sent."""

    sent: list[bytes] = []

    def do_POST(self) -> None:
        self.sent.append(self._chunked())
        body = REAL.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _chunked(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_: object) -> None:
        """Quiet."""


REAL = """<?xml version="1.0"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>
<RetrieveServiceContentResponse xmlns="urn:vim25"><returnval>
<rootFolder type="Folder">group-d1</rootFolder>
<propertyCollector type="PropertyCollector">propertyCollector</propertyCollector>
<about><name>VMware vCenter Server</name><fullName>VMware vCenter Server 8.0.3 build-24022515</fullName>
<vendor>VMware, Inc.</vendor><version>8.0.3</version><build>24022515</build><osType>linux-x64</osType>
<productLineId>vpx</productLineId><apiType>VirtualCenter</apiType><apiVersion>8.0.3.0</apiVersion></about>
<sessionManager type="SessionManager">SessionManager</sessionManager>
</returnval></RetrieveServiceContentResponse></soapenv:Body></soapenv:Envelope>"""


@pytest.fixture
def real_vcenter(vcenter_certificates: Path) -> Iterator[str]:
    """Address of something that looks like a vCenter which is not the lab's."""
    _RealVCenter.sent = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _RealVCenter)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vcenter_certificates / SERVER_PEM)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_stand_in_refuses_a_vcenter_that_is_not_the_labs(real_vcenter: str, make_machines: MakeMachines) -> None:
    if "ANCHORAGE_TEST_VSPHERE_TFRC" in os.environ:
        pytest.skip("this run is on the real provider")
    root = make_machines(machines=ONE)
    root.variables["vcenter"] = {"address": real_vcenter}
    error = root.refused()
    assert "is not the lab's vCenter" in error
    assert _RealVCenter.sent
    assert not any(b"Login" in body or root.environ["VSPHERE_PASSWORD"].encode() in body for body in _RealVCenter.sent)


def test_values_are_checked_before_vcenter_is_asked(make_machines: MakeMachines) -> None:
    root = make_machines(machines={"K8S_1": machine("workers", 4)})
    assert "A host name has 1 to 63 small letters" in root.refused()
    root.variables["machines"] = {"k8s-w-1": {"role": "workers", "v4": "203.0.113.4"}}
    assert "Each machine needs an IPv4 address in the node subnet" in root.refused()
    root.variables["machines"] = json.loads(json.dumps({"k8s-w-1": {"role": "etcd", "v4": "198.18.2.4"}}))
    assert "A machine's role is control_plane or workers" in root.refused()
