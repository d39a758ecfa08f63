"""Reading: a request's options, and the objects they give.

Options as in the REST facts: query-target, target-subtree-class, query-target-filter, rsp-subtree (-class, -filter,
-include), rsp-prop-include, order-by, page, page-size. An option or value nobody knows is refused with a clear text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aci import dn as dns
from lab.apic import errors, filters
from lab.apic.clock import Clock
from lab.apic.tree import Node, Tree
from lab.apic.views import attributes

CHOICES: Mapping[str, tuple[str, ...]] = {
    "query-target": ("self", "children", "subtree"),
    "rsp-subtree": ("no", "children", "full", "modified"),
    "rsp-prop-include": ("all", "naming-only", "config-only"),
}
INCLUDES = {"count", "required", "no-scoped", "faults", "health", "fault-count", "relations", "tasks", "stats"}
INCLUDED_CLASS = {"faults": "faultInst", "health": "healthInst"}
# Read elsewhere (sockets.py), or taken and left unused: `_dc` and `time-range` are sent by the GUI and tools.
PASSED_OVER = {"subscription", "refresh-timeout", "_dc", "time-range", "challenge"}


@dataclass(frozen=True, slots=True)
class Options:
    """A request's options, checked."""

    target: str = "self"
    target_classes: frozenset[str] = frozenset()
    filter: filters.Test | None = None
    subtree: str = "no"
    subtree_classes: frozenset[str] = frozenset()
    subtree_filter: filters.Test | None = None
    include: frozenset[str] = frozenset()
    props: str = "all"
    order_by: tuple[tuple[str, bool], ...] = ()
    page: int = 0
    page_size: int | None = None


def parse_options(pairs: Iterable[tuple[str, str]]) -> Options:
    """Options of a query string's pairs. Raises ApicError."""
    given = {name: value for name, value in pairs if name not in PASSED_OVER}
    unknown = sorted(set(given) - _READERS.keys())
    if unknown:
        raise errors.bad_request(f"unknown query option {unknown[0]!r}")
    values = dict(_READERS[name](name, value) for name, value in given.items())
    if values.get("include") and values.get("subtree", "no") == "no" and values["include"] & INCLUDED_CLASS.keys():
        values["subtree"] = "children"
    return Options(**values)


def _choice(field: str) -> Callable[[str, str], tuple[str, Any]]:
    def read(name: str, value: str) -> tuple[str, Any]:
        if value not in CHOICES[name]:
            raise errors.bad_request(f"{name} takes {', '.join(CHOICES[name])}, not {value!r}")
        return field, value

    return read


def _classes(field: str) -> Callable[[str, str], tuple[str, Any]]:
    return lambda _name, value: (field, frozenset(part.strip() for part in value.split(",") if part.strip()))


def _filter(field: str) -> Callable[[str, str], tuple[str, Any]]:
    return lambda _name, value: (field, filters.parse(value))


def _includes(name: str, value: str) -> tuple[str, Any]:
    found = frozenset(part.strip() for part in value.split(",") if part.strip())
    if found - INCLUDES:
        raise errors.bad_request(f"{name} does not take {sorted(found - INCLUDES)[0]!r}")
    return "include", found


def _order(name: str, value: str) -> tuple[str, Any]:
    keys = []
    for part in value.split(","):
        key, _, way = part.strip().partition("|")
        if "." not in key or way not in ("", "asc", "desc"):
            raise errors.bad_request(f"{name} takes Class.attribute|asc or |desc, not {part!r}")
        keys.append((key, way == "desc"))
    return "order_by", tuple(keys)


def _number(field: str, low: int) -> Callable[[str, str], tuple[str, Any]]:
    def read(name: str, value: str) -> tuple[str, Any]:
        if not value.isdecimal() or int(value) < low:
            raise errors.bad_request(f"{name} takes a number from {low}, not {value!r}")
        return field, int(value)

    return read


_READERS: Mapping[str, Callable[[str, str], tuple[str, Any]]] = {
    "query-target": _choice("target"),
    "target-subtree-class": _classes("target_classes"),
    "query-target-filter": _filter("filter"),
    "rsp-subtree": _choice("subtree"),
    "rsp-subtree-class": _classes("subtree_classes"),
    "rsp-subtree-filter": _filter("subtree_filter"),
    "rsp-subtree-include": _includes,
    "rsp-prop-include": _choice("props"),
    "order-by": _order,
    "page": _number("page", 0),
    "page-size": _number("page_size", 1),
}


