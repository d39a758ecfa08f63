"""The vCenter behind a draft: where it is, what was read of it and when, or why not.

Facts are kept for a while in this process: a page asks for fresh ones, a save as the reader types takes what is there.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab import site as lab_site
from lab.vcenter.site import VCenterSite
from webui.lookups.vcenter import errors
from webui.lookups.vcenter.connecting import VCenter, connect
from webui.lookups.vcenter.facts import read_facts
from webui.lookups.vcenter.privileges import machines_problems
from webui.settings import Settings
from webui.spec import ClusterSpec, Problem, parse
from webui.spec.model import VCenter as Section
from webui.spec.vcenter_site import VCenterFacts
from webui.steps.drafts import Draft
from webui.steps.site import AGAIN, FRESH, LASTING
from webui.steps.trouble import Trouble
from webui.store.models import now

TIMEOUT = 8.0
"""Seconds to wait for an answer; a page must not hang on a vCenter that is not there."""
ADDRESS, USER, PASSWORD, CA = "vcenter.address", "vcenter.user", "vcenter.password", "vcenter.tls.ca"
PLACE = ("datacenter", "compute_cluster", "resource_pool", "datastore", "port_group", "folder", "template")
FIELDS: tuple[tuple[type[errors.VCenterError], str], ...] = (
    (errors.TlsFailure, CA),
    (errors.BadLogin, PASSWORD),
    (errors.NotPermitted, USER),
    (errors.BadAddress, ADDRESS),
    (errors.NotAVCenter, ADDRESS),
    (errors.Unreachable, ADDRESS),
)


@dataclass(frozen=True)
class Reading:
    """What a page knows of the vCenter. `asked`: there is enough to ask it; `lab`: it is the simulated one."""

    lab: bool
    address: str = ""
    user: str = ""
    asked: bool = False
    facts: VCenterFacts | None = None
    error: Trouble | None = None
    lacking: tuple[Problem, ...] = ()
    """Privileges that the user lacks in the place that was chosen."""

    @property
    def words(self) -> str:
        """Why there are no facts, in a sentence or two."""
        if self.error:
            return f"{self.error.sentence} {self.error.remedy}".strip()
        return "" if self.facts else "Give the vCenter's address, a user and the password first."


@dataclass(frozen=True)
class Door:
    """How to sign in to a draft's vCenter."""

    section: Section
    password: str
    lab: VCenterSite | None = None

    def open(self, timeout: float = TIMEOUT) -> VCenter:
        """A session. Raises VCenterError."""
        return connect(self.section, self.password, self.lab, timeout=timeout)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells one door from another, without the password itself; the place last."""
        mark = hashlib.sha256(self.password.encode()).hexdigest()
        where = tuple(getattr(self.section, name) for name in PLACE)
        return (self.section.address, self.section.user, self.section.tls, mark, self.lab and self.lab.address, where)


_kept: dict[str, tuple[tuple[Any, ...], float, Reading]] = {}
_locks: dict[str, threading.Lock] = {}


def door(document: Mapping[str, Any], secrets: Mapping[str, str], settings: Settings) -> tuple[Door | None, Reading]:
    """How to sign in, and what is known before asking. None where there is no way: the reading says why."""
    spec = parse({"fabric": document.get("fabric"), "vcenter": document.get("vcenter")}).spec
    return _lab_door(spec, settings) if spec.fabric.site == "lab" else _own_door(spec, secrets.get(PASSWORD, ""))


def read(draft: Draft, settings: Settings, oldest: float = FRESH) -> Reading:
    """What is known of the draft's vCenter, read again when it is older than so many seconds."""
    way, found = door(draft.document, draft.secrets, settings)
    if way is None:
        return found
    with _locks.setdefault(draft.cluster_id, threading.Lock()):
        kept = _kept.get(draft.cluster_id)
        if kept and kept[0] == way.key and time.monotonic() - kept[1] < (oldest if kept[2].facts else AGAIN):
            return kept[2]
        fresh = _ask(found, way, kept[2].facts if _only_place(kept, way, oldest) and kept else None)
        _kept[draft.cluster_id] = (way.key, time.monotonic(), fresh)
    return fresh


def known(draft: Draft, settings: Settings) -> Reading:
    """What is known without asking: for pages that do not show the vCenter."""
    way, found = door(draft.document, draft.secrets, settings)
    kept = _kept.get(draft.cluster_id)
    fits = way and kept and kept[0] == way.key and time.monotonic() - kept[1] < LASTING
    return kept[2] if kept and fits else found


def forget(cluster_id: str) -> None:
    """Read the vCenter anew at the next page."""
    _kept.pop(cluster_id, None)


def trouble_of(error: errors.VCenterError) -> Trouble:
    """The trouble of an error, at the field that mends it."""
    field = next((field for kind, field in FIELDS if isinstance(error, kind)), "")
    return Trouble(error.sentence, f"vCenter said: {error.text}.".replace("..", ".") if error.text else "", field)


def _lab_door(spec: ClusterSpec, settings: Settings) -> tuple[Door | None, Reading]:
    lab = lab_site.status(settings.lab_home)
    if lab is None:
        return None, Reading(True, error=Trouble("The built-in lab is not running.", "Start it on the Sites page."))
    if lab.vcenter is None:
        why = lab.left_out or "It was started without them."
        return None, Reading(True, error=Trouble("The lab runs without a vCenter and machines.", why))
    door = Door(spec.vcenter, "", lab.vcenter)
    return door, Reading(True, lab.vcenter.address, lab.vcenter.user, asked=True)


def _own_door(spec: ClusterSpec, password: str) -> tuple[Door | None, Reading]:
    section = spec.vcenter
    found = Reading(False, section.address or "", section.user or "")
    if not (section.address and section.user and password):
        return None, found
    return Door(section, password), replace(found, asked=True)


def _only_place(kept: tuple[tuple[Any, ...], float, Reading] | None, way: Door, oldest: float) -> bool:
    """The same vCenter was read a moment ago; only another place was chosen in it since."""
    return kept is not None and kept[0][:-1] == way.key[:-1] and time.monotonic() - kept[1] < oldest


def _ask(found: Reading, way: Door, facts: VCenterFacts | None) -> Reading:
    try:
        with way.open() as vcenter:
            facts = facts or read_facts(vcenter, now)
            known = facts.templates_named(way.section.datacenter, way.section.template)
            template = known[0].name if len(known) == 1 else None
            return replace(found, facts=facts, lacking=tuple(machines_problems(vcenter, way.section, template)))
    except errors.VCenterError as error:
        return replace(found, error=trouble_of(error))
