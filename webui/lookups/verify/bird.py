"""BIRD's sessions out of what `birdcl show protocols all` prints (BIRD 1.6 and Calico's fork of it). PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webui.verify.seen import NodeSession

_HEAD = re.compile(r"^(\S+)\s+BGP\s+\S+\s+(\S+)\s+(\S+(?: \d\d:\d\d:\d\d)?)\s*(.*)$")
_FIELD = re.compile(r"^\s+([A-Z][A-Za-z ]+):\s+(.*?)\s*$")
_SENT = re.compile(r"(\d+) exported")


def sessions(node: str, text: str) -> tuple[NodeSession, ...]:
    """One for each BGP protocol with a neighbour."""
    return tuple(found for lines in _protocols(text) if (found := _session(node, lines)))


def _protocols(text: str) -> Iterator[list[str]]:
    """The lines of each BGP protocol, its first one in front."""
    lines: list[str] = []
    for line in text.splitlines():
        if line[:1].strip():
            if lines:
                yield lines
            lines = [line] if _HEAD.match(line) else []
        elif lines:
            lines.append(line)
    if lines:
        yield lines


def _session(node: str, lines: list[str]) -> NodeSession | None:
    fields = {found[1]: found[2] for line in lines[1:] if (found := _FIELD.match(line))}
    address = fields.get("Neighbor address", "").partition("%")[0]
    if not address:
        return None
    head = _HEAD.match(lines[0])
    info = head[4].strip() if head else ""
    state = fields.get("BGP state", "") or info.partition(" ")[0]
    sent = _SENT.search(fields.get("Routes", ""))
    number = fields.get("Neighbor AS", "")
    return NodeSession(
        node,
        address,
        state.lower(),
        fields.get("Last error", "") or (info.partition(" ")[2].strip() if state != "Established" else ""),
        int(number) if number.isdecimal() else None,
        int(sent[1]) if sent else None,
    )
