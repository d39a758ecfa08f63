"""From a spec's fabric section to a session with its APIC, real or the built-in lab's."""

from __future__ import annotations

from dataclasses import dataclass

from aci.auth import Credentials
from aci.session import Password, Session, Timeouts, Tls
from lab.site import LabSite
from webui.lookups.credential import Credential
from webui.settings import Settings
from webui.spec.model import Fabric


class LabDown(Exception):
    """The spec names the built-in lab, and it does not run."""

    def __init__(self) -> None:
        super().__init__("The built-in lab does not run. Start it with “anchorage lab up” or on the first page.")


@dataclass(frozen=True)
class Target:
    """Where an APIC is: addresses (`host[:port]`) and how its certificate is verified."""

    addresses: tuple[str, ...]
    tls: Tls


def target(fabric: Fabric, lab: LabSite | None) -> Target:
    """Where the spec's APIC is. Raises LabDown; ValueError where no address is given."""
    if fabric.site == "lab":
        if lab is None:
            raise LabDown
        return Target((lab.apic,), Tls(verify=True, ca=lab.ca_pem))
    if not fabric.apics:
        raise ValueError("No APIC address is given.")
    return Target(fabric.apics[:3], Tls(verify=not fabric.tls.unverified, ca=fabric.tls.ca))


def connect(fabric: Fabric, login: Credential | str, settings: Settings, lab: LabSite | None = None) -> Session:
    """A session with the spec's APIC; nothing is sent before its first request.

    `login`: the installer's own credential (signs each request), or a password for the spec's user. The lab's admin is
    taken when the spec names no user there. Raises LabDown, ValueError (no address, or a password but no user).
    """
    where = target(fabric, lab)
    timeouts = Timeouts(connect=min(5.0, settings.apic_timeout), read=settings.apic_timeout)
    return Session(where.addresses, _credentials(fabric, login, lab), tls=where.tls, timeouts=timeouts)


def _credentials(fabric: Fabric, login: Credential | str, lab: LabSite | None) -> Credentials:
    if isinstance(login, Credential):
        return login.signature
    user = fabric.user or (lab.user if fabric.site == "lab" and lab else None)
    if user is None:
        raise ValueError("No user is given for the APIC.")
    return Password(user, login, fabric.login_domain or "")
