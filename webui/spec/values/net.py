"""Addresses and subnets of one family."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any

from webui.spec.values.text import Reader, Wrong, plain, shown

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def address(version: int) -> Reader:
    """A reader of one IPv4 or IPv6 address, without a length."""
    kind: type[IPv4Address] | type[IPv6Address] = IPv4Address if version == 4 else IPv6Address
    example = "198.51.100.10" if version == 4 else "2001:db8::10"

    def read(value: Any) -> Address:
        if isinstance(value, kind):
            return value
        text = plain(value)
        if "/" in text:
            raise Wrong(
                f"{shown(text)} has a prefix length",
                f"Write the address alone, such as {text.split('/')[0] or example}.",
            )
        _refuse_other_family(text, version)
        try:
            found = kind(text)
        except ValueError:
            raise Wrong(f"{shown(text)} is no IPv{version} address", f"Write one such as {example}.") from None
        if isinstance(found, IPv6Address) and found.scope_id:
            raise Wrong(f"{shown(text)} names an interface", "Leave out the % and what follows.")
        return found

    return read


def subnet(version: int) -> Reader:
    """A reader of one IPv4 or IPv6 subnet with its length, host bits zero."""
    kind: type[IPv4Network] | type[IPv6Network] = IPv4Network if version == 4 else IPv6Network
    example = "198.51.100.0/24" if version == 4 else "2001:db8::/64"

    def read(value: Any) -> Network:
        if isinstance(value, kind):
            return value
        text = plain(value)
        if "/" not in text:
            raise Wrong(f"{shown(text)} has no prefix length", f"Write the subnet with its length, such as {example}.")
        _refuse_other_family(text, version)
        try:
            return kind(text)
        except ValueError:
            raise _wrong_subnet(text, version, example) from None

    return read


def covers(outer: Network, inner: Network) -> bool:
    """The one subnet holds the other, or is the same; False across families."""
    if isinstance(outer, IPv4Network):
        return isinstance(inner, IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def _refuse_other_family(text: str, version: int) -> None:
    if (":" in text) == (version == 4):
        other = 6 if version == 4 else 4
        raise Wrong(
            f"{shown(text)} is not IPv{version}", f"Write an IPv{version} value here, and IPv{other} in its own field."
        )


def _wrong_subnet(text: str, version: int, example: str) -> Wrong:
    try:
        right = ip_network(text, strict=False)
    except ValueError:
        return Wrong(f"{shown(text)} is no IPv{version} subnet", f"Write one such as {example}.")
    return Wrong(f"{shown(text)} has bits set behind its prefix length", f"Write {right}.")
