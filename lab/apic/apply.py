"""What a POST means: where its objects stand, what it may change, and what is refused.

A body is accepted at the object's own DN, at its container's, at `uni` and at no DN at all (dn in the body), with
children to any depth; `status` says created, modified, deleted. Sources: the REST facts named in errors.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aci import dn as dns
from aci.mo import Mo
from lab.apic import errors
from lab.apic.actor import Actor
from lab.apic.classes import ClassDef, ClassTable
from lab.apic.passwords import hashed
from lab.apic.transaction import Transaction
from lab.apic.tree import Node
from lab.apic.values import BadValue, UnknownValue

PLACE = ("dn", "rn", "status")
STATUSES = {"", "created", "modified", "deleted"}
HASHED = ("aaaUser", "pwd")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object stands: its container's DN and class, its own RN and naming values."""

    container: str
    rn: str
    naming: Mapping[str, str]

    @property
    def dn(self) -> str:
        return dns.join(self.container, self.rn)


def apply(transaction: Transaction, url_dn: str, mo: Mo, actor: Actor) -> list[Node]:
    """Do what the body says; returns the objects it names that exist afterwards. Raises ApicError."""
    cls = _known(transaction.tree.table, mo.cls)
    place = _top_place(transaction, cls, url_dn, mo)
    poster = _Poster(transaction, actor)
    poster.put(cls, place, mo)
    return poster.touched


def _known(table: ClassTable, name: str) -> ClassDef:
    cls = table.get(name)
    if cls is None:
        raise errors.unknown_mo_class(name)
    return cls


def class_of_dn(table: ClassTable, dn: str) -> tuple[ClassDef, dict[str, str]] | None:
    """Class and naming values that a DN's form says, whether the object exists or not."""
    container, found = "", None
    for rn in _split(dn):
        found = table.of_rn(container, rn)
        if found is None:
            return None
        container = found[0].name
    return found


def _split(dn: str) -> tuple[str, ...]:
    try:
        return dns.split(dn)
    except dns.BadDn as error:
        raise errors.bad_request(f"invalid DN {dn}: {error}") from error


def _top_place(transaction: Transaction, cls: ClassDef, url_dn: str, mo: Mo) -> _Place:
    if "dn" in mo.attributes:
        return _given_place(cls, url_dn, mo)
    form = class_of_dn(transaction.tree.table, url_dn)
    rn = url_dn and dns.rn(url_dn)
    if form is not None and form[0] is cls and mo.get("rn", rn) == rn and _agree(cls, mo, form[1]):
        return _Place(dns.parent(url_dn), rn, form[1])
    return _child_place(cls, url_dn, mo)


def _agree(cls: ClassDef, mo: Mo, naming: Mapping[str, str]) -> bool:
    return all(mo.get(name, naming[name]) == naming[name] for name in cls.naming)


def _given_place(cls: ClassDef, url_dn: str, mo: Mo) -> _Place:
    dn = mo["dn"]
    _split(dn)
    if not dns.is_within(dn, url_dn):
        raise errors.bad_request(f"DN {dn} in the body is not at or below {url_dn} in the URL")
    rn = dns.rn(dn)
    return _Place(dns.parent(dn), rn, _naming_of(cls, rn, mo))


def _naming_of(cls: ClassDef, rn: str, mo: Mo) -> dict[str, str]:
    values = cls.parse_rn(rn)
    if values is None or not _agree(cls, mo, values):
        raise errors.bad_request(
            f"relative name {rn} does not name an object of class {cls.name} with these properties"
        )
    return values


def _child_place(cls: ClassDef, container: str, mo: Mo) -> _Place:
    if "dn" in mo.attributes and dns.parent(mo["dn"]) != container:
        raise errors.bad_request(f"DN {mo['dn']} in the body does not stand in {container}")
    rn = mo.get("rn") or (dns.rn(mo["dn"]) if "dn" in mo.attributes else "")
    if rn and not _is_one_rn(rn):
        raise errors.bad_request(f"{rn} is not one relative name")
    if rn:
        return _Place(container, rn, _naming_of(cls, rn, mo))
    naming = {name: mo.get(name) or cls.props[name].default for name in cls.naming}
    for name, value in naming.items():
        if not value and name not in mo.attributes:
            raise errors.naming_missing(cls.name, name)
    rn = cls.rn(naming)
    if not _is_one_rn(rn) or cls.parse_rn(rn) != naming:
        raise errors.bad_value(", ".join(naming.values()), ", ".join(cls.naming), rn)
    return _Place(container, rn, naming)


