"""From any document to a ClusterSpec and the Problems in it. Nothing that is put in makes it raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from webui.spec.model import ClusterSpec, Part
from webui.spec.problem import Problem, blocking
from webui.spec.values import Wrong, shown

_SECTIONS = frozenset(
    {
        "Fabric",
        "L3Out",
        "vCenter",
        "Machines",
        "Cluster",
        "Cluster network",
        "BGP",
        "VRF",
        "Contract",
        "External EPG",
        "DNS",
        "Proxy",
    }
)
"""Groups whose fields are clear without the group's name."""

LONGEST_LIST = 4096
"""Entries that are read of a list; what follows is a mistake or an attack."""


@dataclass(frozen=True)
class Parsed:
    """What a document says (`spec`, without its wrong values) and what is wrong in it."""

    spec: ClusterSpec
    problems: list[Problem]


@dataclass(frozen=True)
class Shape:
    """How a field is read: one value, a group of fields, or a list of either."""

    kind: Literal["value", "part", "values", "parts"]
    title: str
    part: type[Part] | None
    adapter: TypeAdapter[Any] | None
    secret: bool


def parse(document: Any) -> Parsed:
    """Read a document, such as YAML gives it or a form. Wrong values become Problems and are left out of the spec."""
    problems: list[Problem] = []
    spec = _part(ClusterSpec, document, "", problems)
    assert isinstance(spec, ClusterSpec)
    return Parsed(spec, problems)


def put(spec: ClusterSpec, path: str, value: Any) -> ClusterSpec:
    """The spec with one field set, its value read as in a document; an unknown path or a wrong value raises Wrong."""
    found = _put(spec, path.split("."), value)
    assert isinstance(found, ClusterSpec)
    return found


def get(spec: Part, path: str) -> Any:
    """The value at a path; None where there is none."""
    here: Any = spec
    for step in path.split("."):
        if isinstance(here, tuple):
            here = here[int(step)] if step.isdigit() and int(step) < len(here) else None
        else:
            here = getattr(here, step) if isinstance(here, Part) and step in type(here).model_fields else None
    return here


@cache
def shapes(kind: type[Part]) -> dict[str, Shape]:
    """How each field of a part is read."""
    return {name: _shape(name, info) for name, info in kind.model_fields.items()}


def walk(kind: type[Part] = ClusterSpec, path: str = "") -> Iterator[tuple[str, Shape, FieldInfo]]:
    """Every field of the document as (path, shape, field); the entries of a list stand under `*`."""
    for name, shape in shapes(kind).items():
        here = join(path, name)
        yield here, shape, kind.model_fields[name]
        if shape.part:
            yield from walk(shape.part, f"{here}.*" if shape.kind == "parts" else here)


def label(path: str) -> str:
    """A field's name as it may begin a sentence.

    Its title, with its group's or row's where that says more ("Node subnet (IPv4)").
    """
    words: list[str] = []
    kind: type[Part] | None = ClusterSpec
    for step in path.split("."):
        if step.isdigit():
            words = [f"{words[-1] if words else 'Row'} {int(step) + 1}"]
            continue
        shape = shapes(kind).get(step) if kind else None
        words = [*words[-1:], shape.title if shape else step]
        kind = shape.part if shape else None
    if len(words) < 2 or words[0] in _SECTIONS:
        return words[-1]
    family = words[1].partition(" ")[0]
    return f"{words[0]} ({family})" if family in ("IPv4", "IPv6") else ", ".join(words)


def example(path: str) -> str | None:
    """The first example of a field, as text; None for secrets and groups."""
    wanted = ".".join("*" if step.isdigit() else step for step in path.split("."))
    shown = next((info.examples for here, _, info in walk() if here == wanted), None)
    first = shown[0] if shown else None
    return ", ".join(map(str, first)) if isinstance(first, list) else None if first is None else str(first)


def join(path: str, step: str | int) -> str:
    """One step further down a path."""
    return f"{path}.{step}" if path else str(step)


