"""Names of what a lab makes in the kernel, all derived from its home, so that two labs do not meet. PURE."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from pathlib import Path

SEGMENT = "segment"
"""The bridge in the lab's namespace: the L3Out's VLAN. Machines and, later, leaves are its ports."""

UPLINK = "host"
"""The lab's end of the link to the host, inside the lab's namespace."""

NIC = "ens192"
"""A machine's interface, called as in a virtual machine of vSphere with vmxnet3."""

_LINKS = int(IPv4Address("198.19.192.0"))
"""Links between the host and labs: /31 out of 198.19.192.0/18, the upper end of the test networks (RFC 2544)."""

_LINKS_V6 = int(IPv6Address("2001:2:0:ffff::"))
"""The same for IPv6: /127 out of 2001:2:0:ffff::/64 (RFC 5180)."""


@dataclass(frozen=True)
class Names:
    """The names of one lab. `key`: eight hexadecimal digits of its home's path."""

    key: str

    @property
    def namespace(self) -> str:
        """Network namespace of the lab: its segment, its gateway and the site's servers."""
        return f"anchorage-{self.key}"

    @property
    def host_link(self) -> str:
        """The host's end of the link to the lab (15 characters is the kernel's limit)."""
        return f"anch{self.key}"

    @property
    def cgroup(self) -> str:
        """The control group above all of the lab's processes."""
        return f"anchorage-{self.key}"

    def machine_namespace(self, machine: str) -> str:
        """Network namespace of a machine."""
        return f"{self.namespace}-{machine}"

    def port(self, machine: str) -> str:
        """The segment's end of a machine's cable."""
        return f"m-{digest(machine)}"

    def links(self) -> tuple[IPv4Interface, IPv4Interface]:
        """IPv4 addresses of the link: the host's end, the lab's end."""
        first = _LINKS + 2 * (int(self.key, 16) % (1 << 13))
        return IPv4Interface((first, 31)), IPv4Interface((first + 1, 31))

    def links_v6(self) -> tuple[IPv6Interface, IPv6Interface]:
        """IPv6 addresses of the link: the host's end, the lab's end."""
        first = _LINKS_V6 + 2 * int(self.key, 16)
        return IPv6Interface((first, 127)), IPv6Interface((first + 1, 127))


def digest(text: str) -> str:
    """Eight hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def mac(*words: str) -> str:
    """A MAC address, locally administered, that stays the same for what these words name."""
    text = digest(" ".join(("mac", *words)))
    # lab.fabric.objects.OURS knows them by the beginning.
    return ":".join(("02", "00", *(text[at : at + 2] for at in range(0, 8, 2))))


def of(home: Path) -> Names:
    """The names of the lab that lives in `home`."""
    return Names(digest(str(home.resolve())))
