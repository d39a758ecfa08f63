"""The installer's own user at the APIC: made at sign-in, works by signature, removed with the cluster.

It gets a role of its own with the privileges that writing the L3Out needs, and the right to read. Which privileges a
class asks for follows the class metadata that Cisco publishes and the simulator enforces; that a physical APIC takes
this role for every object is unverified. The role holds in all security domains: a tenant that exists is not tagged
with a domain of ours, and VRF or contract may lie in tenant common.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aci.auth import Signature
from aci.errors import NotPermitted, Rejected
from aci.filters import eq
from aci.mo import Mo, mo
from aci.query import Query
from aci.session import Session
from webui.lookups.keys import Keys, make_keys

ROLE = "anchorage-fabric"
PRIVILEGES = ("tenant-connectivity", "tenant-epg", "tenant-ext-connectivity", "tenant-ext-protocol")
"""VRF's relation to its address-family policy; contracts of the external EPG; the L3Out; BGP."""

READ_ROLE = "read-all"
CERT = "anchorage"
PREFIX = "anchorage-"
"""Of all users that the installer makes or asks for."""
DAYS = 365
USER_EP = "uni/userext"


@dataclass(frozen=True)
class Credential:
    """A local user and the key that signs for it. `expires`: ISO 8601, UTC."""

    user: str
    cert_name: str
    private_key_pem: str = field(repr=False)
    expires: str
    role: str

    @property
    def ours(self) -> bool:
        """Whether the installer made or asked for this user. One that somebody prepared has no role here."""
        return bool(self.role) and self.user.startswith(PREFIX)

    @property
    def signature(self) -> Signature:
        """As a session wants it."""
        return Signature(self.user, self.cert_name, self.private_key_pem)

    def to_json(self) -> dict[str, str]:
        """For the sealed column of a cluster."""
        return {
            "user": self.user,
            "cert_name": self.cert_name,
            "private_key": self.private_key_pem,
            "expires": self.expires,
            "role": self.role,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Credential:
        """The credential that `to_json` wrote."""
        return cls(stored["user"], stored["cert_name"], stored["private_key"], stored["expires"], stored["role"])


class LocalUserRefused(Exception):
    """The APIC does not let this user make local users. `steps` say what to prepare by hand.

    Once that is done, `credential` works: its certificate is the one to paste.
    """

    def __init__(self, credential: Credential, certificate_pem: str, cause: str) -> None:
        super().__init__(
            "The APIC does not let this user make a local user. Prepare one by hand, or sign in as a user with the "
            "aaa or admin privilege."
        )
        self.credential = credential
        self.certificate_pem = certificate_pem
        self.cause = cause
        self.steps = _steps(credential)


def user_name(cluster_id: str) -> str:
    """Name of a cluster's user: at most 31 characters, as the APIC wants."""
    return f"{PREFIX}{cluster_id[:8]}"


def make_installer_user(
    session: Session, name: str, clock: Callable[[], dt.datetime], *, days: int = DAYS, note: str = ""
) -> Credential:
    """Make the user, its role and its certificate on the APIC, or renew them; the old key then no longer works.

    `session` belongs to a user who may make local users; `clock` gives UTC; `note` stands in the user's description.
    Raises LocalUserRefused, and AciError for everything else that goes wrong.
    """
    keys = make_keys(name, clock(), days)
    credential = Credential(name, CERT, keys.private_key_pem, keys.expires.isoformat(), ROLE)
    try:
        _make(session, name, keys, note)
    except (NotPermitted, Rejected) as error:
        raise LocalUserRefused(credential, keys.certificate_pem, str(error)) from error
    return credential


def remove_installer_user(session: Session, credential: Credential) -> None:
    """Remove the user, and the role when nobody else has it. Needs a session with the aaa or admin privilege.

    What is gone already is no error; a user that somebody else prepared is left alone. Raises AciError.
    """
    if not credential.ours:
        return
    session.delete(f"{USER_EP}/user-{credential.user}", "aaaUser")
    others = session.get(Query(cls="aaaUserRole", filter=eq("aaaUserRole.name", credential.role)))
    if not others:
        session.delete(f"{USER_EP}/role-{credential.role}", "aaaRole")


def _make(session: Session, name: str, keys: Keys, note: str) -> None:
    session.post(USER_EP, mo("aaaUserEp", _role(), dn=USER_EP))
    there = session.get_one(Query(dn=f"{USER_EP}/user-{name}"))
    session.post(USER_EP, mo("aaaUserEp", _user(name, keys, note, new=there is None), dn=USER_EP))


def _role() -> Mo:
    descr = "Made by Anchorage: writes L3Outs and BGP policies"
    return mo("aaaRole", dn=f"{USER_EP}/role-{ROLE}", name=ROLE, priv=",".join(PRIVILEGES), descr=descr)


def _user(name: str, keys: Keys, note: str, *, new: bool) -> Mo:
    roles = (mo("aaaUserRole", name=ROLE, privType="writePriv"), mo("aaaUserRole", name=READ_ROLE, privType="readPriv"))
    # Nobody ever learns this password: the user signs. A renewed user keeps its own, so that no password rule is hit.
    password = {"pwd": f"{secrets.token_urlsafe(33)}aA1."} if new else {}
    # The user outlives its certificate by a day, so that an expired certificate is what is told of.
    until = (keys.expires + dt.timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    return mo(
        "aaaUser",
        mo("aaaUserDomain", *roles, name="all"),
        mo("aaaUserCert", name=CERT, data=keys.certificate_pem),
        dn=f"{USER_EP}/user-{name}",
        name=name,
        expires="yes",
        expiration=until,
        accountStatus="active",
        descr=f"Made by Anchorage{f' for {note}' if note else ''}"[:128],
        **password,
    )


def _steps(credential: Credential) -> tuple[str, ...]:
    return (
        f"Make a role named {credential.role} with the privileges {', '.join(PRIVILEGES)} (Admin, AAA, Security, "
        "Roles).",
        f"Make a local user named {credential.user} (Admin, AAA, Users), with any long password, in security domain "
        "all.",
        f"Give it the role {credential.role} with write access and the role {READ_ROLE} with read access.",
        f"Add a user certificate named {credential.cert_name} to it and paste the certificate below.",
        "Then come back and go on: the private key for this certificate is kept here.",
    )
