"""The session over TLS against the simulated APIC: sign-in, refresh, failover, time-outs, retries."""

import socket
import threading
import time
from contextlib import ExitStack

import pytest

from aci import errors, query
from aci.mo import mo
from aci.session import Password, Retries, Session, Timeouts, Tls
from lab import certificates
from lab.apic.core import Apic
from lab.apic.faults import Rule
from lab.apic.thread import ServedInThread

TENANTS = query.of_class("fvTenant")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def logins(simulator) -> list:
    """Counts sign-ins by a rule that never fails one."""
    rule = Rule(path="aaaLogin", count=100)
    simulator.faults.rules.append(rule)
    return [rule]


def test_it_reads_writes_and_deletes(admin) -> None:
    admin.post("uni/tn-a", mo("fvTenant", mo("fvCtx", name="main"), name="a"))
    found = admin.get_one(query.mo("uni/tn-a", subtree="full", subtree_classes=("fvCtx",)))
    assert found is not None and found.of("fvCtx")[0]["name"] == "main"
    admin.delete("uni/tn-a", "fvTenant")
    admin.delete("uni/tn-a", "fvTenant")
    assert admin.get(query.mo("uni/tn-a")) == []


def test_children_of_a_reply_have_their_dn(admin) -> None:
    found = admin.get_one(query.mo("uni/tn-k8s-prod", subtree="full", subtree_classes=("fvSubnet",)))
    assert {item.dn for item in found.walk() if item.cls == "fvSubnet"} >= {
        "uni/tn-k8s-prod/BD-vmotion/subnet-[198.18.20.1/24]"
    }


def test_it_says_that_it_talks_to_the_lab(admin) -> None:
    assert admin.simulated is None
    admin.login()
    assert admin.simulated is True


def test_a_wrong_password_is_told_at_sign_in_and_not_tried_again(simulator) -> None:
    rule = logins(simulator)[0]
    with simulator.session(password="wrong") as session, pytest.raises(errors.BadLogin) as caught:
        session.login()
    assert not caught.value.retryable
    assert "user name, password and login domain" in caught.value.sentence
    assert rule.count == 99


def test_a_login_domain_is_part_of_the_name(simulator) -> None:
    local = Password("admin", "lab-admin-password", login_domain="local")
    with Session([simulator.address], local, tls=Tls(ca=simulator.ca_pem)) as session:
        session.login()
    other = Password("admin", "lab-admin-password", login_domain="nowhere")
    with Session([simulator.address], other, tls=Tls(ca=simulator.ca_pem)) as session, pytest.raises(errors.BadLogin):
        session.login()


def test_secrets_are_not_in_its_texts() -> None:
    assert "geheim" not in repr(Password("admin", "geheim"))


def test_a_token_is_refreshed_before_it_ends(simulator, admin) -> None:
    rule, refreshes = logins(simulator)[0], Rule(path="aaaRefresh", count=100)
    simulator.faults.rules.append(refreshes)
    admin.get(TENANTS)
    for _ in range(5):
        simulator.clock.forward(500)
        admin.get(TENANTS)
    assert (rule.count, refreshes.count) == (99, 95)


def test_it_signs_in_again_after_a_long_pause(simulator, admin) -> None:
    admin.get(TENANTS)
    simulator.clock.forward(10_000)
    assert len(admin.get(TENANTS)) == 6


def test_a_token_that_the_server_forgot_is_replaced_once(simulator, admin) -> None:
    admin.get(TENANTS)
    simulator.apic.sign_in._tokens.clear()
    assert len(admin.get(TENANTS)) == 6


def test_endless_403_ends_after_three_sends(simulator, admin) -> None:
    rule = Rule(path="/api/node/class", status=403, text="Token was invalid (Error: Token timeout)", count=100)
    simulator.faults.rules.append(rule)
    with pytest.raises(errors.TokenExpired):
        admin.get(TENANTS)
    assert rule.count == 97


def test_failover_to_the_next_controller(simulator) -> None:
    dead = f"127.0.0.1:{closed_port()}"
    known = Password("admin", "lab-admin-password")
    with Session([dead, simulator.address], known, tls=Tls(ca=simulator.ca_pem)) as session:
        assert len(session.get(TENANTS)) == 6
        assert session.address == simulator.address


def test_failover_in_the_middle_signs_in_at_the_other_controller(simulator, server_tls) -> None:
    known = Password("admin", "lab-admin-password")
    with ExitStack() as first:
        other = first.enter_context(ServedInThread(Apic(admin_password="lab-admin-password"), server_tls))
        session = Session([other.address, simulator.address], known, tls=Tls(ca=simulator.ca_pem), retries=Retries(1))
        session.get(TENANTS)
        assert session.address == other.address
    with session:
        assert len(session.get(TENANTS)) == 6
        assert session.address == simulator.address


def test_no_controller_at_all_is_said_with_their_names() -> None:
    dead = [f"127.0.0.1:{closed_port()}" for _ in range(3)]
    with Session(dead, Password("a", "b"), retries=Retries(1)) as session, pytest.raises(errors.Unreachable) as caught:
        session.login()
    assert all(address in caught.value.sentence for address in dead)
    assert caught.value.retryable


