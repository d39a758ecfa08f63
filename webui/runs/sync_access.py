"""How l3out_sync reaches the APIC: a user of its own, made when the add-on comes in, kept sealed, removed with it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from aci.errors import AciError, BadCredentials, BadSignature
from aci.query import Query
from lab.machines.network import APIC
from webui.lookups.connecting import target
from webui.lookups.credential import Credential
from webui.lookups.sync_user import make_sync_user, remove_sync_user, user_name
from webui.render.l3out_sync import NAME
from webui.runs import plays, settle, snapshot
from webui.runs.pipeline import Context
from webui.runs.site import connect, lab_of
from webui.spec import ClusterSpec
from webui.store.models import now

LEFT = dt.timedelta(days=30)
"""A certificate that ends sooner is renewed."""


def brings(context: Context, spec: ClusterSpec) -> dict[str, Any]:
    """The variable of the role addon_l3out_sync that says how the APIC is reached; {} where nobody can make the user.

    Raises Failure, AciError."""
    if NAME not in spec.cluster.add_ons:
        return {}
    credential = _kept(context, spec) or _made(context, spec)
    if credential is None:
        context.say(
            "l3out-sync is left out: an administrator's password for the APIC is needed once, to make its user.",
            "warning",
        )
        return {}
    context.log.redactor.hide([line for line in credential.private_key_pem.splitlines() if "-----" not in line])
    return {"addon_l3out_sync_access": access(context, spec, credential)}


def access(context: Context, spec: ClusterSpec, credential: Credential) -> dict[str, Any]:
    """Configuration and secret files of the controller."""
    where = target(spec.fabric, lab_of(spec, context.settings))
    apics = (APIC,) if spec.fabric.site == "lab" else where.addresses
    unverified = {} if where.tls.verify else {"L3OUT_SYNC_APIC_UNVERIFIED": "yes"}
    return {
        "configuration": {
            "L3OUT_SYNC_APICS": ",".join(apics),
            "L3OUT_SYNC_APIC_USER": credential.user,
            "L3OUT_SYNC_APIC_CERT_NAME": credential.cert_name,
            **unverified,
        },
        "secret": {"key.pem": credential.private_key_pem, "ca.pem": where.tls.ca or ""},
    }


def _kept(context: Context, spec: ClusterSpec) -> Credential | None:
    """The user of an earlier run, when its signature is taken and its certificate lasts."""
    stored = plays.outputs(context).get(NAME) or {}
    opened = context.box.open(stored.get("sealed"))
    if not opened:
        return None
    credential = Credential.from_json(opened)
    if dt.datetime.fromisoformat(credential.expires) - now() < LEFT or stored.get("tenant") != spec.l3out.tenant:
        return None
    try:
        with connect(spec, credential.to_json(), context.settings) as session:
            session.get_one(Query(dn=f"uni/tn-{spec.l3out.tenant}"))
    except (BadSignature, BadCredentials):
        return None
    return credential


def _made(context: Context, spec: ClusterSpec) -> Credential | None:
    password = _password(context, spec)
    if not password:
        return None
    tenant, name = str(spec.l3out.tenant), user_name(context.run.cluster_id)
    with connect(spec, password, context.settings) as session:
        credential = make_sync_user(session, name, tenant, now)
    sealed = context.box.seal(credential.to_json())
    settle.of(context, {NAME: {"user": name, "tenant": tenant, "sealed": sealed}})
    context.say(f"Made the user {name} at the APIC, which may write external EPGs of tenant {tenant}.")
    return credential


def _password(context: Context, spec: ClusterSpec) -> str | None:
    """An administrator's: the lab's, the one given with this run, or the spec's."""
    lab = lab_of(spec, context.settings)
    given = spec.fabric.password.get_secret_value() if spec.fabric.password else None
    return lab.password if lab else snapshot.admin_password_of(context.run, context.box) or given


def retire(context: Context, spec: ClusterSpec) -> None:
    """Remove the user that was made, as far as an administrator's password is at hand; else say what stays."""
    stored = plays.outputs(context).get(NAME)
    if not stored:
        return
    name, tenant, password = str(stored["user"]), str(stored["tenant"]), _password(context, spec)
    try:
        if not password:
            raise AciError("No administrator's password was given.")
        with connect(spec, password, context.settings) as session:
            remove_sync_user(session, name, tenant)
    except AciError as error:
        context.say(f"{error} Delete the user {name} and its security domain by hand on the APIC.", "warning")
    else:
        context.say(f"Removed the user {name} of l3out-sync from the APIC.")
    settle.of(context, {NAME: None})
