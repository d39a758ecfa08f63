"""Terraform's plan of the machines (`terraform show -json`) as what changes in vCenter, machine by machine. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from webui.runs.diff import OPERATIONS, UNKNOWN, Diff, summary_of
from webui.runs.vcenter_words import KINDS, role_of

MACHINE = "vsphere_virtual_machine"
OTHERS = "Folder, tags and rules in vCenter"
PLACES = {
    "vsphere_folder": "folder",
    "vsphere_tag_category": "category",
    "vsphere_tag": "tag",
    "vsphere_compute_cluster_vm_anti_affinity_rule": "rule",
}
REMOVED = "The machine is powered off and deleted with its disk."
REPLACED = "The machine is deleted and made anew: what is on its disk is lost."
VERBS = {"add": "is added", "destroy": "is removed", "replace": "is made anew", "change": "changes"}
Object = dict[str, Any]
Values = Mapping[str, Any]


def of_plan(plan: Values, destroy: bool = False) -> Diff:
    """`Run.diff` of a plan of terraform/machines, as `webui.runs.diff.of_plan` gives it for the fabric."""
    changes = [one for one in plan.get("resource_changes") or [] if one.get("mode") == "managed"]
    objects = [_object(one) for one in changes if one["type"] in KINDS]
    kept = sum(one["op"] == "keep" for one in objects)
    objects = [one for one in objects if one["op"] != "keep"]
    drift = [note for change in plan.get("resource_drift") or [] for note in _drift(change)]
    sentence = _sentence(objects, drift, destroy=destroy)
    return {"summary": summary_of(objects, kept), "sentence": sentence, "groups": _grouped(objects), "drift": drift}


def machines(found: Diff, *operations: str) -> list[str]:
    """Names of the machines that these operations (add, change, destroy, replace) happen to."""
    objects = (one for group in found["groups"] for one in group["objects"])
    return [one["rn"] for one in objects if one["class"] == MACHINE and one["op"] in operations]


def _object(change: Values) -> Object:
    told, kind = change["change"], change["type"]
    before, after = told.get("before") or {}, told.get("after") or {}
    op = OPERATIONS.get(tuple(told["actions"]), "keep")
    name = str((after or before).get("name") or (after or before).get("path") or change.get("index") or "")
    place = "machine" if kind == MACHINE else PLACES[kind]
    attributes = list(_attributes(op, _facts(kind, before), _facts(kind, after)))
    return {
        "op": op,
        "class": kind,
        "dn": f"{place}/{name}",
        "rn": name,
        "title": _title(kind, name, _facts(kind, after or before), role_of(str(change.get("address", "")))),
        "attributes": attributes,
        "note": {"destroy": REMOVED, "replace": REPLACED}.get(op, "") if kind == MACHINE else "",
    }


def _facts(kind: str, values: Values) -> dict[str, str | None]:
    """What people want to know of a resource, by its name in words."""
    if not values:
        return {}
    if kind != MACHINE:
        number = values.get("virtual_machine_ids")
        counted = {"machines": str(len(number))} if isinstance(number, list) else {}
        return {"name": values.get("name") or values.get("path"), **counted}
    memory = values.get("memory")
    found = {
        "CPUs": values.get("num_cpus"),
        "memory": f"{memory / 1024:g} GiB" if memory else None,
        "disk": _disk(values),
        "IPv4 address": _address(values, "ipv4_address") or values.get("default_ip_address"),
        "IPv6 address": _address(values, "ipv6_address"),
        "folder": values.get("folder"),
    }
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def _disk(values: Values) -> str | None:
    disks = values.get("disk") or [{}]
    size = disks[0].get("size")
    return f"{size} GiB" if size else None


def _address(values: Values, name: str) -> str | None:
    cards = _first(_first(_first(values, "clone"), "customize"), "network_interface")
    found = cards.get(name)
    return str(found) if found else None


def _first(values: Values, name: str) -> Values:
    blocks = values.get(name) or [{}]
    return blocks[0] or {}


def _title(kind: str, name: str, facts: Mapping[str, str | None], role: str) -> str:
    if kind != MACHINE:
        return f"{KINDS[kind]} {name}"
    size = [f"{facts['CPUs']} CPUs" if facts.get("CPUs") else "", facts.get("memory") or ""]
    said = [*size, facts.get("IPv4 address") or "", f"folder {facts['folder']}" if facts.get("folder") else ""]
    return f"Machine {name}: {', '.join(part for part in (*said, role) if part)}"


def _attributes(op: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys([*old, *new]):
        was, will = old.get(name), new.get(name)
        if op in ("change", "keep") and was == will:
            continue
        if op == "replace" and will is None:
            will = UNKNOWN
        yield {"name": name, "before": was, "after": None if op == "destroy" else will, "note": ""}


def _grouped(objects: Iterable[Object]) -> list[dict[str, Any]]:
    """A group for each machine, then what stands around them."""
    found = list(objects)
    own = sorted((one for one in found if one["class"] == MACHINE), key=lambda one: str(one["rn"]))
    groups = [{"title": _heading(one), "objects": [one]} for one in own]
    others = [one for one in found if one["class"] != MACHINE]
    return [*groups, *([{"title": OTHERS, "objects": others}] if others else [])]


def _heading(one: Object) -> str:
    facts = {item["name"]: item["after"] for item in one["attributes"]}
    size = [f"{facts['CPUs']} CPUs" if facts.get("CPUs") else "", facts.get("memory"), facts.get("IPv4 address")]
    said = ", ".join(str(part) for part in size if part)
    return f"{one['rn']} {VERBS[one['op']]}{f': {said}' if said and one['op'] in ('add', 'replace') else ''}"


def _sentence(objects: list[Object], drift: list[dict[str, Any]], *, destroy: bool) -> str:
    if not objects:
        return "Nothing is left to remove." if destroy else "Changes nothing."
    by = {op: [one["rn"] for one in objects if one["class"] == MACHINE and one["op"] == op] for op in VERBS}
    verbs = {"add": "makes", "destroy": "removes", "replace": "makes anew", "change": "changes"}
    said = [f"{verbs[op]} {named(by[op])}" for op in verbs if by[op]]
    text = listed(said) if said else "changes folder, tags or rules in vCenter"
    mended = " Puts back what was changed by hand." if drift and not destroy else ""
    return f"{text[:1].upper()}{text[1:]}.{mended}"


def named(names: list[str]) -> str:
    """Machines in a sentence: by name while they are few."""
    if len(names) > 3:
        return f"{len(names)} machines"
    return f"the {'machine' if len(names) == 1 else 'machines'} {listed(names)}"


def listed(items: Sequence[str]) -> str:
    """Items of a sentence."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _drift(change: Values) -> Iterator[dict[str, Any]]:
    """A machine that is gone or whose size is another than it was left with."""
    if change.get("mode") != "managed" or change.get("type") not in KINDS:
        return
    one = _object(change)
    if one["op"] == "destroy":
        yield {**one, "note": f"Removed by hand outside Anchorage: {KINDS[one['class']]} {one['rn']}."}
    elif one["op"] == "change" and one["attributes"] and change["type"] == MACHINE:
        values = ", ".join(f"{item['name']} is {item['after']}, was {item['before']}" for item in one["attributes"])
        yield {**one, "note": f"Changed by hand outside Anchorage: Machine {one['rn']}: {values}."}
