"""Where relations point: `tDn`, its class and the relation's state, worked out when read.

Named relations look in their own tenant, then in tenant common; an n-to-1 relation whose target is missing falls to
common's `default` (stateQual default-target). Enumerations: class metadata [T]; the rule of the fall is inferred.
"""

from lab.apic.tree import Node, Tree

COMMON = "uni/tn-common"


def resolved(tree: Tree, node: Node) -> dict[str, str]:
    """Computed attributes of a relation; {} for other objects."""
    cls = node.cls
    if not cls.relation:
        return {}
    if cls.target_prop == "tDn":
        return _explicit(tree, node)
    return _named(tree, node)


def _explicit(tree: Tree, node: Node) -> dict[str, str]:
    target = tree.get(node.get("tDn"))
    if target is None:
        return {"state": "missing-target", "tCl": node.cls.relation}
    return {"state": "formed", "tCl": target.cls.name}


def _named(tree: Tree, node: Node) -> dict[str, str]:
    found, qualifier = _target(tree, node)
    computed = {"tCl": node.cls.relation, "tType": "name"}
    if found is None:
        return computed | {"state": "missing-target", "tDn": "", "tRn": ""}
    return computed | {"state": "formed", "stateQual": qualifier, "tDn": found.dn, "tRn": found.rn}


def _target(tree: Tree, node: Node) -> tuple[Node | None, str]:
    name = node.get(node.cls.target_prop)
    home = tenant_of(node)
    for tenant in (home, COMMON):
        found = _lookup(tree, node, tenant, name)
        if found is not None:
            return found, "none"
    if node.cls.naming:
        return None, "none"
    return _lookup(tree, node, COMMON, "default"), "default-target"


def _lookup(tree: Tree, node: Node, tenant: str, name: str) -> Node | None:
    target = tree.table.get(node.cls.relation)
    if target is None or not name or not tenant:
        return None
    if target.naming != ("name",):
        return None
    for container in _containers(node, tenant, target.containers):
        found = tree.get(f"{container}/{target.rn({'name': name})}")
        if found is not None and found.cls is target:
            return found
    return None


def _containers(node: Node, tenant: str, containers: frozenset[str]) -> list[str]:
    """A route profile may stand in the relation's own L3Out, too."""
    inside = [tenant]
    if "l3extOut" in containers:
        out = node
        while out.parent is not None and out.cls.name != "l3extOut":
            out = out.parent
        inside.insert(0, out.dn)
    return inside


def tenant_of(node: Node) -> str:
    """DN of the tenant that holds the object, "" outside of tenants."""
    current: Node | None = node
    while current is not None and current.cls.name != "fvTenant":
        current = current.parent
    return current.dn if current else ""
