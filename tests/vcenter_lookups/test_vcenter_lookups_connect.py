"""Signing in to a vCenter: what is trusted, and what people are told when it fails."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.apic.home import SERVER_PEM
from lab.vcenter.site import VCenterSite
from tests.vcenter_lab import everything
from tests.vcenter_lookups.conftest import now
from webui.lookups.vcenter import VCenterError, connect, read_facts
from webui.lookups.vcenter.api import vim
from webui.lookups.vcenter.connecting import VCenter, split
from webui.lookups.vcenter.errors import (
    BadAddress,
    BadLogin,
    NotAVCenter,
    SessionEnded,
    TimedOut,
    TlsFailure,
    Unreachable,
)
from webui.spec.model.types import Tls
from webui.spec.model.vcenter import VCenter as Section


def section(at: VCenterSite, **changed: Any) -> Section:
    values: dict[str, Any] = {"address": at.address, "user": at.user, "tls": Tls(ca=at.ca_pem)} | changed
    return Section.model_construct(**values)


def test_it_signs_in_with_the_pinned_authority(looked_at: VCenterSite) -> None:
    with connect(section(looked_at), looked_at.password) as vcenter:
        assert vcenter.version == "8.0.3"
        assert vcenter.simulated
        assert vcenter.address == looked_at.address
        assert abs(vcenter.clock_skew(now)) < 5


def test_the_lab_needs_no_address_and_no_password(looked_at: VCenterSite) -> None:
    with connect(Section(), "", looked_at) as vcenter:
        assert vcenter.target.user == looked_at.user


def test_the_lab_takes_another_of_its_users(looked_at: VCenterSite) -> None:
    with connect(Section(user=looked_at.reader), looked_at.reader_password, looked_at) as vcenter:
        assert vcenter.target.user == looked_at.reader


def test_a_wrong_password_is_told_without_repeating_it(looked_at: VCenterSite) -> None:
    with pytest.raises(BadLogin) as told:
        connect(section(looked_at), "not-the-password")
    assert "user or the password" in str(told.value)
    assert "not-the-password" not in repr(told.value)


def test_a_password_is_not_shown_with_the_target(session: VCenter, looked_at: VCenterSite) -> None:
    assert looked_at.password not in repr(session.target)


def test_it_refuses_a_certificate_that_nobody_pinned(looked_at: VCenterSite) -> None:
    with pytest.raises(TlsFailure, match="Pin the CA"):
        connect(section(looked_at, tls=Tls()), looked_at.password)


def test_unverified_tls_is_the_users_own_choice(looked_at: VCenterSite) -> None:
    with connect(section(looked_at, tls=Tls(verify=False)), looked_at.password) as vcenter:
        assert vcenter.simulated


def test_it_refuses_a_pinned_text_that_is_no_certificate(looked_at: VCenterSite) -> None:
    with pytest.raises(TlsFailure, match="BEGIN and END"):
        connect(section(looked_at, tls=Tls.model_construct(ca="nothing")), looked_at.password)


def test_the_session_ends_with_its_context(looked_at: VCenterSite) -> None:
    with connect(Section(), "", looked_at) as vcenter:
        manager = vcenter.content.sessionManager
        assert manager.currentSession is not None
    with connect(Section(), "", looked_at) as other:
        users = [one.key for one in other.content.sessionManager.sessionList]
    assert vcenter._stub.pool == []
    assert len(users) <= 3, "sessions are left behind"


def test_a_session_that_was_ended_is_told_as_such(looked_at: VCenterSite) -> None:
    with connect(Section(), "", looked_at) as vcenter:
        vcenter.content.sessionManager.Logout()
        with pytest.raises(SessionEnded):
            read_facts(vcenter, now)


def test_each_thread_has_a_session_of_its_own(looked_at: VCenterSite) -> None:
    def names(_: int) -> list[str]:
        with connect(Section(), "", looked_at) as vcenter:
            return sorted(each.name for each in everything(vcenter.content, vim.Datacenter))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(names, range(16))) == [["DC1", "DC2"]] * 16


def test_nobody_listens(looked_at: VCenterSite) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(Unreachable, match="No connection to 127"):
            connect(section(looked_at, address=address), "x")


def test_no_answer_in_time(looked_at: VCenterSite) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TimedOut, match="in time"):
            connect(section(looked_at, address=address), "x", timeout=0.3)


def test_an_unknown_name(looked_at: VCenterSite) -> None:
    with pytest.raises(Unreachable, match="DNS"):
        connect(section(looked_at, address="vcenter.invalid"), "x")


def test_it_does_not_speak_tls(looked_at: VCenterSite) -> None:
    with other_server(None, b"") as address, pytest.raises(TlsFailure, match="does not speak TLS"):
        connect(section(looked_at, address=address), "x", timeout=3)


PAGES = {
    "a page": (200, b"<html><body>Hello</body></html>"),
    "no page": (200, b""),
    "bytes": (200, b"\x00\xff\x13"),
    "json": (200, b'{"imdata": []}'),
    "a soap reply of another kind": (
        200,
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x/></s:Body></s:Envelope>',
    ),
    "an error page": (500, b"<html>oops</html>"),
    "not found": (404, b"no"),
}


@pytest.mark.parametrize("page", PAGES)
def test_something_else_answers(page: str, looked_at: VCenterSite, vcenter_certificates: Path) -> None:
    status, body = PAGES[page]
    told = pytest.raises(NotAVCenter, match="not as a vCenter does")
    with other_server(vcenter_certificates / SERVER_PEM, body, status) as address, told:
        connect(section(looked_at, address=address), "x", timeout=3)


def test_a_vcenter_that_starts_up_is_worth_a_retry(looked_at: VCenterSite, vcenter_certificates: Path) -> None:
    refused = pytest.raises(VCenterError, match="not up yet")
    with other_server(vcenter_certificates / SERVER_PEM, b"", 503) as address, refused as told:
        connect(section(looked_at, address=address), "x", timeout=3)
    assert told.value.retryable


def test_a_fault_keeps_vcenters_words(looked_at: VCenterSite, faults: Callable[[str], None]) -> None:
    faults('[{"method": "RetrievePropertiesEx", "error": "NoPermission", "message": "Permission was denied.",'
           ' "details": {"PrivilegeId": "System.Read"}}]')  # fmt: skip
    told = pytest.raises(VCenterError, match=r"lacks the privilege System.Read.*Permission was denied")
    with connect(Section(), "", looked_at) as vcenter, told:
        read_facts(vcenter, now)


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("vc.example.net", ("vc.example.net", 443)),
        ("vc.example.net:8443", ("vc.example.net", 8443)),
        ("2001:db8::1", ("[2001:db8::1]", 443)),
        ("[2001:db8::1]:8443", ("[2001:db8::1]", 8443)),
    ],
)
def test_addresses(address: str, wanted: tuple[str, int]) -> None:
    assert split(address) == wanted


@pytest.mark.parametrize("address", ["https://vc", "vc:0", "vc:70000", "vc/ui", "a b", "", "user@vc", "[::1"])
def test_it_refuses_what_is_no_address(address: str) -> None:
    with pytest.raises(BadAddress):
        split(address)


def test_an_address_is_needed() -> None:
    with pytest.raises(BadAddress, match="No address is given"):
        connect(Section(), "")


@contextmanager
def other_server(certificate: Path | None, body: bytes, status: int = 200) -> Iterator[str]:
    """A server that is no vCenter; without a certificate it does not speak TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None: ...

    server = Quiet(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
