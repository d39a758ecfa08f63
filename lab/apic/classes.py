"""The class table: what stands where, under which name, with which properties and write privileges.

The data is in classes*.toml, whose heads explain the notation and name the sources.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lab.apic.values import Prop, parse_prop

HERE = Path(__file__).parent
FILES = ("classes.toml", "classes_fabric.toml", "classes_operational.toml")

# Attributes common to nearly all objects: class metadata published with the Terraform provider.
_BARE = {"annotation": "text", "userdom": "text :all:"}
_PLAIN = {"name": "text", "descr": "text", "nameAlias": "text", **_BARE}
_POLICY = {**_PLAIN, "ownerKey": "text", "ownerTag": "text"}
_READ_ONLY = {
    "childAction": "ro text",
    "extMngdBy": "ro text",
    "lcOwn": "ro text local",
    "modTs": "ro text",
    "monPolDn": "ro text",
    "status": "ro text",
    "uid": "ro text 0",
}
_RELATION = {
    "forceResolve": "ro text yes",
    "rType": "ro text mo",
    "state": "ro text unformed",
    "stateQual": "ro text none",
    "tCl": "ro text",
    "tType": "ro text mo",
}
_NAMED_RELATION = {"tDn": "ro text", "tRn": "ro text", "tContextDn": "ro text"}
_OPER_READ_ONLY = {name: _READ_ONLY[name] for name in ("childAction", "lcOwn", "modTs", "monPolDn", "status")}

KINDS: Mapping[str, Mapping[str, str]] = {
    "policy": {**_POLICY, **_READ_ONLY},
    "plain": {**_PLAIN, **_READ_ONLY},
    "bare": {**_BARE, **_READ_ONLY},
    "relation": {**_BARE, **_READ_ONLY, **_RELATION},
    "container": _READ_ONLY,
    "oper": _OPER_READ_ONLY,
    "live": _OPER_READ_ONLY,
}
ADMIN = "admin"


@dataclass(frozen=True, slots=True, eq=False)
class ClassDef:
    """One class. `write`: privileges that may write it, admin among them; empty for what users never write.

    `kept`: its objects are stored; what living leaves see is not.
    """

    name: str
    containers: frozenset[str]
    rn_format: str
    rn_pattern: re.Pattern[str]
    naming: tuple[str, ...]
    props: Mapping[str, Prop]
    write: frozenset[str]
    relation: str
    target_prop: str
    implicit: tuple[str, ...]
    is_implicit: bool
    kept: bool

    @property
    def configurable(self) -> bool:
        """Whether a user can write it at all."""
        return bool(self.write)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Properties that are never read back."""
        return tuple(name for name, prop in self.props.items() if prop.secret)

    def rn(self, values: Mapping[str, str]) -> str:
        """Relative name of an object with these naming values. Raises KeyError when one is missing."""
        return (
            self.rn_format.format_map({name: values[name] for name in self.naming}) if self.naming else self.rn_format
        )

    def parse_rn(self, rn: str) -> dict[str, str] | None:
        """Naming values of a relative name, None when it is not of this class."""
        match = self.rn_pattern.fullmatch(rn)
        return match.groupdict() if match else None


class ClassTable:
    """All classes, and which of them may stand in which."""

    def __init__(self, classes: Mapping[str, ClassDef]) -> None:
        self._classes = dict(classes)
        self._within: dict[str, list[ClassDef]] = {}
        for item in classes.values():
            for container in item.containers:
                self._within.setdefault(container, []).append(item)

    def __contains__(self, name: str) -> bool:
        return name in self._classes

    def __iter__(self) -> Iterator[ClassDef]:
        return iter(self._classes.values())

    def get(self, name: str) -> ClassDef | None:
        """The class, None when unknown."""
        return self._classes.get(name)

    def __getitem__(self, name: str) -> ClassDef:
        return self._classes[name]

    def may_stand(self, item: ClassDef, container: str) -> bool:
        """Whether an object of the class may stand in one of class `container` ("" is the root)."""
        return container in item.containers or ("*" in item.containers and container != "")

    def of_rn(self, container: str, rn: str) -> tuple[ClassDef, dict[str, str]] | None:
        """Class and naming values of a relative name in an object of class `container`."""
        anywhere = self._within.get("*", []) if container else []
        for item in (*self._within.get(container, ()), *anywhere):
            values = item.parse_rn(rn)
            if values is not None:
                return item, values
        return None


@cache
def load() -> ClassTable:
    """The table, read once."""
    raw: dict[str, Any] = {}
    for name in FILES:
        raw |= tomllib.loads((HERE / name).read_text(encoding="utf-8"))
    implicit = {child for entry in raw.values() for child in entry.get("implicit", ())}
    return ClassTable({name: _class(name, entry, name in implicit) for name, entry in raw.items()})


def _class(name: str, entry: Mapping[str, Any], is_implicit: bool) -> ClassDef:
    kind, own = entry.get("kind", "policy"), entry.get("props", {})
    relation = entry.get("rel", "")
    named = {} if "tDn" in own or not relation else _NAMED_RELATION
    naming = tuple(re.findall(r"\{(\w+)\}", entry["rn"]))
    specs = {**KINDS[kind], **named, **own}
    return ClassDef(
        name=name,
        containers=frozenset(entry["in"]),
        rn_format=entry["rn"],
        rn_pattern=_rn_pattern(entry["rn"]),
        naming=naming,
        props={prop: parse_prop(prop, spec) for prop, spec in specs.items()},
        write=frozenset() if kind in ("container", "oper", "live") else frozenset([ADMIN, *entry.get("write", ())]),
        relation=relation,
        target_prop=_target_prop(own) if relation else "",
        implicit=tuple(entry.get("implicit", ())),
        is_implicit=is_implicit,
        kept=kind != "live",
    )


def _target_prop(own: Mapping[str, str]) -> str:
    """`tDn`, or the tn...Name property of a relation by name."""
    return next(name for name in own if name == "tDn" or (name.startswith("tn") and name.endswith("Name")))


def _rn_pattern(rn: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", rn)
    texts = [re.escape(text) if at % 2 == 0 else f"(?P<{text}>.*)" for at, text in enumerate(parts)]
    pattern = "".join(texts)
    # `.*` in the middle must not eat what follows; the last may be empty (a relation without a name).
    return re.compile(pattern.replace(".*)\\]\\-\\[", ".*?)\\]\\-\\["))
