"""The subscriber over TLS against the simulated APIC: what it tells, and what it survives."""

from __future__ import annotations

import datetime as dt
import queue
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aci import query
from aci.auth import Signature
from aci.errors import Unreachable
from aci.mo import mo
from aci.session import Password, Retries, Session, Timeouts, Tls
from aci.subscription import Changed, Everything, Lost, Pace, Subscriber, Told
from lab.apic.faults import Rule
from lab.apic.thread import ServedInThread
from tests.lab_apic.simulated import PASSWORD, Simulator
from webui.lookups.credential import make_installer_user

QUICK = Pace(refresh=0.3, ping=0.2, silence=1.5, connect=2, poll=0.05, first_pause=0.05, longest_pause=0.2)
TENANTS = query.of_class("fvTenant")
HERE = query.below("uni/tn-k8s-prod", "fvCtx", "fvBD")


class Ears:
    """What a subscriber was told, for a test to wait on."""

    def __init__(self) -> None:
        self.told: queue.Queue[Told] = queue.Queue()

    def wait(self, test: Callable[[Told], bool], seconds: float = 5.0) -> Any:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                told = self.told.get(timeout=left)
            except queue.Empty:
                break
            if test(told):
                return told
        raise AssertionError("it was not told in time")

    def everything(self, name: str = "a") -> Everything:
        found: Everything = self.wait(lambda told: isinstance(told, Everything) and told.name == name)
        return found

    def changed(self, dn: str) -> Changed:
        found: Changed = self.wait(lambda told: isinstance(told, Changed) and told.mo.dn == dn)
        return found

    def lost(self) -> Lost:
        found: Lost = self.wait(lambda told: isinstance(told, Lost))
        return found


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def subscriber(simulator: Simulator, ears: Ears) -> Iterator[Subscriber]:
    with simulator.session() as session:
        found = Subscriber(session, ears.told.put, QUICK)
        yield found
        found.stop()


