"""The fabric of a run: where its APIC is, whom it trusts, and a session signed by the installer's own user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lab.site
from aci.filters import eq
from aci.query import Query
from aci.session import Session, Signature, Timeouts, Tls
from webui.runs.failures import Failure
from webui.settings import Settings
from webui.spec import ClusterSpec


@dataclass(frozen=True)
class Site:
    """Addresses (`host[:port]`) of one APIC cluster. `is_lab`: the built-in lab's simulator."""

    addresses: tuple[str, ...]
    tls: Tls
    is_lab: bool


def site_of(spec: ClusterSpec, settings: Settings) -> Site:
    """Where the spec's fabric is. Raises Failure: the lab is not up."""
    if spec.fabric.site != "lab":
        tls = Tls(verify=not spec.fabric.tls.unverified, ca=spec.fabric.tls.ca)
        return Site(tuple(str(one) for one in spec.fabric.apics), tls, is_lab=False)
    found = lab.site.status(settings.lab_home)
    if found is None:
        raise Failure(
            "The lab is not up.",
            "This cluster is in the built-in lab, and nothing answers there.",
            "Start it: anchorage lab up, or the button on the first page. Then resume.",
            retry=True,
        )
    return Site((found.apic,), Tls(verify=True, ca=found.ca_pem), is_lab=True)


def sign(site: Site, credential: Mapping[str, Any] | None, settings: Settings) -> Session:
    """A session by signature; nothing is sent yet. Raises Failure without a credential."""
    if credential is None:
        raise Failure(
            "Anchorage has not signed in to this APIC yet.",
            "It works with a user of its own there, and that has not been made.",
            "Sign in on the Fabric page, then make a new plan.",
            field="fabric.password",
            page="fabric",
        )
    signature = Signature(credential["user"], credential["cert_name"], credential["private_key"])
    return Session(site.addresses, signature, tls=site.tls, timeouts=Timeouts(read=settings.apic_timeout))


def reached(session: Session) -> str:
    """Address of the controller that answers to our signature. Raises AciError."""
    session.get(Query(cls="topSystem", filter=eq("topSystem.role", "controller")))
    return session.address
