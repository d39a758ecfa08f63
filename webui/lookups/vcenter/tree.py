"""The inventory as a tree: which data centre an object lies in, and its path below that data centre's folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from webui.lookups.vcenter.api import vim
from webui.lookups.vcenter.views import Row


def key(ref: Any) -> str:
    """What tells objects apart: pyvmomi's references do not compare well between kinds."""
    return str(ref._moId)


@dataclass(frozen=True)
class Tree:
    """Rows by key; each has `name` and, but for the root, `parent`."""

    rows: dict[str, Row]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Tree:
        """A tree of what was read."""
        return cls({key(row.ref): row for row in rows})

    def kind(self, kind: Any) -> list[Row]:
        """Objects of a kind or its subclasses, by name."""
        return sorted((row for row in self.rows.values() if isinstance(row.ref, kind)), key=lambda row: row.name)

    @cached_property
    def datacenters(self) -> dict[str, str]:
        """Paths of data centres by key."""
        return {key(row.ref): self._path(row, frozenset()) for row in self.kind(vim.Datacenter)}

    def place(self, row: Row) -> tuple[str, str]:
        """(data centre, path below its folder of that kind); ("", "") for what lies in none that may be seen.

        Such a folder itself has the path "".
        """
        above = self._above(row)
        owner = next((n for n, up in enumerate(above) if isinstance(up.ref, vim.Datacenter)), None)
        if owner is None:
            return "", ""
        datacenter = self.datacenters[key(above[owner].ref)]
        if owner == 0:
            return datacenter, ""
        # The topmost folder in a data centre is the root of its kind (vm, host, datastore, network).
        names = [up.name for up in reversed(above[: owner - 1])]
        return datacenter, "/".join([*names, row.name])

    def below(self, row: Row, top: Any) -> str:
        """Path of an object below another one."""
        return self._path(row, frozenset({key(top)}))

    def named(self, refs: Iterable[Any] | None) -> list[Row]:
        """The rows of references, as far as they were read."""
        return [self.rows[key(ref)] for ref in refs or () if key(ref) in self.rows]

    def _above(self, row: Row) -> list[Row]:
        found: list[Row] = []
        while (parent := row.get("parent")) is not None and key(parent) in self.rows:
            row = self.rows[key(parent)]
            found.append(row)
        return found

    def _path(self, row: Row, stop: frozenset[str]) -> str:
        names = [row.name]
        for up in self._above(row):
            if key(up.ref) in stop:
                break
            names.append(up.name)
        return "/".join(reversed(names))


class Reach:
    """Which clusters reach the datastores or networks that their hosts list in the property `what`.

    Counted once: large sites have hundreds of hosts, each with hundreds of networks.
    """

    def __init__(self, tree: Tree, clusters: Sequence[Row], what: str) -> None:
        self._counts: list[tuple[str, int, Counter[str]]] = []
        for cluster in clusters:
            hosts = tree.named(cluster.get("host"))
            having = Counter(key(one) for host in hosts for one in host.get(what) or ())
            self._counts.append((tree.place(cluster)[1], len(hosts), having))

    def of(self, ref: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(clusters whose hosts all have it, clusters where only some do), by name."""
        wanted = key(ref)
        found = [(name, having[wanted], hosts) for name, hosts, having in self._counts if having[wanted]]
        whole = tuple(name for name, count, hosts in found if count == hosts)
        return whole, tuple(name for name, count, hosts in found if count < hosts)
