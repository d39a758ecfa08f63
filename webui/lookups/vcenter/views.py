"""Properties of many objects in few round trips: a view, and pages of what the property collector reads of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webui.lookups.vcenter.api import vim, vmodl
from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.errors import told

PAGE = 500
"""Objects in one answer."""
Wanted = Mapping[Any, Sequence[str]]
"""Property paths by kind of object."""
_Q = vmodl.query.PropertyCollector


@dataclass(frozen=True)
class Row:
    """An object and the properties that it has; one that is not set, or may not be read, is absent."""

    ref: Any
    values: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """A property."""
        return self.values.get(name, default)

    @property
    def name(self) -> str:
        """As vCenter has it, with its escapes."""
        return str(self.values.get("name", ""))


def read_all(vcenter: VCenter, wanted: Wanted) -> list[Row]:
    """Every object of these kinds that the user may see."""
    with told(vcenter.address):
        content = vcenter.content
        view = content.viewManager.CreateContainerView(content.rootFolder, list(wanted), True)
        try:
            walk = _Q.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
            return list(_pages(vcenter, wanted, [_Q.ObjectSpec(obj=view, skip=True, selectSet=[walk])]))
        finally:
            view.DestroyView()


def read(vcenter: VCenter, wanted: Wanted, refs: Sequence[Any]) -> list[Row]:
    """These objects."""
    if not refs:
        return []
    with told(vcenter.address):
        return list(_pages(vcenter, wanted, [_Q.ObjectSpec(obj=ref, skip=False) for ref in refs]))


def read_one(vcenter: VCenter, ref: Any, *paths: str) -> Row:
    """One object. Raises NotFound when it is gone."""
    rows = read(vcenter, {type(ref): paths}, [ref])
    return rows[0] if rows else Row(ref, {})


def _pages(vcenter: VCenter, wanted: Wanted, objects: Sequence[Any]) -> Iterator[Row]:
    collector = vcenter.content.propertyCollector
    properties = [_Q.PropertySpec(type=kind, pathSet=list(paths), all=False) for kind, paths in wanted.items()]
    spec = _Q.FilterSpec(propSet=properties, objectSet=list(objects), reportMissingObjectsInResults=False)
    answer = collector.RetrievePropertiesEx([spec], _Q.RetrieveOptions(maxObjects=PAGE))
    while answer is not None:
        for found in answer.objects:
            yield Row(found.obj, {prop.name: prop.val for prop in found.propSet})
        answer = collector.ContinueRetrievePropertiesEx(answer.token) if answer.token else None
