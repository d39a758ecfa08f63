"""One transaction over the tree: applied at once, undone as a whole when anything in it is refused."""

from collections.abc import Callable

from lab.apic.classes import ClassDef
from lab.apic.feed import Kind
from lab.apic.tree import Node, Tree

Snapshot = dict[str, str] | None
Found = list[tuple[Kind, str, str, dict[str, str]]]


class Transaction:
    """Creates, modifies and deletes objects; keeps how to undo it and what there was before."""

    def __init__(self, tree: Tree, mod_ts: str, uid: str) -> None:
        self.tree = tree
        self._mod_ts, self._uid = mod_ts, uid
        self._undo: list[Callable[[], None]] = []
        self._before: dict[str, tuple[ClassDef, Snapshot]] = {}

    def create(self, cls: ClassDef, dn: str, rn: str, attrs: dict[str, str], parent: Node | None) -> Node:
        """A new object with its implicit children (class metadata: `isCreatableDeletable: never`)."""
        node = Node(cls, dn, rn, attrs, parent)
        self._remember(cls, dn, None)
        self._stamp(node)
        self.tree.insert(node)
        self._undo.append(lambda: self.tree.remove(node))
        for name in cls.implicit:
            child = self.tree.table[name]
            child_rn = child.rn_format
            self.create(child, f"{dn}/{child_rn}", child_rn, {}, node)
        return node

    def modify(self, node: Node, attrs: dict[str, str]) -> bool:
        """Set attributes; returns whether anything changed."""
        changed = {name: value for name, value in attrs.items() if node.get(name) != value}
        if not changed:
            return False
        old, old_ts, old_uid = dict(node.attrs), node.mod_ts, node.uid
        self._remember(node.cls, node.dn, old)
        node.attrs.update(changed)
        self._stamp(node)
        self._undo.append(lambda: _restore(node, old, old_ts, old_uid))
        return True

    def delete(self, node: Node) -> None:
        """Take the object and all below it out, the lowest first."""
        for child in list(node.children.values()):
            self.delete(child)
        self._remember(node.cls, node.dn, dict(node.attrs))
        self.tree.remove(node)
        self._undo.append(lambda: self.tree.insert(node))

    def _stamp(self, node: Node) -> None:
        node.mod_ts, node.uid = self._mod_ts, self._uid

    def _remember(self, cls: ClassDef, dn: str, before: Snapshot) -> None:
        self._before.setdefault(dn, (cls, before))

    def rollback(self) -> None:
        """Undo everything, last first."""
        for step in reversed(self._undo):
            step()
        self._undo.clear()
        self._before.clear()

    def touched(self) -> list[str]:
        """DNs that the transaction may have changed and that are kept, in order."""
        return [dn for dn, (cls, _) in self._before.items() if cls.kept]

    def changes(self, view: Callable[[Node], dict[str, str]]) -> Found:
        """Net changes in order, with the attribute forms of subscriptions."""
        found: Found = []
        for dn, (cls, before) in self._before.items():
            node = self.tree.get(dn)
            if before is None and node is not None:
                found.append(("created", cls.name, dn, {**view(node), "status": "created", "rn": ""}))
            elif before is not None and node is None:
                found.append(("deleted", cls.name, dn, {"dn": dn, "modTs": self._mod_ts, "status": "deleted"}))
            elif before is not None and node is not None:
                found.extend(self._modified(node, before))
        return found

    def _modified(self, node: Node, before: dict[str, str]) -> Found:
        changed = {name for name in {*before, *node.attrs} if before.get(name) != node.attrs.get(name)}
        if not changed:
            return []
        visible = {name: node.get(name) for name in changed if not node.cls.props[name].secret}
        always = {"dn": node.dn, "modTs": node.mod_ts, "rn": "", "childAction": "", "status": "modified"}
        return [("modified", node.cls.name, node.dn, {**visible, **always})]


def _restore(node: Node, attrs: dict[str, str], mod_ts: str, uid: str) -> None:
    node.attrs, node.mod_ts, node.uid = attrs, mod_ts, uid
