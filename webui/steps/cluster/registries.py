"""Passwords and authorities of image registries: they follow their registry when its row moves. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webui.steps.cluster.form import REGISTRIES
from webui.steps.document import LONGEST, LONGEST_TEXT, as_text, at, clean


def moved(
    before: Sequence[Any], after: Sequence[Any], secrets: Mapping[str, str], typed: Mapping[str, str | None]
) -> dict[str, str | None]:
    """What to write so that each registry keeps its password: by path; None clears.

    `typed`: password by upstream name, "" leaves what is stored, None forgets it. A registry that is gone, or was
    given another name, takes its password with it: it is never sent to another one.
    """
    stored = {name: secrets.get(f"{REGISTRIES}.{n}.password") for n, name in enumerate(_names(before))}
    wanted: dict[str, str | None] = {f"{REGISTRIES}.{n}.password": None for n in range(len(before))}
    for n, name in enumerate(_names(after)):
        said = typed.get(name, "")
        wanted[f"{REGISTRIES}.{n}.password"] = stored.get(name) if said == "" else said
    return wanted


def authorities(rows: Sequence[Any], posted: Mapping[str, str]) -> list[Any]:
    """The rows with the authorities that were posted for them, by upstream name."""
    return [_with_ca(row, posted.get(f"registry-ca:{as_text(at(row, 'upstream'))}")) for row in rows]


def passwords(posted: Mapping[str, str]) -> dict[str, str | None]:
    """The passwords that were typed or cleared, by upstream name."""
    start, clear = "registry-password:", "registry-clear:"
    typed: dict[str, str | None] = {
        key.removeprefix(start): value[:LONGEST] for key, value in posted.items() if key.startswith(start)
    }
    return typed | {key.removeprefix(clear): None for key in posted if key.startswith(clear)}


def _with_ca(row: Any, ca: str | None) -> Any:
    if ca is None or not isinstance(row, Mapping):
        return row
    rest = {key: value for key, value in row.items() if key != "ca"}
    text = clean(ca, LONGEST_TEXT)
    return {**rest, "ca": text} if text else rest


def _names(rows: Sequence[Any]) -> list[str]:
    return [as_text(at(row, "upstream")) for row in rows]