def test_it_tells_everything_first_then_each_change(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber.follow("a", TENANTS)
    subscriber.start()
    assert len(ears.everything().objects) == 6
    simulator.apic.change([("uni", mo("fvTenant", name="x", descr="new"))])
    created = ears.changed("uni/tn-x")
    assert (created.kind, created.mo.cls, created.mo["descr"]) == ("created", "fvTenant", "new")
    simulator.apic.change([("uni/tn-x", mo("fvTenant", descr="newer"))])
    modified = ears.changed("uni/tn-x")
    assert (modified.kind, modified.mo["descr"], "name" in modified.mo.attributes) == ("modified", "newer", False)
    simulator.apic.change([("uni/tn-x", mo("fvTenant", status="deleted"))])
    assert ears.changed("uni/tn-x").kind == "deleted"


def test_a_subtree_tells_of_its_classes_alone(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber.follow("a", HERE)
    subscriber.start()
    ears.everything()
    body = mo("fvTenant", mo("fvCtx", name="n"), mo("fvAp", name="n"), name="k8s-prod")
    simulator.apic.change([("uni", mo("fvTenant", mo("fvCtx", name="n"), name="other"))])
    simulator.apic.change([("uni", body)])
    assert ears.wait(lambda told: isinstance(told, Changed)).mo.dn == "uni/tn-k8s-prod/ctx-n"
    with pytest.raises(AssertionError):
        ears.wait(lambda told: isinstance(told, Changed), 0.4)


def test_a_filter_holds_for_events_too(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber.follow("a", query.of_class("fvTenant", filter='eq(fvTenant.descr,"yes")'))
    subscriber.start()
    assert ears.everything().objects == []
    simulator.apic.change(
        [("uni", mo("fvTenant", name="x", descr="no")), ("uni", mo("fvTenant", name="y", descr="yes"))]
    )
    assert ears.wait(lambda told: isinstance(told, Changed)).mo.dn == "uni/tn-y"


def test_more_queries_are_followed_and_dropped_at_any_time(
    simulator: Simulator, subscriber: Subscriber, ears: Ears
) -> None:
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything("a")
    subscriber.follow("b", HERE)
    ears.everything("b")
    subscriber.unfollow("a")
    time.sleep(0.2)
    simulator.apic.change([("uni", mo("fvTenant", mo("fvCtx", name="n"), name="k8s-prod", descr="x"))])
    first = ears.wait(lambda told: isinstance(told, Changed))
    assert (first.name, first.mo.dn) == ("b", "uni/tn-k8s-prod/ctx-n")


def test_it_refreshes_by_subscription_and_not_by_object(
    simulator: Simulator, subscriber: Subscriber, ears: Ears
) -> None:
    refreshes = Rule(path="subscriptionRefresh", count=1000)
    simulator.faults.rules.append(refreshes)
    subscriber.follow("a", query.of_class("fabricPathEp"))
    subscriber.start()
    assert len(ears.everything().objects) == 64
    time.sleep(1.4)
    assert 2 <= 1000 - (refreshes.count or 0) <= 5


def test_an_expired_subscription_is_read_anew(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything()
    simulator.clock.forward(61)
    simulator.apic.change([("uni", mo("fvTenant", name="missed"))])
    assert any(item["name"] == "missed" for item in ears.everything().objects)
    simulator.apic.change([("uni", mo("fvTenant", name="x"))])
    ears.changed("uni/tn-x")


def test_after_its_end_a_subscription_tells_nothing(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber._pace = Pace(refresh=1000, ping=0.2, silence=5, poll=0.05)
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything()
    simulator.clock.forward(61)
    simulator.apic.change([("uni", mo("fvTenant", name="missed"))])
    with pytest.raises(AssertionError):
        ears.wait(lambda told: isinstance(told, Changed), 0.5)


def test_refreshed_it_lasts(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything()
    for _ in range(4):
        simulator.clock.forward(20)
        time.sleep(0.5)
    simulator.apic.change([("uni", mo("fvTenant", name="x"))])
    assert isinstance(ears.told.get(timeout=2), Changed)


def test_a_query_is_never_followed_at_another_controller_than_the_websockets(
    simulator: Simulator, ears: Ears, server_tls: Any
) -> None:
    with ServedInThread(simulator.apic, server_tls) as other:
        known, tls = Password("admin", PASSWORD), Tls(ca=simulator.ca_pem)
        session = Session([other.address, simulator.address], known, tls=tls, retries=Retries(1))
        subscriber = Subscriber(session, ears.told.put, QUICK)
        subscriber.follow("a", TENANTS)
        subscriber.start()
        ears.everything("a")
        session.step()
        subscriber.follow("b", HERE)
        ears.everything("b")
        time.sleep(0.3)
        simulator.apic.change([("uni", mo("fvTenant", mo("fvCtx", name="n"), name="k8s-prod"))])
        ears.changed("uni/tn-k8s-prod/ctx-n")
        subscriber.stop()
        session.close()


def test_an_ended_session_is_signed_in_anew(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything()
    simulator.clock.forward(700)
    ears.everything()
    simulator.apic.change([("uni", mo("fvTenant", name="x"))])
    ears.changed("uni/tn-x")


def test_a_controller_that_restarts_is_read_anew(simulator: Simulator, ears: Ears, server_tls: Any) -> None:
    with ServedInThread(simulator.apic, server_tls) as served:
        address = served.address
        session = Session([address], Password("admin", PASSWORD), tls=Tls(ca=simulator.ca_pem), retries=Retries(1))
        subscriber = Subscriber(session, ears.told.put, QUICK)
        subscriber.follow("a", TENANTS)
        subscriber.start()
        ears.everything()
    assert isinstance(ears.lost().error, Unreachable)
    assert not subscriber.connected
    simulator.apic.change([("uni", mo("fvTenant", name="missed"))])
    with ServedInThread(simulator.apic, server_tls, port=int(address.rpartition(":")[2])):
        assert any(item["name"] == "missed" for item in ears.everything().objects)
        simulator.apic.change([("uni", mo("fvTenant", name="x"))])
        ears.changed("uni/tn-x")
        subscriber.stop()
        session.close()


def test_it_goes_on_at_the_next_controller_and_reads_everything(
    simulator: Simulator, ears: Ears, server_tls: Any
) -> None:
    first = ServedInThread(simulator.apic, server_tls)
    first.__enter__()
    known, tls = Password("admin", PASSWORD), Tls(ca=simulator.ca_pem)
    session = Session([first.address, simulator.address], known, tls=tls, retries=Retries(1))
    subscriber = Subscriber(session, ears.told.put, QUICK)
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything()
    first.__exit__(None, None, None)
    ears.lost()
    assert len(ears.everything().objects) == 6
    simulator.apic.change([("uni", mo("fvTenant", name="x"))])
    ears.changed("uni/tn-x")
    assert session.address == simulator.address
    subscriber.stop()
    session.close()


def test_a_silent_peer_is_given_up(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    """The silence is the client's: it stops hearing pongs when its own clock says so."""
    subscriber._pace = Pace(refresh=60, ping=60, silence=0.4, poll=0.05, first_pause=0.05, longest_pause=0.1)
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything()
    assert "silent" in str(ears.lost().error)
    ears.everything()


def test_a_busy_apic_delays_it_and_no_more(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    simulator.faults.rules.append(Rule(path="/api/node/class", status=503, count=4))
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.lost()
    assert len(ears.everything().objects) == 6


def test_nothing_of_a_burst_is_lost_or_out_of_order(simulator: Simulator, subscriber: Subscriber, ears: Ears) -> None:
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.everything()
    for number in range(500):
        simulator.apic.change([("uni", mo("fvTenant", name="x", descr=str(number)))])
    found = [ears.changed("uni/tn-x").mo["descr"] for _ in range(500)]
    assert found == [str(number) for number in range(500)]


def test_many_clients_follow_at_once(simulator: Simulator) -> None:
    clients = []
    for _ in range(10):
        session, ears = simulator.session(), Ears()
        subscriber = Subscriber(session, ears.told.put, QUICK)
        subscriber.follow("a", TENANTS)
        subscriber.start()
        clients.append((session, subscriber, ears))
    for _, _, ears in clients:
        ears.everything()
    simulator.apic.change([("uni", mo("fvTenant", name="x"))])
    for session, subscriber, ears in clients:
        assert ears.changed("uni/tn-x").kind == "created"
        subscriber.stop()
        session.close()


def test_a_user_who_signs_follows_too(simulator: Simulator, ears: Ears) -> None:
    with simulator.session() as admin:
        credential = make_installer_user(admin, "anchorage-test", lambda: dt.datetime.now(dt.UTC))
    signature: Signature = credential.signature
    with simulator.signed(signature.user, signature.cert_name, signature.private_key_pem) as session:
        subscriber = Subscriber(session, ears.told.put, QUICK)
        subscriber.follow("a", HERE)
        subscriber.start()
        ears.everything()
        simulator.apic.change([("uni", mo("fvTenant", mo("fvCtx", name="n"), name="k8s-prod"))])
        ears.changed("uni/tn-k8s-prod/ctx-n")
        time.sleep(0.7)  # over two refreshes
        simulator.apic.change([("uni", mo("fvTenant", mo("fvCtx", name="m"), name="k8s-prod"))])
        ears.changed("uni/tn-k8s-prod/ctx-m")
        subscriber.stop()


def test_nobody_opens_a_websocket_without_a_token(simulator: Simulator) -> None:
    import websocket

    context = Tls(ca=simulator.ca_pem).context()
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(f"wss://{simulator.address}/socketnonsense", timeout=2, sslopt={"context": context})


def test_no_controller_at_all_is_told_and_tried_again(ears: Ears) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    session = Session([f"127.0.0.1:{port}"], Password("a", "b"), retries=Retries(1), timeouts=Timeouts(1, 1))
    subscriber = Subscriber(session, ears.told.put, QUICK)
    subscriber.follow("a", TENANTS)
    subscriber.start()
    ears.lost()
    ears.lost()
    subscriber.stop()
