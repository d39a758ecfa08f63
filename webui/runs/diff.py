"""Terraform's plan (`terraform show -json`) as what changes in the fabric, object by object. PURE.

The raw plan holds secrets and is never stored; what comes out of here holds none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aci import dn as dns
from webui.runs import notes, sentences, words
from webui.runs.merge import merged
from webui.runs.redact import SHOWN

UNKNOWN = "(known after apply)"
REST = "aci_rest_managed"
OPERATIONS = {
    ("create",): "add",
    ("update",): "change",
    ("delete",): "destroy",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
}
NOT_SHOWN = ("annotation", "dn", "userdom", "childAction", "status")
"""Attributes of every object that say nothing about the network."""

Diff = dict[str, Any]


def of_plan(plan: Mapping[str, Any], destroy: bool = False) -> Diff:
    """`Run.diff` of a plan: summary, sentence, groups of objects, and drift found by the refresh."""
    objects: list[dict[str, Any]] = []
    for change in plan.get("resource_changes") or []:
        if change.get("mode") == "managed" and change.get("type") == REST:
            objects += _objects(change)
    objects = merged(objects)
    kept = sum(one["op"] == "keep" for one in objects)
    objects = [_plain(one) for one in objects if one["op"] != "keep"]
    drift = [one for change in plan.get("resource_drift") or [] for one in _drifted(change)]
    summary = summary_of(objects, kept)
    groups = _grouped(objects)
    sentence = sentences.of_plan(summary, groups, drift, destroy=destroy)
    return {"summary": summary, "sentence": sentence, "groups": groups, "drift": drift}


def changes_nothing(diff: Diff) -> bool:
    """Whether applying the plan would leave everything as it is; work that waits on machines does not."""
    waits = any(part.get("steps") for part in diff.get("parts", {}).values()) or diff.get("prepares")
    return not any(diff.get("summary", {}).get(op) for op in ("add", "change", "destroy")) and not waits


def objects_of(diff: Diff) -> list[dict[str, Any]]:
    """All objects of a diff, in its order."""
    return [one for group in diff["groups"] for one in group["objects"]]


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "weight"}


def summary_of(objects: Iterable[Mapping[str, Any]], kept: int) -> dict[str, int]:
    """A replaced object counts once as added and once as destroyed, as Terraform counts it."""
    count = {"add": 0, "change": 0, "destroy": 0, "keep": kept}
    for one in objects:
        for op in ("add", "destroy") if one["op"] == "replace" else (one["op"],):
            count[op] += 1
    return count


def _objects(change: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The object of one resource, and its children when it has some."""
    told = change["change"]
    before, after = told.get("before"), told.get("after")
    op = OPERATIONS.get(tuple(told["actions"]), "keep")
    hidden = _Hidden(told)
    known = after or before or {}
    cls, dn = str(known.get("class_name", "")), _dn(before, after, change)
    if not cls:
        return
    old, new = _content(before), _content(after)
    new |= _unknown((told.get("after_unknown") or {}).get("content"), old)
    children = list(_children(dn, before, after, op))
    own = "keep" if op == "change" and old == new and children else op
    yield _object(own, cls, dn, old=old, new=new, hidden=hidden)
    yield from children


def _unknown(marks: Any, old: Mapping[str, str]) -> dict[str, str]:
    """Attributes whose values are known only when other objects have been made."""
    names = old if marks is True else [name for name, mark in (marks or {}).items() if mark]
    return dict.fromkeys(names, UNKNOWN)


def _dn(before: Any, after: Any, change: Mapping[str, Any]) -> str:
    for values in (after, before):
        if values and values.get("dn"):
            return str(values["dn"])
    return str(change["address"])


def _content(values: Mapping[str, Any] | None) -> dict[str, str]:
    content = (values or {}).get("content") or {}
    return {name: str(value) for name, value in content.items() if value is not None}


class _Hidden:
    """Which attributes Terraform marks sensitive, on either side."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._marks = [told.get("before_sensitive") or {}, told.get("after_sensitive") or {}]

    def hides(self, cls: str, name: str) -> bool:
        """Whether the attribute's value must not be shown."""
        if name in words.SECRET_ATTRIBUTES.get(cls, ()):
            return True
        return any(_is_marked(marks, name) for marks in self._marks)


def _is_marked(marks: Any, name: str) -> bool:
    if marks is True:
        return True
    content = marks.get("content")
    return content is True or bool(isinstance(content, Mapping) and content.get(name))


