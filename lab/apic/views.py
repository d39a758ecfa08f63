"""What of an object is shown: defaults filled in, relations resolved, secrets never."""

from functools import cache

from lab.apic.classes import ClassDef
from lab.apic.clock import Clock, stamp
from lab.apic.relations import resolved
from lab.apic.tree import Node, Tree

INCLUDE_ALL, CONFIG_ONLY, NAMING_ONLY = "all", "config-only", "naming-only"
_NOT_CONFIG = ("status", "childAction")


@cache
def _shown(cls: ClassDef, include: str) -> tuple[tuple[str, str], ...]:
    """(name, default) of the class's visible properties, by name: replies list them so."""
    names = sorted(name for name, prop in cls.props.items() if not prop.secret)
    if include == CONFIG_ONLY:
        names = [name for name in names if cls.props[name].configurable and name not in _NOT_CONFIG]
    elif include == NAMING_ONLY:
        names = [name for name in names if name in cls.naming]
    return tuple((name, cls.props[name].default) for name in names)


def attributes(tree: Tree, node: Node, clock: Clock, include: str = INCLUDE_ALL) -> dict[str, str]:
    """Attributes of the object with its dn. Secrets are left out, whatever is asked for."""
    computed = _computed(tree, node, clock)
    stored = node.attrs
    shown = {name: computed.get(name) or stored.get(name, default) for name, default in _shown(node.cls, include)}
    if "tDn" in computed and "tDn" in shown:
        shown["tDn"] = computed["tDn"]
    shown["dn"] = node.dn
    return shown


def _computed(tree: Tree, node: Node, clock: Clock) -> dict[str, str]:
    cls = node.cls
    computed = {"modTs": node.mod_ts, "uid": node.uid}
    if cls.relation:
        computed |= resolved(tree, node)
    elif cls.name == "topSystem":
        computed["currentTime"] = stamp(clock())
    elif cls.name == "aaaUser" and node.attrs.get("pwd"):
        computed["pwdSet"] = "yes"
    return computed