def empty(raw: Any) -> bool:
    """Nothing was given: null, or a text of spaces."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _shape(name: str, info: FieldInfo) -> Shape:
    title = info.title or name
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    inner = next(arm for arm in _arms(info.annotation) if arm is not NoneType)
    if isinstance(inner, type) and issubclass(inner, Part):
        return Shape("part", title, inner, None, False)
    if get_origin(inner) is tuple:
        item = get_args(inner)[0]
        if isinstance(item, type) and issubclass(item, Part):
            return Shape("parts", title, item, None, False)
        return Shape("values", title, None, TypeAdapter(item), False)
    reader: Any = Annotated[inner, *info.metadata] if info.metadata else inner
    return Shape("value", title, None, TypeAdapter(reader), extra.get("writeOnly") is True)


def _arms(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (UnionType, Union) else (annotation,)


def _part(kind: type[Part], raw: Any, path: str, problems: list[Problem]) -> Part:
    if empty(raw):
        return kind()
    if not isinstance(raw, Mapping):
        sentence = f"{_name(path)} is {shown(raw)}, but fields are expected here."
        problems.append(
            blocking(path, sentence, f"Write fields such as {', '.join(list(kind.model_fields)[:3])} below it.")
        )
        return kind()
    known = shapes(kind)
    problems.extend(_unknown(key, tuple(known), path) for key in raw if key not in known)
    return kind.model_construct(
        **{name: _field(shape, raw[name], join(path, name), problems) for name, shape in known.items() if name in raw}
    )


def _name(path: str) -> str:
    return f"“{path}”" if path else "The document"


def _unknown(key: Any, known: tuple[str, ...], path: str) -> Problem:
    near = get_close_matches(str(key) if isinstance(key, str) else shown(key), known, 1, 0.5)
    remedy = f"Did you mean {near[0]}?" if near else f"Remove it. Known here: {', '.join(known)}."
    where = f"in {path}" if path else "in the document"
    return blocking(path, f"There is no field {shown(key)} {where}.", remedy)


def _field(shape: Shape, raw: Any, path: str, problems: list[Problem]) -> Any:
    if shape.kind == "part" and shape.part:
        return _part(shape.part, raw, path, problems)
    if shape.kind == "value":
        return None if empty(raw) else _value(shape, raw, path, problems)
    items = _items(shape, raw, path, problems)
    if shape.part:
        return tuple(_part(shape.part, item, join(path, n), problems) for n, item in enumerate(items))
    values = (_value(shape, item, join(path, n), problems) for n, item in enumerate(items) if not empty(item))
    return tuple(value for value in values if value is not None)


def _items(shape: Shape, raw: Any, path: str, problems: list[Problem]) -> list[Any]:
    if empty(raw):
        return []
    if isinstance(raw, str) and shape.kind == "values":
        return raw.replace(",", " ").split()
    if not isinstance(raw, list | tuple):
        problems.append(
            blocking(
                path, f"{label(path)}: {shown(raw)} is no list.", "Write a list, one entry a line, each after a hyphen."
            )
        )
        return []
    if len(raw) > LONGEST_LIST:
        problems.append(
            blocking(path, f"{label(path)}: the list has {len(raw)} entries.", f"At most {LONGEST_LIST} are read.")
        )
    return list(raw[:LONGEST_LIST])


def _value(shape: Shape, raw: Any, path: str, problems: list[Problem]) -> Any:
    try:
        return _read(shape, raw)
    except Wrong as wrong:
        problems.append(blocking(path, f"{label(path)}: {wrong.text}.", wrong.remedy))
        return None


def _read(shape: Shape, raw: Any) -> Any:
    assert shape.adapter is not None
    try:
        return shape.adapter.validate_python(raw)
    except ValidationError as error:
        cause = error.errors(include_url=False, include_input=False)[0].get("ctx", {}).get("error")
        raise (
            cause if isinstance(cause, Wrong) else Wrong("the value cannot be used here", "Look at the field's help.")
        ) from None


def _put(here: Part, steps: list[str], value: Any) -> Part:
    name, rest = steps[0], steps[1:]
    shape = shapes(type(here)).get(name)
    if shape is None:
        raise Wrong(f"there is no field {shown(name)}", "Look at the fields of the document.")
    now = getattr(here, name)
    if not rest:
        problems: list[Problem] = []
        new = _field(shape, value, name, problems)
        if problems:
            raise Wrong(problems[0].sentence, problems[0].remedy)
    elif shape.kind == "part":
        new = _put(now, rest, value)
    else:
        index = int(rest[0])
        new = (*now[:index], _put(now[index], rest[1:], value), *now[index + 1 :])
    return here.model_copy(update={name: new})