class Reader:
    """Answers queries over a tree."""

    def __init__(self, tree: Tree, clock: Clock) -> None:
        self._tree, self._clock = tree, clock

    def mo(self, dn: str, options: Options) -> dict[str, Any]:
        """Query of one object; a missing one gives an empty reply."""
        node = self._tree.get(dn)
        return self._reply([node] if node else [], options, "")

    def of_class(self, names: list[str], within: str, options: Options) -> dict[str, Any]:
        """Query of one class or several, on demand below a DN. An unknown class is code 122."""
        for name in names:
            if name not in self._tree.table:
                raise errors.unknown_class(name)
        nodes = [node for name in names for node in self._tree.of_class(name) if dns.is_within(node.dn, within)]
        return self._reply(nodes, options, names[0])

    def _reply(self, roots: list[Node], options: Options, cls: str) -> dict[str, Any]:
        nodes = self._filtered(self._targets(roots, options), options)
        nodes = self._required(nodes, options)
        if "count" in options.include:
            # The form of a counting reply: moCount with the number, as public clients read it.
            return {"totalCount": "1", "imdata": [{"moCount": {"attributes": {"count": str(len(nodes))}}}]}
        self._sort(nodes, options)
        total = len(nodes)
        nodes = _paged(nodes, options)
        if len(nodes) > errors.LIMIT:
            raise errors.too_big()
        return {"totalCount": str(total), "imdata": [self._rendered(node, options) for node in nodes]}

    def _targets(self, roots: list[Node], options: Options) -> Iterator[Node]:
        for root in roots:
            for node in _reach(root, options.target):
                if not options.target_classes or node.cls.name in options.target_classes:
                    yield node

    def _filtered(self, nodes: Iterable[Node], options: Options) -> list[Node]:
        test = options.filter
        if test is None:
            return list(nodes)
        return [node for node in nodes if test(node.cls.name, self._attributes(node))]

    def _required(self, nodes: list[Node], options: Options) -> list[Node]:
        """rsp-subtree-include=required: only objects that have what rsp-subtree asks for."""
        if "required" not in options.include:
            return nodes
        return [node for node in nodes if self._children(node, options)]

    def _sort(self, nodes: list[Node], options: Options) -> None:
        for key, descending in reversed(options.order_by):
            cls, _, name = key.partition(".")
            nodes.sort(key=lambda node: self._sort_value(node, cls, name), reverse=descending)

    def _sort_value(self, node: Node, cls: str, name: str) -> tuple[int, float, str]:
        return filters.order_key(self._attributes(node).get(name, "") if node.cls.name == cls else "")

    def _attributes(self, node: Node, props: str = "all") -> dict[str, str]:
        return attributes(self._tree, node, self._clock, props)

    def _rendered(self, node: Node, options: Options) -> dict[str, Any]:
        return self.rendered(node, options.props, self._children(node, options))

    def rendered(self, node: Node, props: str = "all", children: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """JSON of an object with its dn."""
        inner: dict[str, Any] = {"attributes": self._attributes(node, props)}
        if children:
            inner["children"] = children
        return {node.cls.name: inner}

    def _children(self, node: Node, options: Options) -> list[dict[str, Any]]:
        if options.subtree not in ("children", "full"):
            return []
        found = (self._child(child, options) for child in node.children.values())
        return [child for child in found if child is not None]

    def _child(self, node: Node, options: Options) -> dict[str, Any] | None:
        """A child in a reply has its rn and no dn; one that is not asked for stays as the way to one that is."""
        below = self._children(node, options) if options.subtree == "full" else []
        if not self._wanted(node, options) and not below:
            return None
        shown = self._attributes(node, options.props)
        del shown["dn"]
        shown["rn"] = node.rn
        inner: dict[str, Any] = {"attributes": shown}
        if below:
            inner["children"] = below
        return {node.cls.name: inner}

    def _wanted(self, node: Node, options: Options) -> bool:
        included = {INCLUDED_CLASS[name] for name in options.include if name in INCLUDED_CLASS}
        classes = options.subtree_classes | included
        if classes and node.cls.name not in classes:
            return False
        test = options.subtree_filter
        return test is None or test(node.cls.name, self._attributes(node))


def _reach(root: Node, target: str) -> Iterable[Node]:
    if target == "self":
        return (root,)
    return root.children.values() if target == "children" else root.walk()


def _paged(nodes: list[Node], options: Options) -> list[Node]:
    if options.page_size is None:
        return nodes
    start = options.page * options.page_size
    return nodes[start : start + options.page_size]
