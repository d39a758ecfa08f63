"""Who acts on the tree, and what that one may write."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lab.apic.classes import ClassDef

ALL_DOMAINS = "all"
Permits = Callable[[ClassDef, str], bool]


def _everything(_cls: ClassDef, _dn: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user or the fabric itself. `permits(class, dn)`: may it write there?

    `system`: the fabric: it writes operational classes and read-only properties, too.
    """

    name: str
    uid: str = "0"
    userdom: str = ":all:"
    permits: Permits = field(default=_everything)
    system: bool = False


SYSTEM = Actor("system", system=True)
