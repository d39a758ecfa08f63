"""The annotation: which external EPG an object belongs to. Strict: what is not understood is told, never guessed.

Our key takes JSON or a short form; the reference synchroniser's key takes its JSON unchanged.

    anchorage.internal/l3out: epg=web
    anchorage.internal/l3out: epg=web pods=ready provided=web-clients consumed=dns,ntp
    anchorage.internal/l3out: {"epg": "web", "tenant": "k8s-prod", "l3out": "k8s", "consumed": ["dns", "ntp"]}
    anchorage.internal/l3out: none
    aci.haystacknetworks.com/l3o: {"tenant": "k8s-prod", "l3out": "k8s", "epg": "web"}
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from l3out_sync.core.naming import wrong_name

OURS = "anchorage.internal/l3out"
THEIRS = "aci.haystacknetworks.com/l3o"
NONE = "none"
"""The annotation's text for: not here, whatever the workload or the namespace says."""

Which = Literal["all", "ready", "none"]
WHICH: tuple[Which, ...] = ("all", "ready", "none")


@dataclass(frozen=True, slots=True)
class Wish:
    """A valid annotation. Tenant and L3Out "" stand for the cluster's own; None everywhere: not said.

    `pods`: which pods' addresses count; `services`: whether LoadBalancer addresses and externalIPs of its services
    count; `provided`, `consumed`: the EPG's contracts.
    """

    epg: str
    tenant: str = ""
    l3out: str = ""
    pods: Which | None = None
    services: bool | None = None
    provided: tuple[str, ...] | None = None
    consumed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OptOut:
    """The object does not take part."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """An annotation that cannot be followed: what is wrong and what to do, one sentence each."""

    message: str
    remedy: str


Reading = Wish | OptOut | Wrong

EXAMPLE = 'Write for example epg=web, or {"epg": "web", "tenant": "k8s-prod", "l3out": "k8s"}.'


class _Bad(Exception):
    """Wrong, on its way up."""


def read(ours: str | None, theirs: str | None) -> Reading | None:
    """What an object's annotations say; None without any. Ours goes before the reference's."""
    if ours is not None:
        return _read(ours, OURS)
    return None if theirs is None else _read(theirs, THEIRS)


@lru_cache(maxsize=8192)
def _read(text: str, key: str) -> Reading:
    try:
        if key == OURS and text.strip().lower() == NONE:
            return OptOut()
        given = _json(text) if text.lstrip().startswith("{") or key == THEIRS else _short(text)
        return _wish(given, _THEIR_FIELDS if key == THEIRS else _OUR_FIELDS)
    except _Bad as bad:
        return Wrong(f"The annotation {key} cannot be followed: {bad}.", EXAMPLE)


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _Bad(f"it is not JSON ({error})") from error
    if not isinstance(found, dict):
        raise _Bad("it is not a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _Bad(f"{twice[0]} is given twice")
    return dict(pairs)


_PAIR_ENDS = re.compile(r"[\s;]+|,(?=\s*\w+\s*=)")


def _short(text: str) -> Mapping[str, Any]:
    """`epg=web provided=a,b`: pairs apart by blanks, semicolons or commas; a list's values by commas."""
    parts = [part.strip() for part in _PAIR_ENDS.split(text.strip()) if part.strip()]
    if not parts:
        raise _Bad("it is empty")
    for part in parts:
        if "=" not in part:
            raise _Bad(f"{part!r} is not name=value")
    pairs = [part.split("=", 1) for part in parts]
    return {name: _SHORT_VALUES.get(name, str)(value) for name, value in _once([(n, v) for n, v in pairs]).items()}


def _split(value: str) -> list[str]:
    return [part for part in value.split(",") if part]


def _boolean(value: str) -> object:
    return {"yes": True, "true": True, "no": False, "false": False}.get(value.lower(), value)


_SHORT_VALUES: Mapping[str, Callable[[str], object]] = {
    "provided": _split,
    "consumed": _split,
    "services": _boolean,
}


def _wish(given: Mapping[str, Any], fields: Mapping[str, Callable[[str, Any], Any]]) -> Wish:
    for name in given:
        if name not in fields:
            raise _Bad(f"{name!r} is not one of {', '.join(fields)}")
    if "epg" not in given:
        raise _Bad("epg is missing")
    if ("tenant" in given) and ("l3out" not in given):
        raise _Bad("a tenant is given without an l3out")
    return Wish(**{name: fields[name](name, value) for name, value in given.items()})


def _name(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Bad(f"{field} must be text")
    wrong = wrong_name(value)
    if wrong:
        raise _Bad(f"{field} {wrong}")
    return value


def _names(field: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Bad(f"{field} must be a list of contract names")
    return tuple(sorted({_name(field, item) for item in value}))


def _which(field: str, value: Any) -> Which:
    if value not in WHICH:
        raise _Bad(f"{field} must be one of {', '.join(WHICH)}")
    found: Which = value
    return found


def _flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Bad(f"{field} must be true or false")
    return value


_THEIR_FIELDS: Mapping[str, Callable[[str, Any], Any]] = {"epg": _name, "tenant": _name, "l3out": _name}
_OUR_FIELDS: Mapping[str, Callable[[str, Any], Any]] = {
    **_THEIR_FIELDS,
    "pods": _which,
    "services": _flag,
    "provided": _names,
    "consumed": _names,
}