def _children(dn: str, before: Any, after: Any, op: str) -> Iterator[dict[str, Any]]:
    old, new = _by_rn(before), _by_rn(after)
    for rn in sorted(old.keys() | new.keys()):
        one = new.get(rn) or old[rn]
        was, will = _content(old.get(rn)), _content(new.get(rn))
        own = op if op == "replace" else _op(rn in old, rn in new, was != will)
        cls = str(one.get("class_name", ""))
        yield _object(own, cls, dns.join(dn, rn), old=was, new=will, hidden=_Hidden({}))


def _op(was: bool, will: bool, differs: bool) -> str:
    if was and will:
        return "change" if differs else "keep"
    return "add" if will else "destroy"


def _by_rn(values: Any) -> dict[str, Mapping[str, Any]]:
    children = (values or {}).get("child") or []
    return {str(child["rn"]): child for child in children if child.get("rn")}


def _object(
    op: str, cls: str, dn: str, *, old: Mapping[str, str], new: Mapping[str, str], hidden: _Hidden
) -> dict[str, Any]:
    return {
        "op": op,
        "class": cls,
        "dn": dn,
        "rn": dns.rn(dn),
        "title": words.title(cls, dn, _masked(cls, new or old, hidden)),
        "attributes": list(_attributes(op, cls, old, new, hidden)),
        "note": _note(op, cls),
        "weight": len(old.keys() | new.keys()),
    }


def _masked(cls: str, values: Mapping[str, str], hidden: _Hidden) -> dict[str, str]:
    return {name: SHOWN if hidden.hides(cls, name) else value for name, value in values.items()}


def _note(op: str, cls: str) -> str:
    if op == "destroy":
        return notes.of_removal(cls)
    return notes.of_replacement(cls) if op == "replace" else ""


def _attributes(
    op: str, cls: str, old: Mapping[str, str], new: Mapping[str, str], hidden: _Hidden
) -> Iterator[dict[str, str | None]]:
    """Of a change: what differs. Of the rest: everything that is set."""
    for name in sorted(old.keys() | new.keys()):
        was, will = old.get(name), new.get(name)
        if name in NOT_SHOWN or (op in ("change", "keep") and was == will):
            continue
        secret = hidden.hides(cls, name)
        if not was and not will and not (secret and op == "replace"):
            continue
        note = notes.of_change(cls, name) if op in ("change", "replace") and (was != will or secret) else ""
        yield {"name": name, "before": _shown(was, secret), "after": _shown(will, secret), "note": note}


def _shown(value: str | None, secret: bool) -> str | None:
    """A secret that is empty says that there is none, which is no secret."""
    return SHOWN if secret and value else value


def _grouped(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """By leaf first, since leaves are what comes and goes; then by what the objects are for."""
    by_leaf: dict[int, list[dict[str, Any]]] = {}
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for one in objects:
        node = words.node_of(one["dn"])
        if node:
            by_leaf.setdefault(node[1], []).append(one)
        else:
            by_kind.setdefault(words.group_of(one["class"]), []).append(one)
    leaves = [_leaf_group(number, sorted(found, key=_place)) for number, found in sorted(by_leaf.items())]
    order = [title for title in (*words.GROUPS, words.OTHERS) if title in by_kind]
    others: list[dict[str, Any]] = [{"title": title, "objects": sorted(by_kind[title], key=_place)} for title in order]
    return leaves + others


def _place(one: Mapping[str, Any]) -> tuple[bool, str]:
    """Containers before what they hold; of a leaf, first of all that it is in the L3Out."""
    return one["class"] != "l3extRsNodeL3OutAtt", one["dn"]


def _leaf_group(number: int, objects: list[dict[str, Any]]) -> dict[str, Any]:
    attachment = next((one for one in objects if one["class"] == "l3extRsNodeL3OutAtt"), None)
    verb = {"add": "is added", "destroy": "is removed"}.get(attachment["op"] if attachment else "", "changes")
    return {"title": f"Leaf {number} {verb}", "objects": objects}


def _drifted(change: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a refresh found otherwise than Terraform left it: changed by hand, or gone."""
    if change.get("mode") != "managed" or change.get("type") != REST:
        return
    for one in _objects(change):
        one["attributes"] = [item for item in one["attributes"] if _is_drift(one["op"], item)]
        if one["op"] == "destroy" or one["attributes"]:
            yield {**_plain(one), "note": sentences.of_drift(one)}


def _is_drift(op: str, item: Mapping[str, Any]) -> bool:
    """A secret is not read back: that it is missing says nothing."""
    return op == "destroy" or item["after"] is not None
