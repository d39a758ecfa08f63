"""Terraform's `-json` messages as lines that people read, and as progress. PURE: times come from the messages."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aci.dn import BadDn
from webui.runs import vcenter_words, words

PAST = {"create": "created", "update": "changed", "delete": "removed", "replace": "replaced", "read": "read"}
NOW = {"create": "creating", "update": "changing", "delete": "removing", "read": "reading"}
REST = "aci_rest_managed"
SILENT = ("version", "planned_change", "resource_drift", "outputs", "apply_start", "log", "init_output")


@dataclass(frozen=True)
class Said:
    """One line for the run's log. `done`, `total`: objects, where the line moves the progress."""

    text: str
    level: str = "info"
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Diagnostic:
    """An error or warning of Terraform or a provider, in its own words. `address`: the resource, "" without one."""

    severity: str
    summary: str
    detail: str
    address: str = ""


@dataclass
class Reader:
    """Turns lines into `Said`; keeps what the whole stream tells. `total`: objects that a saved plan changes."""

    total: int = 0
    reads: int = 0
    where: str = "the fabric"
    diagnostics: list[Diagnostic] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    _written: set[str] = field(default_factory=set)
    _started: dict[str, dt.datetime] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Objects written so far, each once: several resources may write parts of one."""
        return len(self._written)

    def read(self, line: str) -> Iterator[Said]:
        """What one line of output says to people: nothing, mostly."""
        if not line.strip():
            return
        message = _message(line)
        if message is None:
            yield Said(line.strip())
            return
        act = getattr(self, f"_on_{message.get('type', '')}", None)
        if act is not None:
            yield from act(message)
        elif message.get("type") not in SILENT and message.get("@level") in ("warn", "error"):
            yield Said(str(message.get("@message", "")), _level(message))

    def _on_apply_start(self, message: dict[str, Any]) -> Iterator[Said]:
        hook = message["hook"]
        self._started[hook["resource"]["addr"]] = _time(message)
        if hook.get("id_value"):  # a removal tells the DN at its start alone
            self._ids[hook["resource"]["addr"]] = hook["id_value"]
        yield from ()

    def _on_apply_progress(self, message: dict[str, Any]) -> Iterator[Said]:
        hook = message["hook"]
        if not _is_object(hook["resource"]):
            return
        yield Said(
            f"{_name(hook, self._ids)}: {NOW.get(hook['action'], 'working')}, {hook['elapsed_seconds']} s so far"
        )

    def _on_apply_complete(self, message: dict[str, Any]) -> Iterator[Said]:
        hook = message["hook"]
        resource, action = hook["resource"], hook["action"]
        part = _part(resource)
        if action == "read" or resource["resource_type"] == "terraform_data" or (part and action == "delete"):
            return
        self._written.add(str(hook.get("id_value") or self._ids.get(resource["addr"]) or resource["addr"]))
        began = self._started.get(resource["addr"], _time(message))
        done = f"{part} written" if part else PAST.get(action, "done")
        text = f"{_name(hook, self._ids)}: {done} in {(_time(message) - began).total_seconds():.1f} s"
        yield Said(text, done=self.done, total=max(self.total, self.done))

    def _on_apply_errored(self, message: dict[str, Any]) -> Iterator[Said]:
        yield Said(f"{_name(message['hook'], self._ids)}: failed", "error")

    def _on_refresh_complete(self, message: dict[str, Any]) -> Iterator[Said]:
        self.reads += _is_object(message["hook"]["resource"])
        yield from ()

    def _on_change_summary(self, message: dict[str, Any]) -> Iterator[Said]:
        """Terraform's own counts hold what is no object of the fabric, so ours are said."""
        if message["changes"]["operation"] != "plan":
            yield Said(f"Done: {_objects(self.done)} written.", done=self.done, total=max(self.total, self.done))
        elif self.reads:
            yield Said(f"Read {_objects(self.reads)} back from {self.where}.")

    def _on_outputs(self, message: dict[str, Any]) -> Iterator[Said]:
        found = message["outputs"].items()
        self.outputs = {name: one["value"] for name, one in found if "value" in one and not one.get("sensitive")}
        yield from ()

    def _on_diagnostic(self, message: dict[str, Any]) -> Iterator[Said]:
        told = message["diagnostic"]
        found = Diagnostic(told["severity"], told["summary"], told.get("detail", ""), told.get("address", ""))
        self.diagnostics.append(found)
        yield Said(f"{found.summary}: {found.detail}".rstrip(": \n"), _level(message))


def _message(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _objects(count: int) -> str:
    return f"{count} object" if count == 1 else f"{count} objects"


def _is_object(resource: dict[str, Any]) -> bool:
    """Of the fabric, that is: helpers of the configuration, and second resources about an object, are none."""
    return resource["resource_type"] != "terraform_data" and not _part(resource)


def _part(resource: dict[str, Any]) -> str:
    """What a second resource about an object writes: `bgpPeerP_password` -> `password`; "" for the object's own."""
    return str(resource["resource_name"]).partition("_")[2] if resource["resource_type"] == REST else ""


def _level(message: dict[str, Any]) -> str:
    return {"warn": "warning", "error": "error"}.get(str(message.get("@level")), "info")


def _time(message: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(message["@timestamp"])


def _name(hook: dict[str, Any], ids: dict[str, str]) -> str:
    """`l3extOut k8s-dc1`: by the DN where Terraform tells it, else by the resource's label and key."""
    resource = hook["resource"]
    if resource["resource_type"] != REST:
        return vcenter_words.short(resource["resource_type"], resource.get("resource_key"), str(resource["addr"]))
    cls, dn = resource["resource_name"].partition("_")[0], str(hook.get("id_value") or ids.get(resource["addr"], ""))
    try:
        if dn:
            return words.short(cls, dn)
    except BadDn:
        pass
    key = resource.get("resource_key")
    return cls if key is None else f"{cls} {key}"