def _is_one_rn(rn: str) -> bool:
    """A value with a slash or a lone bracket would make a name that is read back as another."""
    try:
        return len(dns.split(rn)) == 1
    except dns.BadDn:
        return False


class _Poster:
    """One body on its way into the tree."""

    def __init__(self, txn: Transaction, actor: Actor) -> None:
        self._txn, self._actor = txn, actor
        self.touched: list[Node] = []

    def put(self, cls: ClassDef, place: _Place, mo: Mo) -> None:
        """Create, merge or delete the object, then what is below it."""
        container = _container(self._txn, cls, place)
        status = _status(mo)
        node = self._txn.tree.get(place.dn)
        if "deleted" in status:
            self._delete(node)
            return
        attrs = _attributes(cls, place, mo, self._actor)
        if node is None:
            _must_be_creatable(place, container, status)
            node = self._create(cls, place, attrs, container)
        else:
            self._merge(node, attrs, status)
        self.touched.append(node)
        for child in mo.children:
            child_cls = _known(self._txn.tree.table, child.cls)
            self.put(child_cls, _child_place(child_cls, node.dn, child), child)

    def _delete(self, node: Node | None) -> None:
        if node is None:
            return  # deleting is idempotent
        _permit(self._actor, node.cls, node.dn)
        if node.cls.is_implicit and not self._actor.system:
            raise errors.cannot_delete(node.dn)
        self._txn.delete(node)

    def _create(self, cls: ClassDef, place: _Place, attrs: dict[str, str], container: Node | None) -> Node:
        _permit(self._actor, cls, place.dn)
        shared = "userdom" in cls.props and self._actor.userdom != ":all:"
        owner = {"userdom": self._actor.userdom} if shared else {}
        return self._txn.create(cls, place.dn, place.rn, owner | attrs, container)

    def _merge(self, node: Node, attrs: dict[str, str], status: set[str]) -> None:
        if status == {"created"}:
            raise errors.exists(node.dn)
        if any(node.get(name) != value for name, value in attrs.items()):
            _permit(self._actor, node.cls, node.dn)
            self._txn.modify(node, attrs)


def _must_be_creatable(place: _Place, container: Node | None, status: set[str]) -> None:
    if place.container and container is None:
        raise errors.missing_container(place.container)
    if status == {"modified"}:
        raise errors.missing_container(place.dn)


def _container(txn: Transaction, cls: ClassDef, place: _Place) -> Node | None:
    container = txn.tree.get(place.container) if place.container else None
    form = container.cls if container else None
    if form is None and place.container:
        known = class_of_dn(txn.tree.table, place.container)
        form = known[0] if known else None
    name = form.name if form else ""
    if (place.container and form is None) or not txn.tree.table.may_stand(cls, name):
        raise errors.cannot_contain(name or place.container, cls.name)
    return container


def _status(mo: Mo) -> set[str]:
    """The typed resources of the Terraform provider send "created, modified", with a space."""
    status = {word.strip() for word in mo.get("status").split(",")}
    if not status <= STATUSES:
        raise errors.unknown_value(mo["status"], "status", mo.cls, mo.dn)
    return status - {""}


def _permit(actor: Actor, cls: ClassDef, dn: str) -> None:
    if actor.system:
        return
    if not cls.configurable:
        raise errors.read_only(cls.name)
    if not actor.permits(cls, dn):
        raise errors.not_permitted(actor.name, cls.name, dn)


def _attributes(cls: ClassDef, place: _Place, mo: Mo, actor: Actor) -> dict[str, str]:
    """Canonical values to store. Read-only attributes are passed over: clients post whole objects back."""
    given = {name: value for name, value in mo.attributes.items() if name not in PLACE} | dict(place.naming)
    stored = {}
    for name, value in given.items():
        prop = cls.props.get(name)
        if prop is None:
            raise errors.unknown_attribute(name, cls.name)
        if prop.configurable or actor.system:
            stored[name] = _canonical(cls, place, name, value)
    return stored


def _canonical(cls: ClassDef, place: _Place, name: str, value: str) -> str:
    if value == "" and name not in cls.naming and cls.props[name].default == "":
        return ""
    try:
        canonical = cls.props[name].canonical(value)
    except UnknownValue as error:
        raise errors.unknown_value(value, name, cls.name, place.dn) from error
    except BadValue as error:
        raise errors.bad_value(value, name, place.rn) from error
    return hashed(canonical) if (cls.name, name) == HASHED else canonical
