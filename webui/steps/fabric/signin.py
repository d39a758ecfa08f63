"""Signing in to the APIC: once by password to make Anchorage's own user, from then on by that user's certificate.

The password goes to the APIC and nowhere else. What is kept is the user's credential, sealed in the cluster's row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aci.errors import AciError
from lab import site as lab_site
from webui.lookups import Credential, LabDown, LocalUserRefused, connect, make_installer_user, user_name
from webui.lookups import remove_installer_user as remove
from webui.settings import Settings
from webui.spec import ClusterSpec
from webui.spec.model import Fabric
from webui.steps import site
from webui.steps.trouble import PASSWORD, Trouble, no_address, no_lab, no_user, of_error
from webui.store.models import now


@dataclass(frozen=True)
class Outcome:
    """What came of it: what to store in the cluster's credential column (unsealed), or why not."""

    stored: dict[str, Any] | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Login:
    """Where to sign in, and the password."""

    fabric: Fabric
    password: str = field(repr=False)
    lab: lab_site.LabSite | None = None


def sign_in(spec: ClusterSpec, password: str, cluster_id: str, settings: Settings) -> Outcome:
    """Make (or renew) Anchorage's user at the spec's APIC. Without a password: the lab's own administrator's."""
    lab = lab_site.status(settings.lab_home) if spec.fabric.site == "lab" else None
    if spec.fabric.site == "lab" and lab is None:
        return Outcome(trouble=no_lab())
    login = Login(_as_lab_admin(spec.fabric, lab), lab.password, lab) if lab else Login(spec.fabric, password)
    trouble = _missing(login.fabric, login.password)
    return Outcome(trouble=trouble) if trouble else _made(login, spec.name or "", cluster_id, settings)


def prepared(spec: ClusterSpec, typed: dict[str, str], settings: Settings) -> Outcome:
    """Take a user, certificate name and private key that somebody prepared; tried before it is kept."""
    for key, words in (("user", "user"), ("cert_name", "certificate name"), ("private_key", "private key")):
        if not typed.get(key):
            return Outcome(trouble=Trouble(f"No {words} is given.", "All three belong together.", f"credential.{key}"))
    credential = Credential(typed["user"], typed["cert_name"], typed["private_key"], "", "")
    return try_out(spec, credential, settings)


def try_out(spec: ClusterSpec, credential: Credential, settings: Settings) -> Outcome:
    """Whether the APIC takes this credential; kept only then."""
    lab = lab_site.status(settings.lab_home) if spec.fabric.site == "lab" else None
    try:
        with site.session(spec.fabric, credential, settings, lab) as session:
            session.get_one(site.own_user(credential.user))
    except LabDown:
        return Outcome(trouble=no_lab())
    except ValueError:
        return Outcome(trouble=no_address())
    except AciError as error:
        trouble = of_error(error)
        return Outcome(trouble=Trouble(error.sentence, trouble.remedy, trouble.field or "credential.private_key"))
    return Outcome(stored=credential.to_json())


def sign_out(spec: ClusterSpec, credential: Credential, settings: Settings) -> Trouble | None:
    """Remove Anchorage's user from the lab. At a real APIC its own rights do not reach that far: said, not tried."""
    lab = lab_site.status(settings.lab_home)
    if spec.fabric.site != "lab" or lab is None:
        return Trouble(
            f"The user {credential.user} is still on the APIC.",
            "Remove it there (Admin, AAA, Users), or sign in again, which renews it.",
        )
    try:
        with connect(_as_lab_admin(spec.fabric, lab), lab.password, settings, lab) as session:
            remove(session, credential)
    except AciError as error:
        return of_error(error)
    return None


def _made(login: Login, note: str, cluster_id: str, settings: Settings) -> Outcome:
    try:
        with connect(login.fabric, login.password, settings, login.lab) as session:
            return Outcome(stored=make_installer_user(session, user_name(cluster_id), now, note=note).to_json())
    except LocalUserRefused as refused:
        pending = {"pending": True, "certificate": refused.certificate_pem, "steps": list(refused.steps)}
        return Outcome(stored=refused.credential.to_json() | pending | {"cause": refused.cause})
    except AciError as error:
        return Outcome(trouble=of_error(error))


def _missing(fabric: Fabric, secret: str) -> Trouble | None:
    if fabric.site != "lab" and not fabric.apics:
        return no_address()
    if not fabric.user:
        return no_user()
    return None if secret else Trouble("No password is given.", "It is used once, now, and not stored.", PASSWORD)


def _as_lab_admin(fabric: Fabric, lab: lab_site.LabSite) -> Fabric:
    return fabric.model_copy(update={"user": lab.user, "login_domain": None})
