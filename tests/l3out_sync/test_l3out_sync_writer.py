"""What is written when somebody else was a moment quicker than the events: nothing of theirs is touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aci.mo import mo
from aci.session import Session
from l3out_sync.core.plan import Step
from l3out_sync.fabric.bucket import TokenBucket
from l3out_sync.fabric.writer import Outcome, Writer
from tests.l3out_sync.builders import HOME, MARKER, epg
from tests.l3out_sync.live import L3OUT, Fabric

WEB = epg("web")
IP, FREE = "198.18.64.5/32", "198.18.64.6/32"
OURS = {"annotation": MARKER, "scope": "import-security"}
MAKE_EPG = Step("create", WEB, "l3extInstP", "", {"annotation": MARKER})
MAKE, MAKE_FREE = (Step("create", WEB, "l3extSubnet", ip, OURS) for ip in (IP, FREE))
CHANGE = Step("change", WEB, "l3extSubnet", IP, OURS)
DELETE, DELETE_EPG = Step("delete", WEB, "l3extSubnet", IP), Step("delete", WEB, "l3extInstP")


@pytest.fixture
def admin(there: Fabric) -> Iterator[Session]:
    with there.session() as session:
        yield session


def sent(admin: Session, *steps: Step) -> Outcome:
    outcome = Outcome()
    Writer(admin, MARKER).send(steps, outcome)
    return outcome


def test_an_epg_that_somebody_just_made_is_not_marked_as_ours(there: Fabric, admin: Session) -> None:
    there.by_hand(L3OUT, mo("l3extOut", mo("l3extInstP", name="web", descr="theirs")))
    outcome = sent(admin, MAKE_EPG)
    assert (outcome.done, outcome.stale) == ([], {HOME})
    assert there.attribute(WEB.dn, "annotation") == ""


def test_a_subnet_that_somebody_just_made_is_not_marked_and_the_rest_is_done(there: Fabric, admin: Session) -> None:
    there.by_hand(L3OUT, mo("l3extOut", mo("l3extInstP", mo("l3extSubnet", ip=IP), name="web")))
    outcome = sent(admin, MAKE, MAKE_FREE)
    assert (outcome.done, outcome.stale) == ([MAKE_FREE], {HOME})
    assert there.attribute(f"{WEB.dn}/extsubnet-[{IP}]", "annotation") == ""


@pytest.mark.parametrize("step", [MAKE, CHANGE])
def test_an_epg_that_has_just_gone_is_not_brought_back_by_its_subnet(there: Fabric, admin: Session, step: Step) -> None:
    outcome = sent(admin, step)
    assert (outcome.done, outcome.stale) == ([], {HOME})
    assert not there.has(WEB.dn)


def test_a_subnet_that_has_just_gone_is_not_brought_back_by_a_change(there: Fabric, admin: Session) -> None:
    there.by_hand(L3OUT, mo("l3extOut", mo("l3extInstP", name="web")))
    assert sent(admin, CHANGE).stale == {HOME}
    assert there.subnets("web") == set()


def test_an_epg_with_a_late_guest_is_not_deleted(there: Fabric, admin: Session) -> None:
    mine = mo("l3extInstP", mo("l3extSubnet", ip=IP), name="web", annotation=MARKER)
    there.by_hand(L3OUT, mo("l3extOut", mine))
    outcome = sent(admin, DELETE_EPG)
    assert (outcome.done, outcome.stale) == ([], {HOME})
    assert there.subnets("web") == {IP}


def test_an_l3out_that_has_just_gone_is_not_brought_back(there: Fabric, admin: Session) -> None:
    there.delete(L3OUT)
    assert sent(admin, MAKE_EPG, MAKE).stale == {HOME}
    assert not there.has(L3OUT)


def test_what_has_gone_already_is_no_error(there: Fabric, admin: Session) -> None:
    there.by_hand(L3OUT, mo("l3extOut", mo("l3extInstP", name="web", annotation=MARKER)))
    assert sent(admin, DELETE).done == [DELETE]
    assert sent(admin, DELETE_EPG).done == [DELETE_EPG]


def test_the_bucket_paces_by_its_rate_after_its_burst() -> None:
    clock = [0.0]
    bucket = TokenBucket(10, 5, now=lambda: clock[0], sleep=lambda _: None)
    waits = [bucket.take() for _ in range(8)]
    assert waits[:5] == [0.0] * 5
    assert waits[5:] == pytest.approx([0.1, 0.2, 0.3])
    clock[0] += 10
    assert bucket.take() == 0.0