def test_four_controllers_are_too_many() -> None:
    with pytest.raises(ValueError, match="1 to 3"):
        Session(["a"] * 4, Password("a", "b"))


def test_a_slow_apic_times_out(simulator) -> None:
    simulator.faults.rules.append(Rule(path="/api/node/class", delay=10.0, count=1))
    with simulator.session(timeouts=Timeouts(5, 2), retries=Retries(1)) as session:
        session.login()
        started = time.monotonic()
        with pytest.raises(errors.TimedOut):
            session.get(TENANTS)
        assert time.monotonic() - started < 8


def test_a_broken_connection_is_tried_again(simulator, admin) -> None:
    simulator.faults.rules.append(Rule(path="/api/node/class", drop=True, count=1))
    assert len(admin.get(TENANTS)) == 6


def test_a_busy_apic_is_tried_again(simulator, admin) -> None:
    simulator.faults.rules.append(Rule(path="/api/mo", method="POST", status=503, count=1))
    admin.post("uni", mo("fvTenant", name="a"))
    assert admin.get(query.mo("uni/tn-a"))


def test_a_creation_is_not_sent_twice_after_an_unclear_failure(simulator, admin) -> None:
    rule = Rule(path="/api/mo", method="POST", status=500, count=5)
    simulator.faults.rules.append(rule)
    with pytest.raises(errors.ServerTrouble):
        admin.post("uni", mo("fvTenant", name="a", status="created"))
    assert rule.count == 4


def test_a_refusal_keeps_the_servers_text_and_is_not_retried(admin) -> None:
    with pytest.raises(errors.Rejected) as caught:
        admin.post("uni", mo("fvTenant", name="a", nonsense="1"))
    assert (caught.value.code, caught.value.status, caught.value.retryable) == ("400", 400, False)
    assert caught.value.text == "unknown attribute 'nonsense' in element 'fvTenant'"


def test_an_unknown_ca_is_refused(simulator) -> None:
    for tls in (Tls(), Tls(ca=another_ca(simulator))):
        with (
            Session([simulator.address], Password("a", "b"), tls=tls) as session,
            pytest.raises(errors.TlsFailure) as caught,
        ):
            session.login()
        assert "not trusted" in caught.value.sentence
        assert not caught.value.retryable


def another_ca(simulator) -> str:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        certificates.make(Path(name) / "ca.pem", Path(name) / "server.pem")
        return (Path(name) / "ca.pem").read_text()


def test_unverified_works_when_chosen(simulator) -> None:
    known = Password("admin", "lab-admin-password")
    with Session([simulator.address], known, tls=Tls(verify=False)) as session:
        assert session.get(TENANTS)


def test_nonsense_as_pinned_ca_is_said() -> None:
    with pytest.raises(errors.TlsFailure, match="not a certificate"):
        Session(["127.0.0.1:1"], Password("a", "b"), tls=Tls(ca="nonsense"))


def test_something_else_on_the_port_is_no_apic() -> None:
    with Apic_less_server() as port:
        plain = Session([f"127.0.0.1:{port}"], Password("a", "b"), tls=Tls(verify=False), retries=Retries(1))
        with plain as session, pytest.raises(errors.TlsFailure, match="does not speak TLS"):
            session.login()


class Apic_less_server:
    """Answers plain HTTP on a port."""

    def __enter__(self) -> int:
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self._socket.getsockname()[1]

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            client.recv(1000)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            client.close()

    def __exit__(self, *_: object) -> None:
        self._socket.close()


@pytest.mark.parametrize("address", ["", "a b", "host/path", "user@host", "host:99999", "https://host", "[::1"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(errors.BadAddress, match="host, or host:port"):
        Session([address], Password("a", "b"))


@pytest.mark.parametrize("address", ["host", "host:8443", "198.18.0.1", "2001:db8::1", "[2001:db8::1]:8443"])
def test_addresses_that_are_taken(address: str) -> None:
    Session([address], Password("a", "b")).close()


def test_an_answer_that_is_no_apics_is_said(simulator, admin) -> None:
    simulator.faults.rules.append(Rule(path="aaaLogin", status=404, text=""))
    with pytest.raises(errors.AciError):
        admin.login()


def test_pages_give_everything_once(admin) -> None:
    admin.post("uni/tn-a", mo("fvTenant", *(mo("fvCtx", name=f"c{n}") for n in range(25)), name="a"))
    asked = query.of_class("fvCtx", within="uni/tn-a", order_by=("fvCtx.name|asc",))
    pages = list(admin.pages(asked, size=10))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({item.dn for page in pages for item in page}) == 25
    assert admin.count(asked) == 25


def test_a_result_that_is_too_big_is_read_by_pages(simulator, admin, monkeypatch) -> None:
    monkeypatch.setattr("lab.apic.errors.LIMIT", 50)
    monkeypatch.setattr("aci.session.PAGE_SIZE", 20)
    assert len(admin.get(query.of_class("fabricPathEp"))) == 64


def test_one_session_serves_many_threads(simulator, admin) -> None:
    rule = logins(simulator)[0]
    found, threads = [], []
    for n in range(8):
        threads.append(
            threading.Thread(target=lambda n=n: found.append(admin.post("uni", mo("fvTenant", name=f"t{n}"))))
        )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and rule.count == 99
