"""The fabric behind a draft: where it is, whether Anchorage has signed in there, what was read and when.

Facts are kept for a while in this process: a page asks for fresh ones, a save as the reader types takes what is there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aci.errors import AciError
from aci.query import Query
from aci.session import Retries, Session, Timeouts
from lab import site as lab_site
from webui.lookups import Credential, LabDown, read_facts, target
from webui.settings import Settings
from webui.spec import SiteFacts, parse
from webui.spec.model import Fabric
from webui.steps.trouble import Trouble, no_address, no_lab, of_error
from webui.store.box import Box
from webui.store.models import Cluster, now

FRESH = 60.0
"""Seconds for which a page takes facts as new."""
LASTING = 900.0
"""Seconds for which a save as the reader types does not read again."""
AGAIN = 15.0
"""Seconds for which a fabric that did not answer is not asked again."""
CONNECT = 3.0
"""Seconds to wait for a connection; a page must not hang on an APIC that is not there."""


@dataclass(frozen=True)
class Reading:
    """What a page knows of the fabric. `apic`: host[:port] of the first controller."""

    lab: bool
    apic: str = ""
    credential: Credential | None = None
    pending: Mapping[str, Any] | None = None
    """A credential whose user is still to be prepared by hand at the APIC (webui.steps.fabric.signin)."""
    facts: SiteFacts | None = None
    error: Trouble | None = None

    @property
    def signed_in(self) -> bool:
        """Anchorage has a user of its own there."""
        return self.credential is not None

    @property
    def apic_url(self) -> str:
        """https://host[:port] of the first controller."""
        return f"https://{self.apic}" if self.apic else ""

    @property
    def words(self) -> str:
        """Why there are no facts, in a sentence or two."""
        if self.error:
            return f"{self.error.sentence} {self.error.remedy}"
        return "" if self.facts else "Anchorage has not signed in to an APIC yet. Do it on the Fabric page."


_kept: dict[str, tuple[tuple[Any, ...], float, Reading]] = {}
_locks: dict[str, threading.Lock] = {}


def read(cluster: Cluster, document: Mapping[str, Any], settings: Settings, box: Box, oldest: float = FRESH) -> Reading:
    """What is known of the draft's fabric, read again when it is older than so many seconds."""
    fabric = parse({"fabric": document.get("fabric")}).spec.fabric
    stored = box.open(cluster.sealed_credential) or {}
    lab = lab_site.status(settings.lab_home) if fabric.site == "lab" else None
    try:
        where = target(fabric, lab)
    except LabDown:
        return Reading(True, error=no_lab(), credential=_usable(stored))
    except ValueError:
        return Reading(False, error=no_address() if stored else None, credential=_usable(stored))
    found = Reading(
        fabric.site == "lab", where.addresses[0], _usable(stored), stored if stored.get("pending") else None
    )
    if found.credential is None:
        return found
    key = (where.addresses, where.tls, found.credential.user, stored["private_key"])
    with _locks.setdefault(cluster.id, threading.Lock()):
        kept = _kept.get(cluster.id)
        if kept and kept[0] == key and time.monotonic() - kept[1] < (oldest if kept[2].facts else AGAIN):
            return kept[2]
        fresh = _ask(found, fabric, settings, lab)
        _kept[cluster.id] = (key, time.monotonic(), fresh)
    return fresh


def forget(cluster_id: str) -> None:
    """Read the fabric anew at the next page."""
    _kept.pop(cluster_id, None)


def session(fabric: Fabric, credential: Credential, settings: Settings, lab: lab_site.LabSite | None = None) -> Session:
    """A session by signature that gives up soon. Raises LabDown, ValueError, AciError."""
    where = target(fabric, lab)
    timeouts = Timeouts(connect=min(CONNECT, settings.apic_timeout), read=settings.apic_timeout)
    return Session(where.addresses, credential.signature, tls=where.tls, timeouts=timeouts, retries=Retries(attempts=1))


def own_user(user: str) -> Query:
    """The query for a user's own object: the smallest one that a signature must be right for."""
    return Query(dn=f"uni/userext/user-{user}")


def _usable(stored: Mapping[str, Any]) -> Credential | None:
    return Credential.from_json(dict(stored)) if stored and not stored.get("pending") else None


def _ask(found: Reading, fabric: Fabric, settings: Settings, lab: lab_site.LabSite | None) -> Reading:
    assert found.credential is not None
    known = (found.lab, found.apic, found.credential, found.pending)
    try:
        with session(fabric, found.credential, settings, lab) as opened:
            return Reading(*known, facts=read_facts(opened, now))
    except AciError as error:
        return Reading(*known, error=of_error(error))
