"""The fabric of a run: where its APIC is, and sessions with it whose refusals are failure cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lab.site
from aci.filters import eq
from aci.query import Query
from aci.session import Session
from lab.site import LabSite
from webui import lookups
from webui.runs.failures import Failure
from webui.settings import Settings
from webui.spec import ClusterSpec


def lab_of(spec: ClusterSpec, settings: Settings) -> LabSite | None:
    """The running lab for a spec in the lab; None for a real site. Raises Failure: the lab is not up."""
    if spec.fabric.site != "lab":
        return None
    found = lab.site.status(settings.lab_home)
    if found is None:
        raise Failure(
            "The lab is not up.",
            "This cluster is in the built-in lab, and nothing answers there.",
            "Start it: anchorage lab up, or the button on the first page. Then resume.",
            page="fabric",
            retry=True,
        )
    return found


def connect(spec: ClusterSpec, login: Mapping[str, Any] | str, settings: Settings) -> Session:
    """A session with the spec's APIC, by the installer's credential (as stored) or a password. Raises Failure."""
    chosen = login if isinstance(login, str) else lookups.Credential.from_json(dict(login))
    try:
        return lookups.connect(spec.fabric, chosen, settings, lab_of(spec, settings))
    except ValueError as error:
        remedy = "Fill in the Fabric page."
        raise Failure("It is not known which APIC to use.", str(error), remedy, "fabric.apics", "fabric") from error


def signed(spec: ClusterSpec, credential: Mapping[str, Any] | None, settings: Settings) -> Session:
    """A session by the installer's own user. Raises Failure without one."""
    if credential is None:
        raise Failure(
            "Anchorage has not signed in to this APIC yet.",
            "It works with a user of its own there, and that has not been made.",
            "Sign in on the Fabric page, then make a new plan.",
            field="fabric.password",
            page="fabric",
        )
    return connect(spec, credential, settings)


def reached(session: Session) -> str:
    """Address of the controller that answers to our signature. Raises AciError."""
    session.get(Query(cls="topSystem", filter=eq("topSystem.role", "controller")))
    return session.address
