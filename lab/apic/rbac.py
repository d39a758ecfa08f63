"""Who may write what: roles give privileges, a class lists those that may write it, security domains say where.

The built-in roles' privileges follow the role table of Cisco's user guide for the 5.x controllers, from memory where
the table was cut (unverified). A tenant belongs to a security domain by its aaaDomainRef children.
"""

from lab.apic.actor import ALL_DOMAINS, Actor
from lab.apic.classes import ADMIN, ClassDef
from lab.apic.relations import COMMON, tenant_of
from lab.apic.tree import Node, Tree

BUILT_IN: dict[str, frozenset[str]] = {
    "admin": frozenset({ADMIN}),
    "aaa": frozenset({"aaa"}),
    "access-admin": frozenset({"access-connectivity", "access-equipment", "access-protocol", "access-qos"}),
    "fabric-admin": frozenset({"fabric-connectivity", "fabric-equipment", "fabric-protocol"}),
    "nw-svc-admin": frozenset({"nw-svc-device", "nw-svc-devshare", "nw-svc-policy"}),
    "nw-svc-params": frozenset({"nw-svc-params"}),
    "ops": frozenset({"ops"}),
    "port-mgmt": frozenset({"port-mgmt"}),
    "read-all": frozenset(),
    "tenant-admin": frozenset(
        {
            "aaa",
            "tenant-connectivity",
            "tenant-epg",
            "tenant-ext-connectivity",
            "tenant-ext-protocol",
            "tenant-network-profile",
            "tenant-protocol",
            "tenant-qos",
            "tenant-security",
            "nw-svc-device",
            "nw-svc-devshare",
            "nw-svc-policy",
            "vmm-connectivity",
            "vmm-ep",
            "vmm-policy",
            "vmm-protocol",
            "vmm-security",
        }
    ),
    "tenant-ext-admin": frozenset({"tenant-ext-connectivity", "tenant-ext-protocol"}),
    "vmm-admin": frozenset({"vmm-connectivity", "vmm-ep", "vmm-policy", "vmm-protocol", "vmm-security"}),
}

Rights = dict[str, frozenset[str]]
"""Security domain -> privileges for writing."""


def rights(tree: Tree, user: Node) -> Rights:
    """Write privileges of a user by security domain. A role with readPriv gives none."""
    found: Rights = {}
    for domain in user.children.values():
        if domain.cls.name == "aaaUserDomain":
            roles = [role for role in domain.children.values() if role.get("privType") == "writePriv"]
            found[domain.get("name")] = frozenset().union(*(privileges(tree, role.get("name")) for role in roles))
    return found


def privileges(tree: Tree, role: str) -> frozenset[str]:
    """Privileges of a role: built in, or an aaaRole of the tree."""
    if role in BUILT_IN:
        return BUILT_IN[role]
    node = tree.get(f"uni/userext/role-{role}")
    return frozenset(node.get("priv").split(",")) if node else frozenset()


def may_read(user: Node) -> bool:
    """Any role lets a user read."""
    return any(role.cls.name == "aaaUserRole" for domain in user.children.values() for role in domain.children.values())


def actor_for(tree: Tree, user: Node, uid: str) -> Actor:
    """The user as an actor, with rights as they are now."""
    held = rights(tree, user)
    domains = sorted(held) or [ALL_DOMAINS]

    def permits(cls: ClassDef, dn: str) -> bool:
        return any(held[domain] & cls.write for domain in domains_of(tree, dn) if domain in held)

    return Actor(user.get("name"), uid, f":{':'.join(domains)}:", permits)


def domains_of(tree: Tree, dn: str) -> set[str]:
    """Security domains an object belongs to: `all` always, its tenant's, and `common` in tenant common."""
    node = _nearest(tree, dn)
    tenant = tree.get(tenant_of(node)) if node else None
    found = {ALL_DOMAINS}
    if tenant is not None:
        found |= {child.get("name") for child in tenant.children.values() if child.cls.name == "aaaDomainRef"}
        found |= {"common"} if tenant.dn == COMMON else set()
    return found


def _nearest(tree: Tree, dn: str) -> Node | None:
    """The object, or the nearest container that exists."""
    while dn:
        node = tree.get(dn)
        if node is not None:
            return node
        dn = dn.rpartition("/")[0]
    return None
