"""Queries as plain data: what to ask, with every option of the REST interface; `path` is what is sent and signed."""

from dataclasses import dataclass, replace
from urllib.parse import quote

# Left raw in a path: what a DN holds. `%`, `?`, `#` and control characters are encoded.
_DN_SAFE = "/[]-_.~:@!$&'()*+,;=|"
_QUERY_SAFE = "/[]-_.~:@!$'()*,;|\""


def encoded_dn(dn: str) -> str:
    """The DN as it goes into a URL's path."""
    return quote(dn, safe=_DN_SAFE)


@dataclass(frozen=True, slots=True)
class Query:
    """A read. `dn` alone: that object; `cls` alone: all of the class; both: the class below the DN.

    `target`: self, children, subtree; `subtree`: no, children, full (rsp-subtree);
    `include`: rsp-subtree-include, e.g. ("count",) or ("faults", "required"); `props`: rsp-prop-include.
    """

    dn: str = ""
    cls: str = ""
    target: str = ""
    target_classes: tuple[str, ...] = ()
    filter: str = ""
    subtree: str = ""
    subtree_classes: tuple[str, ...] = ()
    subtree_filter: str = ""
    include: tuple[str, ...] = ()
    props: str = ""
    order_by: tuple[str, ...] = ()
    page: int | None = None
    page_size: int | None = None

    def __post_init__(self) -> None:
        if not self.dn and not self.cls:
            raise ValueError("a query needs a DN or a class")

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The options that are set, in one order always."""
        pairs = (
            ("query-target", self.target),
            ("target-subtree-class", ",".join(self.target_classes)),
            ("query-target-filter", self.filter),
            ("rsp-subtree", self.subtree),
            ("rsp-subtree-class", ",".join(self.subtree_classes)),
            ("rsp-subtree-filter", self.subtree_filter),
            ("rsp-subtree-include", ",".join(self.include)),
            ("rsp-prop-include", self.props),
            ("order-by", ",".join(self.order_by)),
            ("page", "" if self.page is None else str(self.page)),
            ("page-size", "" if self.page_size is None else str(self.page_size)),
        )
        return tuple((name, value) for name, value in pairs if value)

    @property
    def path(self) -> str:
        """Path and query string, from `/api` on."""
        place = "/api/node/class/" if self.cls else "/api/mo/"
        thing = "/".join(part for part in (encoded_dn(self.dn), self.cls) if part)
        options = "&".join(f"{name}={quote(value, safe=_QUERY_SAFE)}" for name, value in self.options)
        return f"{place}{thing}.json" + (f"?{options}" if options else "")

    def at_page(self, page: int, size: int) -> "Query":
        """The same query for one page."""
        return replace(self, page=page, page_size=size)


def mo(dn: str, *, subtree: str = "", subtree_classes: tuple[str, ...] = (), props: str = "") -> Query:
    """One object, with what is below it on demand."""
    return Query(dn=dn, subtree=subtree, subtree_classes=subtree_classes, props=props)


def below(dn: str, *classes: str, filter: str = "") -> Query:
    """All objects of these classes at or below the DN, as a flat list."""
    return Query(dn=dn, target="subtree", target_classes=classes, filter=filter)


def of_class(cls: str, *, within: str = "", filter: str = "", order_by: tuple[str, ...] = ()) -> Query:
    """All objects of a class, on demand below a DN."""
    return Query(dn=within, cls=cls, filter=filter, order_by=order_by)
