"""From one configuration to another in the fewest words, so that no session but the changed one notices. PURE.

FRR takes most lines anew over an old value; only what has no new value is taken back with `no`. What a changed value
does to a session is the daemon's affair, as on a leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lab.fabric.config import Line

ENTER = ("enable", "configure terminal")
PASSING = 65535
"""AS and key of a neighbour that is made in order to be removed."""

_SINGLE = ("password", "timers", "remote-as", "description", "local-as", "route-map", "maximum-prefix", "weight")
_BASIC = ("router-id", "graceful-restart", "listen limit", "route-map delay-timer")


def commands(old: Sequence[Line], new: Sequence[Line]) -> list[str]:
    """Lines for the daemon's terminal that make `new` of `old`; none when they are equal."""
    had, wanted = set(old), set(new)
    routers = {line[0] for line in old if _in_router(line)} - {line[0] for line in new}
    gone = [line for line in old if line not in wanted and line[0] not in routers]
    come = [line for line in new if line not in had]
    if not gone and not come and not routers:
        return []
    lists_first = [line for line in come if not _in_router(line)]
    took_back = _needed(gone, come)
    inside = [line for line in took_back if _in_router(line)]
    outside = [line for line in took_back if not _in_router(line)]
    ended = [f"no {router}" for router in sorted(routers)]
    words = [
        *_said(lists_first),
        *ended,
        *_said(_taken_back(inside)),
        *_said(line for line in come if _in_router(line)),
    ]
    return [*ENTER, *words, *_said(_taken_back(outside)), "end"]


def without_changed_keys(old: Sequence[Line], new: Sequence[Line]) -> tuple[Line, ...]:
    """`old` without the ranges whose password changes; `old` itself where none does.

    FRR 8.4 leaves a dynamic neighbour's key on its listening socket when the neighbour goes, and the old key outlives
    the change: such ranges are closed, `forgetting` is said, and they are opened again.
    """
    changed = {line[-1].split()[1] for line in set(old) ^ set(new) if " password " in line[-1]}
    return tuple(line for line in old if _range_of(line[-1]) not in changed)


def forgetting(lines: Sequence[Line], addresses: Iterable[str]) -> list[str]:
    """Words that take the keys of addresses off the listening socket: made neighbours of their own, they go with it.

    Those of neighbours that stand in `lines` by themselves stay.
    """
    router = next((line[0] for line in lines if _in_router(line)), "")
    own = {line[-1].split()[1] for line in lines if line[-1].startswith("neighbor ")}
    keyed = [
        word
        for at in addresses
        if at not in own
        for word in (f"neighbor {at} remote-as {PASSING}", f"neighbor {at} password {PASSING}", f"no neighbor {at}")
    ]
    return [*ENTER, router, *keyed, "exit", "end"] if router and keyed else []


def _range_of(word: str) -> str:
    return word.rpartition(" ")[2] if word.startswith("bgp listen range ") else ""


def _in_router(line: Line) -> bool:
    return line[0].startswith("router ")


def _said(lines: Iterable[Line]) -> Iterator[str]:
    """Each line with its contexts; `exit` leads out of them."""
    for line in lines:
        yield from line
        yield from ["exit"] * (len(line) - (not _opens(line[-1])))


def _opens(word: str) -> bool:
    """Whether a line opens a context of its own."""
    return word.startswith(("router ", "route-map ", "address-family "))


def _taken_back(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        last = line[-1]
        yield (*line[:-1], last.removeprefix("no ") if last.startswith("no ") else f"no {last}")


def _needed(gone: list[Line], come: list[Line]) -> list[Line]:
    """What must be taken back, last first: not what goes with its context or peer, and not what gets a new value."""
    taken = set(gone)
    peers = {line[-1].split()[1] for line in gone if _makes_peer(line[-1])}
    peers -= {line[-1].split()[1] for line in come if _makes_peer(line[-1])}
    renewed = {(*line[:-1], _key(line[-1])) for line in come}
    return [
        line
        for line in reversed(gone)
        if not any(line[:end] in taken for end in range(1, len(line)))
        and not (_peer(line[-1]) in peers and not _makes_peer(line[-1]))
        and (*line[:-1], _key(line[-1])) not in renewed
        and not (line[-1].startswith("neighbor") and " remote-as " in line[-1] and _has_group(line, gone))
    ]


def _makes_peer(word: str) -> bool:
    parts = word.split()
    return parts[0] == "neighbor" and (parts[2:] == ["peer-group"] or (parts[2] == "remote-as" and "." in parts[1]))


def _has_group(line: Line, gone: list[Line]) -> bool:
    return (*line[:-1], f"neighbor {line[-1].split()[1]} peer-group") in gone


def _peer(word: str) -> str:
    parts = word.split()
    return parts[1] if parts[0] == "neighbor" else ""


def _key(word: str) -> str:
    """What of a line says which setting it is; the whole line where several may stand side by side."""
    parts = word.split()
    if parts[0] == "neighbor" and parts[2] in _SINGLE:
        connect = parts[2] == "timers" and parts[3] == "connect"
        direction = parts[-1] if parts[2] == "route-map" else ""
        return " ".join((*parts[:3], "connect" if connect else direction))
    if parts[0] == "bgp":
        return next((f"bgp {word}" for word in _BASIC if " ".join(parts[1:]).startswith(word)), word)
    if parts[0] == "set":
        return f"set {parts[1]}"
    if parts[0] == "maximum-paths":
        return "maximum-paths ibgp" if parts[1] == "ibgp" else "maximum-paths"
    if "prefix-list" in parts[:2]:
        return " ".join(parts[:5])
    return word
