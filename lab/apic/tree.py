"""The managed-object tree: objects by DN, container and class. State alone; rules live in `apply`, `transaction`."""

from collections.abc import Iterator

from lab.apic.classes import ClassDef, ClassTable

NEVER = "never"


class Node:
    """One object. `attrs` holds only what was set (secrets too); defaults come from the class."""

    __slots__ = ("attrs", "children", "cls", "dn", "mod_ts", "parent", "rn", "uid")

    def __init__(self, cls: ClassDef, dn: str, rn: str, attrs: dict[str, str], parent: "Node | None") -> None:
        self.cls = cls
        self.dn = dn
        self.rn = rn
        self.attrs = attrs
        self.parent = parent
        self.children: dict[str, Node] = {}
        self.mod_ts = NEVER
        self.uid = "0"

    def walk(self) -> Iterator["Node"]:
        """The object and all below, containers first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children.values()))

    def get(self, name: str) -> str:
        """The stored value or the class's default; "" for an unknown property. Secrets included: never send this on."""
        value = self.attrs.get(name)
        if value is not None:
            return value
        prop = self.cls.props.get(name)
        return prop.default if prop else ""


class Tree:
    """All objects. Not thread-safe: its owner (`core.Apic`) locks."""

    def __init__(self, table: ClassTable) -> None:
        self.table = table
        self._nodes: dict[str, Node] = {}
        self._by_class: dict[str, dict[str, Node]] = {}
        self._roots: dict[str, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        for root in self._roots.values():
            yield from root.walk()

    def get(self, dn: str) -> Node | None:
        """The object, None when there is none."""
        return self._nodes.get(dn)

    def of_class(self, cls: str) -> list[Node]:
        """All objects of a class, oldest first."""
        return list(self._by_class.get(cls, {}).values())

    def roots(self) -> list[Node]:
        """`uni`, `topology` …"""
        return list(self._roots.values())

    def insert(self, node: Node) -> None:
        """Hang a new object in; its container is `node.parent`."""
        siblings = node.parent.children if node.parent else self._roots
        siblings[node.rn] = node
        self._nodes[node.dn] = node
        self._by_class.setdefault(node.cls.name, {})[node.dn] = node

    def remove(self, node: Node) -> None:
        """Take an object without children out."""
        siblings = node.parent.children if node.parent else self._roots
        del siblings[node.rn]
        del self._nodes[node.dn]
        del self._by_class[node.cls.name][node.dn]
