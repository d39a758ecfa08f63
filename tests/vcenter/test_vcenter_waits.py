"""Waiters that share a session do not take each other's news; one that goes away holds nobody up."""

from __future__ import annotations

import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from lab.vcenter.site import VCenterSite
from tests.machines_root import machine
from tests.vcenter_fixtures import MakeMachines
from tests.vcenter_lab import at, named, signed_in


def test_many_waiters_on_one_session_all_hear(vcenter: VCenterSite) -> None:
    """pyvmomi waits on the session's one root collector, as the Terraform provider does."""
    with signed_in(vcenter) as content:
        template = named(content, vim.VirtualMachine, "debian-12-cloud")
        folder, pool = at(content, "/DC1/vm/kubernetes"), named(content, vim.ResourcePool, "k8s")
        spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(pool=pool), powerOn=True, template=False)

        def make(number: int) -> None:
            WaitForTask(template.CloneVM_Task(folder=folder, name=f"m{number}", spec=spec))
            WaitForTask(at(content, f"/DC1/vm/kubernetes/m{number}").PowerOffVM_Task())

        with ThreadPoolExecutor(10) as pool_of_waiters:
            for done in [pool_of_waiters.submit(make, number) for number in range(10)]:
                done.result(timeout=30)


def post(vcenter: VCenterSite, cookie: str, body: str) -> ssl.SSLSocket:
    """A SOAP request whose answer is not awaited."""
    host, _, port = vcenter.address.partition(":")
    context = ssl.create_default_context(cadata=vcenter.ca_pem)
    connection = context.wrap_socket(socket.create_connection((host, int(port)), 5), server_hostname=host)
    envelope = f'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>{body}</Body></Envelope>'
    head = f"POST /sdk HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Length: {len(envelope)}\r\n\r\n"
    connection.sendall((head + envelope).encode())
    return connection


def wait_request(version: str) -> str:
    this = '<_this type="PropertyCollector">propertyCollector</_this>'
    return f'<WaitForUpdates xmlns="urn:vim25">{this}<version>{version}</version></WaitForUpdates>'


def watch(content: Any, what: Any) -> str:
    """A filter on an object's name, and the version after its first news."""
    query = vmodl.query.PropertyCollector
    names = [query.PropertySpec(type=type(what), pathSet=["name"])]
    content.propertyCollector.CreateFilter(
        query.FilterSpec(objectSet=[query.ObjectSpec(obj=what)], propSet=names), True
    )
    return str(content.propertyCollector.WaitForUpdates(None).version)


def test_a_client_that_was_killed_holds_nobody_up(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    with signed_in(vcenter) as content:
        version = watch(content, at(content, "/DC1/vm/kubernetes"))
        cookie = content.propertyCollector._stub.cookie
        gone = [post(vcenter, cookie, wait_request(version)) for _ in range(3)]
        time.sleep(0.2)
        for connection in gone:
            connection.close()
        root = make_machines(machines={"k8s-w-1": machine("workers", 4)})
        root.apply()
        assert root.changes_nothing()

        # The same chain can be waited on again: the killed waits have let go of it.
        again = post(vcenter, cookie, wait_request(version))
        again.settimeout(10)
        at(content, "/DC1/vm/kubernetes").Rename_Task("renamed")
        assert b"renamed" in again.recv(65536)
        again.close()
