"""The simulated controller without its network: tree, sign-in, change feed, persistence. Thread-safe.

The lab's other parts (the living leaves) use this in process: `change` as the fabric, `feed`, `secret`.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from aci.mo import Mo
from lab.apic import errors, rbac
from lab.apic.actor import SYSTEM, Actor
from lab.apic.apply import apply
from lab.apic.classes import load as load_table
from lab.apic.clock import Clock, stamp, system_clock
from lab.apic.feed import Feed
from lab.apic.preset import preset
from lab.apic.queries import Options, Reader
from lab.apic.signin import Request, SignIn, Token
from lab.apic.store import Store
from lab.apic.store import load as load_state
from lab.apic.transaction import Transaction
from lab.apic.tree import Node, Tree
from lab.apic.views import attributes

T = TypeVar("T")
STATE_FILE = "state.db"
FIRST_UID = 15374
"""uid of admin on a controller; other users count on from it."""


class Apic:
    """One simulated controller cluster."""

    def __init__(self, home: Path | None = None, *, clock: Clock = system_clock, admin_password: str = "") -> None:
        self.clock = clock
        self.tree = Tree(load_table())
        self.feed = Feed()
        self.lock = threading.RLock()
        self.reader = Reader(self.tree, clock)
        self.sign_in = SignIn(self.tree)
        self._store = Store(home / STATE_FILE) if home else None
        if self._store is not None and not self._store.is_empty():
            load_state(self._store, self.tree)
        else:
            self.change(preset(clock(), admin_password))

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            if self._store is not None:
                self._store.close()

    def change(self, bodies: list[tuple[str, Mo]], actor: Actor = SYSTEM) -> list[Node]:
        """Apply bodies at DNs as one transaction; store and publish it, or refuse it as a whole (ApicError)."""
        with self.lock:
            transaction = Transaction(self.tree, stamp(self.clock()), actor.uid)
            try:
                touched = [node for dn, mo in bodies for node in apply(transaction, dn, mo, actor)]
                self._keep(transaction)
            except BaseException:
                transaction.rollback()
                raise
            self.feed.publish(transaction.changes(self.shown))
            return touched

    def _keep(self, transaction: Transaction) -> None:
        if self._store is not None and transaction.touched():
            self._store.save(self.tree, transaction.touched())

    def shown(self, node: Node) -> dict[str, str]:
        """An object's attributes as replies have them; under the lock."""
        return attributes(self.tree, node, self.clock)

    def post(self, user: Node, dn: str, mo: Mo, answer: str = "") -> dict[str, Any]:
        """A user's POST. `answer`: rsp-subtree, `full` or `modified` returns the objects."""
        with self.lock:
            before = self.feed.recent()[-1:]
            touched = self.change([(dn, mo)], self.actor(user))
            if answer not in ("full", "modified"):
                return {"totalCount": "0", "imdata": []}
            changed = {change.dn for change in self.feed.recent(before[0].number if before else 0)}
            shown = [node for node in touched if answer == "full" or node.dn in changed]
            return {"totalCount": str(len(shown)), "imdata": [self.reader.rendered(node) for node in shown]}

    def delete(self, user: Node, dn: str) -> dict[str, Any]:
        """A user's DELETE: idempotent."""
        with self.lock:
            node = self.tree.get(dn)
            if node is not None:
                self.change([(dn, Mo(node.cls.name, {"dn": dn, "status": "deleted"}))], self.actor(user))
            return {"totalCount": "0", "imdata": []}

    def query_mo(self, dn: str, options: Options) -> dict[str, Any]:
        """One object and what is asked for with it."""
        with self.lock:
            return self.reader.mo(dn, options)

    def query_class(self, names: list[str], within: str, options: Options) -> dict[str, Any]:
        """Objects of classes."""
        with self.lock:
            return self.reader.of_class(names, within, options)

    def actor(self, user: Node) -> Actor:
        """The user with rights as they are now."""
        users = [node.dn for node in self.tree.of_class("aaaUser")]
        return rbac.actor_for(self.tree, user, str(FIRST_UID + users.index(user.dn)))

    def user_of(self, cookies: dict[str, str], request: Request, *, reads: bool) -> Node:
        """Who sent a request. Raises ApicError 403 for nobody, or for a reader without a role."""
        with self.lock:
            user = self.sign_in.user_of(cookies, request, self.clock())
            if reads and not rbac.may_read(user):
                raise errors.no_role()
            return user

    def tokened(self, work: Callable[[SignIn], Token]) -> Token:
        """Sign-in and refresh, under the lock."""
        with self.lock:
            return work(self.sign_in)

    def secret(self, dn: str, name: str) -> str:
        """A write-only value for the lab's own leaves (a BGP password); never for a reply, a page or a log."""
        with self.lock:
            node = self.tree.get(dn)
            return node.get(name) if node else ""
