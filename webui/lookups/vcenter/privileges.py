"""Asks vCenter whether its user may do what will be done, and tells what is missing by name and by object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.errors import told
from webui.lookups.vcenter.needed import MACHINES, TEMPLATE, On, Privilege
from webui.lookups.vcenter.places import Place, look
from webui.lookups.vcenter.tree import key
from webui.spec.model.vcenter import VCenter as Section
from webui.spec.problem import Problem, blocking

_FIELDS: Mapping[On, str] = {
    "root": "vcenter.user",
    "cluster": "vcenter.compute_cluster",
    "pool": "vcenter.compute_cluster",
    "datastore": "vcenter.datastore",
    "network": "vcenter.port_group",
    "folder": "vcenter.folder",
    "template": "vcenter.template",
}
_WORDS: Mapping[On, str] = {
    "cluster": "cluster",
    "pool": "resource pool",
    "datastore": "datastore",
    "network": "port group",
    "template": "template",
}


@dataclass(frozen=True)
class Entity:
    """An object that is asked about, and its words: "datastore ds1"."""

    on: On
    ref: Any
    words: str


@dataclass(frozen=True)
class Missing:
    """Privileges that the user lacks on one object."""

    on: On
    words: str
    privileges: tuple[Privilege, ...]


def machines_problems(vcenter: VCenter, section: Section, template: str | None = None) -> list[Problem]:
    """What the user lacks for making the section's machines. Raises VCenterError.

    `template`: its path, where the section gives a bare name. Objects that are not there are left to other checks.
    """
    entities = _entities(vcenter, section, section.folder or "", template or section.template)
    return problems(vcenter, missing(vcenter, entities, MACHINES))


def template_problems(vcenter: VCenter, place: Place) -> list[Problem]:
    """What the user lacks for uploading a template to the place. Raises VCenterError."""
    section = Section(
        datacenter=place.datacenter,
        compute_cluster=place.compute_cluster,
        resource_pool=place.resource_pool,
        datastore=place.datastore,
        port_group=place.network,
    )
    return problems(vcenter, missing(vcenter, _entities(vcenter, section, place.folder, None), TEMPLATE))


def missing(vcenter: VCenter, entities: Sequence[Entity], needed: Iterable[Privilege]) -> list[Missing]:
    """What the session's user lacks: one question for all objects and privileges."""
    wanted = list(needed)
    ids = list(dict.fromkeys(one.id for one in wanted))
    refs = {key(entity.ref): entity.ref for entity in entities}
    if not refs:
        return []
    with told(vcenter.address):
        session = vcenter.content.sessionManager.currentSession.key
        manager = vcenter.content.authorizationManager
        answers = manager.HasPrivilegeOnEntities(list(refs.values()), session, ids)
    granted = {
        (key(answer.entity), one.privId) for answer in answers for one in answer.privAvailability if one.isGranted
    }
    found = (_lacking(entity, wanted, granted) for entity in entities)
    return [one for one in found if one.privileges]


def problems(vcenter: VCenter, lacking: Iterable[Missing]) -> list[Problem]:
    """One Problem for each object."""
    return [_problem(vcenter.target.user, one) for one in lacking]


def _problem(user: str, one: Missing) -> Problem:
    named = "; ".join(f"{privilege.words} ({privilege.id})" for privilege in one.privileges)
    count = "a privilege" if len(one.privileges) == 1 else f"{len(one.privileges)} privileges"
    remedy = (
        f"In the vSphere client, add a role with it to {user} on {one.words}, with “Propagate to children”, or sign in "
        "as another user."
    )
    return blocking(_FIELDS[one.on], f"User {user} lacks {count} on {one.words}: {named}.", remedy)


def _lacking(entity: Entity, wanted: Sequence[Privilege], granted: set[tuple[str, str]]) -> Missing:
    lacks = (one for one in wanted if one.on == entity.on and (key(entity.ref), one.id) not in granted)
    return Missing(entity.on, entity.words, tuple(lacks))


def _entities(vcenter: VCenter, section: Section, folder: str, template: str | None) -> list[Entity]:
    root = Entity("root", vcenter.content.rootFolder, "the vCenter itself")
    where = section.datacenter
    if not where:
        return [root]
    named: dict[On, tuple[str, str | None]] = {
        "cluster": ("host", section.compute_cluster),
        "pool": ("host", _pool(section)),
        "datastore": ("datastore", section.datastore),
        "network": ("network", section.port_group),
        "template": ("vm", template),
    }
    found = [_at(vcenter, on, f"{where}/{kind}/{name}", name) for on, (kind, name) in named.items() if name]
    return [one for one in (root, _folder(vcenter, where, folder), *found) if one]


def _at(vcenter: VCenter, on: On, path: str, name: str) -> Entity | None:
    ref = look(vcenter, path)
    return Entity(on, ref, f"{_WORDS[on]} {name}") if ref is not None else None


def _pool(section: Section) -> str | None:
    if not section.compute_cluster:
        return None
    pool = f"{section.compute_cluster}/Resources"
    return f"{pool}/{section.resource_pool}" if section.resource_pool else pool


def _folder(vcenter: VCenter, where: str, path: str) -> Entity | None:
    """The deepest folder of the path that exists: what is made below inherits its permissions."""
    levels = [level for level in path.split("/") if level]
    for count in range(len(levels), -1, -1):
        name = "/".join(levels[:count])
        ref = look(vcenter, f"{where}/vm/{name}".rstrip("/"))
        if ref is not None:
            return Entity("folder", ref, f"folder {name}" if name else f"the machine folder of {where}")
    return None
