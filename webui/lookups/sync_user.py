"""The user of l3out_sync at the APIC: local, signs with a certificate, may write external EPGs of one tenant.

The tenant is told from others by a security domain of its own, which this tags it with: without one, a role holds in
all tenants. Which privileges a class asks for follows the class metadata that Cisco publishes (l3extInstP and
l3extSubnet: tenant-ext-connectivity; contracts of an external EPG: tenant-epg).
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

from aci.filters import eq
from aci.mo import Mo, mo
from aci.query import Query
from aci.session import Session
from webui.lookups.credential import CERT, DAYS, READ_ROLE, USER_EP, Credential
from webui.lookups.keys import Keys, make_keys

ROLE = "anchorage-l3out-sync"
PRIVILEGES = ("tenant-ext-connectivity", "tenant-epg")


def user_name(cluster_id: str) -> str:
    """Name of a cluster's sync user; its security domain is called the same."""
    return f"anchorage-sync-{cluster_id[:8]}"


def make_sync_user(session: Session, name: str, tenant: str, clock: Callable[[], dt.datetime]) -> Credential:
    """Make the user, its role and its security domain, or renew its certificate. `session` is an administrator's.

    Raises AciError."""
    keys = make_keys(name, clock(), DAYS)
    there = session.get_one(Query(dn=f"{USER_EP}/user-{name}"))
    session.post(USER_EP, mo("aaaUserEp", _role(), mo("aaaDomain", name=name), dn=USER_EP))
    session.post(f"uni/tn-{tenant}", Mo("fvTenant", {"dn": f"uni/tn-{tenant}", "status": "modified"}, (_tag(name),)))
    session.post(USER_EP, mo("aaaUserEp", _user(name, keys, new=there is None), dn=USER_EP))
    return Credential(name, CERT, keys.private_key_pem, keys.expires.isoformat(), ROLE)


def remove_sync_user(session: Session, name: str, tenant: str) -> None:
    """Remove the user, its domain and the tenant's tag, and the role when nobody else has it. Raises AciError."""
    session.delete(f"{USER_EP}/user-{name}", "aaaUser")
    session.delete(f"uni/tn-{tenant}/domain-{name}", "aaaDomainRef")
    session.delete(f"{USER_EP}/domain-{name}", "aaaDomain")
    if not session.get(Query(cls="aaaUserRole", filter=eq("aaaUserRole.name", ROLE))):
        session.delete(f"{USER_EP}/role-{ROLE}", "aaaRole")


def _role() -> Mo:
    descr = "Made by Anchorage: writes external EPGs"
    return mo("aaaRole", dn=f"{USER_EP}/role-{ROLE}", name=ROLE, priv=",".join(PRIVILEGES), descr=descr)


def _tag(name: str) -> Mo:
    return mo("aaaDomainRef", name=name)


def _user(name: str, keys: Keys, *, new: bool) -> Mo:
    roles = (mo("aaaUserRole", name=ROLE, privType="writePriv"), mo("aaaUserRole", name=READ_ROLE, privType="readPriv"))
    password = {"pwd": f"{secrets.token_urlsafe(33)}aA1."} if new else {}
    until = (keys.expires + dt.timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    return mo(
        "aaaUser",
        mo("aaaUserDomain", *roles, name=name),
        mo("aaaUserCert", name=CERT, data=keys.certificate_pem),
        dn=f"{USER_EP}/user-{name}",
        name=name,
        expires="yes",
        expiration=until,
        accountStatus="active",
        descr="Made by Anchorage for l3out_sync",
        **password,
    )
