"""Managed objects as plain data, and their JSON as the APIC reads and writes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from aci.dn import join

JsonMo = dict[str, dict[str, Any]]


class BadMo(ValueError):
    """The JSON is not a managed object; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Mo:
    """One managed object. All attribute values are strings, as the APIC has them."""

    cls: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple["Mo", ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))
        object.__setattr__(self, "children", tuple(self.children))

    def __hash__(self) -> int:
        return hash((self.cls, tuple(sorted(self.attributes.items())), self.children))

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, default: str = "") -> str:
        """The attribute, or `default`."""
        return self.attributes.get(name, default)

    @property
    def dn(self) -> str:
        """The attribute dn, "" when the reply held none."""
        return self.get("dn")

    def walk(self) -> Iterator["Mo"]:
        """The object and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def of(self, *classes: str) -> list["Mo"]:
        """Direct children of these classes."""
        return [child for child in self.children if child.cls in classes]

    def to_json(self) -> JsonMo:
        """JSON body; `attributes` stand before `children`, which the APIC demands."""
        inner: dict[str, Any] = {"attributes": dict(self.attributes)}
        if self.children:
            inner["children"] = [child.to_json() for child in self.children]
        return {self.cls: inner}


def from_json(document: Any) -> Mo:
    """Mo of `{cls: {"attributes": {...}, "children": [...]}}`. Raises BadMo."""
    if not isinstance(document, dict) or len(document) != 1:
        raise BadMo("a managed object is a JSON object with its class as the only key")
    cls, inner = next(iter(document.items()))
    if not isinstance(inner, dict):
        raise BadMo(f"{cls} must hold a JSON object")
    return Mo(cls, _attributes(cls, inner.get("attributes", {})), _children(cls, inner.get("children", [])))


def _attributes(cls: str, found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        raise BadMo(f"attributes of {cls} must be a JSON object")
    for name, value in found.items():
        if isinstance(value, dict | list) or value is None:
            raise BadMo(f"attribute {name} of {cls} must be a string")
    return {name: _text(value) for name, value in found.items()}


def _children(cls: str, found: Any) -> tuple[Mo, ...]:
    if not isinstance(found, list):
        raise BadMo(f"children of {cls} must be a JSON array")
    return tuple(from_json(child) for child in found)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def with_dns(item: Mo, container: str = "") -> Mo:
    """The same object, each child with its dn: replies give children their rn alone."""
    dn = item.dn or (join(container, item.get("rn")) if item.get("rn") else "")
    attributes = {**item.attributes, "dn": dn} if dn else item.attributes
    return Mo(item.cls, attributes, tuple(with_dns(child, dn) for child in item.children))


def mo(cls: str, *children: Mo, **attributes: str) -> Mo:
    """Short form: `mo("fvTenant", mo("fvCtx", name="main"), name="k8s")`. A trailing `_` is dropped (`from_`)."""
    return Mo(cls, {name.rstrip("_"): value for name, value in attributes.items()}, children)


def deleted(cls: str, dn: str) -> Mo:
    """Body that deletes the object, as the Terraform provider sends it."""
    return Mo(cls, {"dn": dn, "status": "deleted"})


def batches(objects: Iterable[Mo], size: int) -> Iterator[list[Mo]]:
    """Lists of at most `size` objects, in order."""
    batch: list[Mo] = []
    for item in objects:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
