"""The change feed: order, forms, and subscribers in threads and tasks."""

import asyncio

from aci.mo import mo
from lab.apic.core import Apic


def test_one_transaction_is_told_in_order_with_the_forms_of_subscriptions() -> None:
    apic = Apic()
    with apic.feed.thread_queue() as changes:
        apic.change([("uni", mo("fvTenant", mo("fvCtx", name="main"), name="a"))])
        apic.change([("uni/tn-a/ctx-main", mo("fvCtx", descr="new"))])
        apic.change([("uni/tn-a/ctx-main", mo("fvCtx", descr="new"))])
        apic.change([("uni/tn-a", mo("fvTenant", status="deleted"))])
    found = []
    while not changes.empty():
        found.append(changes.get())
    assert [change.number for change in found] == list(range(found[0].number, found[0].number + len(found)))
    created = next(change for change in found if change.cls == "fvCtx" and change.kind == "created")
    assert {"bdEnforcedEnable", "dn", "modTs", "name"} <= set(created.attributes)
    (modified,) = [change for change in found if change.kind == "modified"]
    assert set(modified.attributes) == {"descr", "dn", "modTs", "rn", "childAction", "status"}
    assert modified.event() == {"fvCtx": {"attributes": modified.attributes}}
    deleted = [change for change in found if change.kind == "deleted"]
    assert deleted[-1].dn == "uni/tn-a"
    assert set(deleted[-1].attributes) == {"dn", "modTs", "status"}
    assert len({change.transaction for change in deleted}) == 1


def test_what_comes_and_goes_in_one_transaction_is_not_told() -> None:
    apic = Apic()
    with apic.feed.thread_queue() as changes:
        apic.change([("uni", mo("fvTenant", name="a")), ("uni", mo("fvTenant", name="a", status="deleted"))])
    assert changes.empty()


def test_a_changed_password_is_told_without_its_value() -> None:
    apic = Apic()
    peer = "uni/tn-common/out-default/lnodep-n/peerP-[198.18.0.1]"
    node = mo("l3extLNodeP", mo("bgpPeerP", addr="198.18.0.1"), name="n")
    apic.change([("uni/tn-common/out-default", node)])
    with apic.feed.thread_queue() as changes:
        apic.change([(peer, mo("bgpPeerP", password="s3cret"))])
    change = changes.get_nowait()
    assert (change.kind, change.dn) == ("modified", peer)
    assert "s3cret" not in str(change)
    assert apic.secret(peer, "password") == "s3cret"


def test_a_task_hears_of_changes_of_another_thread() -> None:
    apic = Apic()

    async def listen() -> str:
        async with apic.feed.async_queue() as queue:
            await asyncio.to_thread(apic.change, [("uni", mo("fvTenant", name="a"))])
            return (await asyncio.wait_for(queue.get(), 5)).dn

    assert asyncio.run(listen()) == "uni/tn-a"
