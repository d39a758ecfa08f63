"""SiteFacts read from an APIC: one class query for each kind of object, whatever the size of the fabric."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from aci.filters import eq
from aci.query import Query, of_class
from aci.session import Session
from webui.lookups import inventory, routing
from webui.spec.site import SiteFacts, Version

FABRIC_AS = "uni/fabric/bgpInstP-default/as"


def read_facts(session: Session, clock: Callable[[], dt.datetime]) -> SiteFacts:
    """What the checks and lists want to know. `clock` gives UTC. Raises AciError.

    About twenty requests; a large fabric's answers are read page by page.
    """
    version, skew = _controller(session, clock)
    vrfs = inventory.vrfs(session)
    l3outs = inventory.l3outs(session)
    where = routing.Where.read(session, l3outs)
    interfaces = routing.interfaces(session, where)
    return SiteFacts(
        read_at=clock(),
        version=version,
        clock_skew=skew,
        fabric_as=_fabric_as(session),
        tenants=inventory.tenants(session),
        vrfs=vrfs,
        contracts=inventory.contracts(session),
        domains=inventory.domains(session),
        leaves=inventory.leaves(session),
        l3outs=l3outs,
        subnets=(*routing.bridge_domains(session, where), *interfaces.subnets, *routing.others(session, where)),
        router_ids=routing.router_ids(session, where),
        vlans=interfaces.vlans,
    )


def _controller(session: Session, clock: Callable[[], dt.datetime]) -> tuple[Version | None, float | None]:
    """Version of the controllers, and by how many seconds their clock is ahead of ours.

    Half the round trip is allowed for.
    """
    before = clock()
    systems = session.get(of_class("topSystem", filter=eq("topSystem.role", "controller")))
    middle = before + (clock() - before) / 2
    running = session.get(Query(cls="firmwareCtrlrRunning"))
    versions = [mo.get("version") for mo in (*running, *systems)]
    times = [time for mo in systems if (time := _time(mo.get("currentTime")))]
    # Signed requests name no controller: take the one whose clock differs most.
    skews = sorted(((time - middle).total_seconds() for time in times), key=abs)
    return next((found for text in versions if (found := Version.read(text))), None), skews[-1] if skews else None


def _time(text: str) -> dt.datetime | None:
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def _fabric_as(session: Session) -> int | None:
    found = session.get_one(Query(dn=FABRIC_AS))
    text = found.get("asn") if found else ""
    return int(text) if text.isdecimal() and int(text) else None
