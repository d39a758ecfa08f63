"""Persistence: the tree in SQLite, one transaction of the APIC as one of the database: `kill -9` loses nothing."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.apic.tree import Node, Tree

SCHEMA = """
CREATE TABLE IF NOT EXISTS mo (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, dn TEXT UNIQUE NOT NULL, rn TEXT NOT NULL, container TEXT NOT NULL,
    class TEXT NOT NULL, attrs TEXT NOT NULL, mod_ts TEXT NOT NULL, uid TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
UPSERT = """
INSERT INTO mo (dn, rn, container, class, attrs, mod_ts, uid) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (dn) DO UPDATE SET attrs = excluded.attrs, mod_ts = excluded.mod_ts, uid = excluded.uid
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A stored object."""

    dn: str
    rn: str
    container: str
    cls: str
    attrs: dict[str, str]
    mod_ts: str
    uid: str


class Store:
    """The database of one simulator. Used under the owner's lock, from any thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)  # it holds BGP passwords, which the leaves need in clear
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def rows(self) -> Iterator[Row]:
        """All objects, containers before what they hold."""
        query = "SELECT dn, rn, container, class, attrs, mod_ts, uid FROM mo ORDER BY seq"
        for dn, rn, container, cls, attrs, mod_ts, uid in self._db.execute(query):
            yield Row(dn, rn, container, cls, json.loads(attrs), mod_ts, uid)

    def is_empty(self) -> bool:
        """Whether nothing was ever stored."""
        return self._db.execute("SELECT 1 FROM mo LIMIT 1").fetchone() is None

    def save(self, tree: Tree, dns: Iterable[str]) -> None:
        """Write the objects' present state (or absence) as one transaction."""
        found = [(dn, tree.get(dn)) for dn in dns]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("DELETE FROM mo WHERE dn = ?", [(dn,) for dn, node in found if node is None])
            self._db.executemany(UPSERT, [_values(node) for _, node in found if node is not None])
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def _values(node: Node) -> tuple[str, ...]:
    container = node.parent.dn if node.parent else ""
    return node.dn, node.rn, container, node.cls.name, json.dumps(node.attrs), node.mod_ts, node.uid


def load(store: Store, tree: Tree) -> None:
    """Fill an empty tree. Classes that the table no longer knows are left out, with what is below them."""
    for row in store.rows():
        cls, parent = tree.table.get(row.cls), tree.get(row.container)
        if cls is None or (row.container and parent is None):
            continue
        node = Node(cls, row.dn, row.rn, row.attrs, parent)
        node.mod_ts, node.uid = row.mod_ts, row.uid
        tree.insert(node)
