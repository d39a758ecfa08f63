"""Names as the APIC takes them, and DNs of what the controller writes."""

import re
from typing import NamedTuple

MAX_NAME = 64
"""Characters in the name of a policy object. Longer ones are refused with a sentence, never cut."""

_NAME = re.compile(r"[A-Za-z0-9_.:-]+")


class L3OutKey(NamedTuple):
    """Which L3Out."""

    tenant: str
    l3out: str

    @property
    def dn(self) -> str:
        """Its DN."""
        return f"uni/tn-{self.tenant}/out-{self.l3out}"


class EpgKey(NamedTuple):
    """Which external EPG."""

    tenant: str
    l3out: str
    name: str

    @property
    def where(self) -> L3OutKey:
        """Its L3Out."""
        return L3OutKey(self.tenant, self.l3out)

    @property
    def dn(self) -> str:
        """Its DN."""
        return f"uni/tn-{self.tenant}/out-{self.l3out}/instP-{self.name}"

    @property
    def text(self) -> str:
        """As people read it."""
        return f"external EPG {self.name} of L3Out {self.tenant}/{self.l3out}"


def wrong_name(value: str) -> str:
    """What is wrong with a name of an APIC object, as a half sentence; "" when nothing is."""
    if not value:
        return "is empty"
    if len(value) > MAX_NAME:
        return f"has {len(value)} characters, the APIC takes {MAX_NAME}"
    if not _NAME.fullmatch(value):
        return "holds characters other than letters, digits and _ . : -"
    return ""


def l3out_of(dn: str) -> L3OutKey | None:
    """The L3Out of `uni/tn-T/out-O…`, None for another DN."""
    parts = dn.split("/", 3)
    if len(parts) < 3 or parts[0] != "uni" or not parts[1].startswith("tn-") or not parts[2].startswith("out-"):
        return None
    return L3OutKey(parts[1][3:], parts[2][4:])
