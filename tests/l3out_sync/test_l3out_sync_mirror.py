"""What is known of the fabric right after a write, when a hand was at the objects before the write was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from aci.mo import mo
from aci.session import Session
from l3out_sync.core.fabric import Subnet
from l3out_sync.core.plan import Step
from l3out_sync.fabric.mirror import Mirror
from l3out_sync.fabric.writer import Outcome, Writer
from tests.l3out_sync.builders import HOME, MARKER, epg
from tests.l3out_sync.live import L3OUT, QUICK, Fabric, eventually

WEB = epg("web")
IP, OTHER = "198.18.64.5/32", "198.18.64.6/32"
DN = f"{WEB.dn}/extsubnet-[{IP}]"
OURS = {"annotation": MARKER, "scope": "import-security"}
MAKE_EPG = Step("create", WEB, "l3extInstP", "", {"annotation": MARKER})
MAKE, MAKE_OTHER = (Step("create", WEB, "l3extSubnet", ip, OURS) for ip in (IP, OTHER))


@pytest.fixture
def admin(there: Fabric) -> Iterator[Session]:
    with there.session() as session:
        yield session


@pytest.fixture
def mirror(admin: Session) -> Iterator[Mirror]:
    made = Mirror(admin, lambda: None, QUICK)
    made.follow([HOME])
    made.start()
    eventually(made.connected)
    yield made
    made.stop()


def known(mirror: Mirror) -> dict[str, Subnet] | None:
    """Subnets of the EPG web as the mirror has them; None without the EPG."""
    with mirror.fabric() as fabric:
        found = fabric.l3outs[HOME].epgs.get("web")
        return dict(found.subnets) if found else None


def write(mirror: Mirror, admin: Session, meanwhile: Callable[[], None], *steps: Step) -> None:
    """As the controller does; `meanwhile` happens after the APIC has written and before the controller knows it."""
    outcome = Outcome()
    mirror.writing()
    Writer(admin, MARKER).send(steps, outcome)
    assert outcome.done == list(steps)
    meanwhile()
    mirror.written(outcome.done)


def test_a_hand_that_changes_what_was_just_written_is_seen(there: Fabric, admin: Session, mirror: Mirror) -> None:
    def meanwhile() -> None:
        there.by_hand(DN, mo("l3extSubnet", scope="export-rtctrl"))
        eventually(lambda: (known(mirror) or {}).get(IP) == Subnet(MARKER, "export-rtctrl"))

    write(mirror, admin, meanwhile, MAKE_EPG, MAKE)
    assert known(mirror) == {IP: Subnet(MARKER, "export-rtctrl")}


def test_a_hand_that_deletes_what_was_just_written_is_seen(there: Fabric, admin: Session, mirror: Mirror) -> None:
    def meanwhile() -> None:
        there.delete(DN)
        eventually(lambda: known(mirror) == {OTHER: Subnet(MARKER, "import-security")})

    write(mirror, admin, meanwhile, MAKE_EPG, MAKE, MAKE_OTHER)
    assert known(mirror) == {OTHER: Subnet(MARKER, "import-security")}


def test_an_epg_that_goes_and_comes_by_hand_is_empty(there: Fabric, admin: Session, mirror: Mirror) -> None:
    def meanwhile() -> None:
        eventually(lambda: known(mirror))
        there.delete(WEB.dn)
        there.by_hand(L3OUT, mo("l3extOut", mo("l3extInstP", name="web")))
        eventually(lambda: known(mirror) == {})

    write(mirror, admin, meanwhile, MAKE_EPG, MAKE)
    assert known(mirror) == {}


def test_a_reading_after_the_write_counts_more_than_the_write(there: Fabric, admin: Session, mirror: Mirror) -> None:
    def meanwhile() -> None:
        eventually(lambda: known(mirror))
        there.stop()
        there.delete(DN)
        there.start()
        readings = mirror.readings
        eventually(lambda: mirror.readings > readings)

    write(mirror, admin, meanwhile, MAKE_EPG, MAKE)
    assert known(mirror) == {}


def test_what_was_written_is_known_before_the_apic_tells_of_it(mirror: Mirror) -> None:
    mirror.writing()
    mirror.written([MAKE_EPG, MAKE])
    assert known(mirror) == {IP: Subnet(MARKER, "import-security")}
