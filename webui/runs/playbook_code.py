"""What a playbook of ours consists of, read from its files: how many tasks, and which variables it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from webui.settings import ROOT

CODE = ROOT / "ansible"
INCLUDES = ("ansible.builtin.include_role", "ansible.builtin.import_role")


def count_tasks(playbook: str) -> int:
    """How many tasks a playbook can have, those of files that it includes counted in: the end of the progress bar."""
    total = 0
    for play in _plays(playbook):
        imported = play.get("ansible.builtin.import_playbook")
        total += count_tasks(imported) if imported else bool(play.get("gather_facts")) + len(play.get("tasks", []))
        for role in _roles_of(play):
            files = (CODE / "roles" / role / "tasks").glob("*.yml")
            total += 1 + sum(len(yaml.safe_load(file.read_text()) or []) for file in files)
    return total


@cache
def words(playbook: str) -> frozenset[str]:
    """Every name that stands in a playbook and in its roles' files: it uses a variable only if it names it."""
    found: set[str] = set()
    for file in files(playbook):
        found.update(re.findall(r"[a-z_][a-z0-9_]*", file.read_text(errors="replace")))
    return frozenset(found)


def files(playbook: str) -> list[Path]:
    """The playbook, those that it imports, and all files of their roles and of the roles that these include."""
    books = [CODE / playbook]
    names: set[str] = set()
    for play in _plays(playbook):
        if imported := play.get("ansible.builtin.import_playbook"):
            books += files(imported)
        names.update(_roles_of(play))
    return [*books, *(file for role in _with_included(names) for file in _files_of(role))]


def _plays(playbook: str) -> list[dict[str, Any]]:
    return yaml.safe_load((CODE / playbook).read_text()) or []


def _roles_of(play: dict[str, Any]) -> Iterator[str]:
    for role in play.get("roles", []):
        yield role if isinstance(role, str) else role["role"]
    for task in (*play.get("pre_tasks", []), *play.get("tasks", []), *play.get("post_tasks", [])):
        yield from _included(task)


def _included(task: Any) -> Iterator[str]:
    """Roles that a task, or one in its block, takes in by name."""
    for inner in task.get("block", []) if isinstance(task, dict) else []:
        yield from _included(inner)
    for word in INCLUDES:
        taken = task.get(word) if isinstance(task, dict) else None
        if isinstance(taken, dict) and "{{" not in str(taken.get("name", "{{")):
            yield str(taken["name"])


def _with_included(names: set[str]) -> list[str]:
    found: set[str] = set()
    waiting = sorted(names)
    while waiting:
        role = waiting.pop()
        if role in found:
            continue
        found.add(role)
        for file in (CODE / "roles" / role / "tasks").glob("*.yml"):
            for task in yaml.safe_load(file.read_text()) or []:
                waiting += _included(task)
        waiting += _dependencies(role)
    return sorted(found)


def _dependencies(role: str) -> list[str]:
    meta = CODE / "roles" / role / "meta/main.yml"
    known = (yaml.safe_load(meta.read_text()) or {}).get("dependencies", []) if meta.is_file() else []
    return [one if isinstance(one, str) else one["role"] for one in known]


def _files_of(role: str) -> list[Path]:
    folder = CODE / "roles" / role
    return sorted(path for path in folder.rglob("*") if path.is_file())
