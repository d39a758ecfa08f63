"""The cluster of a spec file, and the first contact with its APIC: sign in once, then work by signature."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import sys

from sqlalchemy import select
from sqlalchemy.orm import Session

from aci.errors import BadCredentials, BadLogin, BadSignature
from webui import lookups
from webui import spec as specs
from webui.cli.errors import Said
from webui.cli.output import say
from webui.cli.programme import Programme
from webui.cli.spec_files import SpecFile
from webui.runs.site import connect, lab_of, reached, signed
from webui.spec import ClusterSpec
from webui.store.models import Cluster, now

PASSWORD = "ANCHORAGE_APIC_PASSWORD"  # noqa: S105 - the name of a variable


def who() -> str:
    """The user of this machine, as runs and the audit name him."""
    return getpass.getuser()[:64]


def cluster_of(programme: Programme, file: SpecFile) -> str:
    """Id of the cluster with the file's name, made when there is none; its draft becomes what the file says."""
    document, secrets = specs.secrets.split(file.document)
    secrets.pop("fabric.password", None)  # used at sign-in, never stored
    with programme.sessions() as db:
        cluster = find(db, str(file.spec.name)) or _new(db, str(file.spec.name))
        site = file.spec.fabric.site or "apic"
        if cluster.applied and cluster.site != site:
            raise Said(f"{cluster.name} stands in the site “{cluster.site}”. Destroy it there before it moves.")
        cluster.site = site
        if cluster.draft != document or (programme.box.open(cluster.sealed_draft_secrets) or {}) != secrets:
            cluster.draft, cluster.sealed_draft_secrets = document, programme.box.seal(secrets)
            cluster.draft_version, cluster.draft_saved = cluster.draft_version + 1, now()
        db.commit()
        return cluster.id


def find(db: Session, name: str) -> Cluster | None:
    """A cluster by its name."""
    return db.scalars(select(Cluster).where(Cluster.name == name)).one_or_none()


def _new(db: Session, name: str) -> Cluster:
    cluster = Cluster(name=name, created_by=who())
    db.add(cluster)
    db.flush()
    return cluster


def make_sure(programme: Programme, cluster_id: str, spec: ClusterSpec) -> None:
    """The installer's user exists at the APIC and its signature is taken; else sign in and make it. Raises AciError."""
    with programme.sessions() as db:
        cluster = db.get_one(Cluster, cluster_id)
        credential = programme.box.open(cluster.sealed_credential)
    if credential is not None and _works(programme, spec, credential):
        return
    login = password(programme, spec)
    say("Signing in to the APIC, to make the user that Anchorage works with.", err=True)
    try:
        with connect(spec, login, programme.settings) as session:
            name = lookups.user_name(cluster_id)
            made = lookups.make_installer_user(session, name, lambda: dt.datetime.now(dt.UTC), note=str(spec.name))
    except lookups.LocalUserRefused as refused:
        _keep(programme, cluster_id, refused.credential)
        raise Said(_prepare(refused)) from refused
    except BadLogin as error:
        raise Said(f"{error} The password came from {_source(spec)}.") from error
    _keep(programme, cluster_id, made)


def _works(programme: Programme, spec: ClusterSpec, credential: dict[str, str]) -> bool:
    if dt.datetime.fromisoformat(credential["expires"]) <= dt.datetime.now(dt.UTC):
        return False
    try:
        with signed(spec, credential, programme.settings) as session:
            reached(session)
    except (BadSignature, BadCredentials):
        return False
    return True


def _keep(programme: Programme, cluster_id: str, credential: lookups.Credential) -> None:
    with programme.sessions() as db:
        db.get_one(Cluster, cluster_id).sealed_credential = programme.box.seal(credential.to_json())
        db.commit()


def password(programme: Programme, spec: ClusterSpec) -> str:
    """The administrator's password: the lab's own, the spec's reference, the variable, or asked for. Raises Said."""
    lab = lab_of(spec, programme.settings)
    if lab is not None:
        return lab.password
    given = known_password(spec)
    if given:
        return given
    if not sys.stdin.isatty():
        raise Said(f"The APIC's password is needed once. Put it into {PASSWORD}, or refer to it in fabric.password.")
    return getpass.getpass(f"Password of {spec.fabric.user} at {spec.fabric.apics[0]}: ")


def known_password(spec: ClusterSpec) -> str | None:
    """The password of a real site, when it was given without asking."""
    given = spec.fabric.password.get_secret_value() if spec.fabric.password else ""
    return (given if given and not specs.secrets.is_reference(given) else "") or os.environ.get(PASSWORD)


def _source(spec: ClusterSpec) -> str:
    if spec.fabric.site == "lab":
        return "the lab"
    if spec.fabric.password and not specs.secrets.is_reference(spec.fabric.password.get_secret_value()):
        return "fabric.password"
    return PASSWORD if os.environ.get(PASSWORD) else "the terminal"


def _prepare(refused: lookups.LocalUserRefused) -> str:
    steps = "\n".join(f"  {number}. {step}" for number, step in enumerate(refused.steps, 1))
    return f"{refused}\n{steps}\n\n{refused.certificate_pem}"
