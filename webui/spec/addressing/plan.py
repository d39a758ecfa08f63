"""Arithmetic on addresses, subnets and AS numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from webui.spec.values import Address, Network, covers

BLOCKS = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "100.64.0.0/10",
        "fc00::/7",
        "2001:db8::/32",
    )
)
"""Address blocks that a search for free subnets does not leave."""

AS_RANGES = ((64496, 64511), (64512, 65534), (65536, 65551), (4200000000, 4294967294))
"""Documentation and private AS numbers (RFC 5398, RFC 6996), each range by its ends."""


def from_end(subnet: Network, places: int) -> Address | None:
    """The last usable address (places 0) of a subnet or one so many places before it.

    None where the subnet is too small.
    """
    value = int(subnet.broadcast_address) - 1 - places
    return _kind(subnet, value) if value > int(subnet.network_address) else None


def usable(subnet: Network, address: Address) -> bool:
    """The address can be given to a machine: inside, and neither the first nor the last of the subnet."""
    return address in subnet and address not in (subnet.network_address, subnet.broadcast_address)


def upwards(subnet: Network) -> Iterator[Address]:
    """Usable addresses from the first on, at most 65,536 of them."""
    first = int(subnet.network_address) + 1
    for value in range(first, min(int(subnet.broadcast_address), first + 65536)):
        yield _kind(subnet, value)


def downwards(subnet: Network) -> Iterator[Address]:
    """Usable addresses from the last on, at most 65,536 of them."""
    last = int(subnet.broadcast_address) - 1
    for value in range(last, max(int(subnet.network_address), last - 65536), -1):
        yield _kind(subnet, value)


def first_free(candidates: Iterable[Address], used: Collection[Address]) -> Address | None:
    """The first address that is not in use."""
    return next((address for address in candidates if address not in used), None)


def numbered(subnet: Network, number: int) -> Address | None:
    """The usable address whose host part shows a number: 101 gives .101, and ::101 in IPv6.

    None where it does not fit.
    """
    offset = number if subnet.version == 4 else int(str(number), 16)
    value = int(subnet.network_address) + offset
    return _kind(subnet, value) if int(subnet.network_address) < value < int(subnet.broadcast_address) else None


def next_subnet(after: Network, length: int, used: Iterable[Network]) -> Network | None:
    """The next free subnet of a length behind another.

    At the end of its address block the search goes on at the block's beginning.
    """
    block = next((block for block in BLOCKS if covers(block, after)), _surroundings(after, length))
    taken = [after, *(other for other in used if other.version == after.version)]
    first, last = int(block.network_address), int(block.broadcast_address)
    behind = int(after.broadcast_address) + 1
    return _free_between(after, length, taken, behind, last) or _free_between(after, length, taken, first, behind - 1)


def next_as(fabric: int) -> int:
    """The AS number next to the fabric's within its private range; behind the range's end its beginning.

    A public AS gives 64512.
    """
    for low, high in AS_RANGES:
        if low <= fabric <= high:
            return fabric + 1 if fabric < high else low
    return 64512


def _free_between(like: Network, length: int, taken: list[Network], low: int, high: int) -> Network | None:
    """The first free subnet of a length that lies between two addresses; what is taken is jumped over."""
    size = 2 ** (like.max_prefixlen - length)
    here = -(-low // size) * size
    while here + size - 1 <= high:
        free = _network(like, here, length)
        end = max((int(other.broadcast_address) for other in taken if free.overlaps(other)), default=None)
        if end is None:
            return free
        here = -(-(end + 1) // size) * size
    return None


def _network(like: Network, value: int, length: int) -> Network:
    return IPv4Network((value, length)) if like.version == 4 else IPv6Network((value, length))


def _surroundings(subnet: Network, length: int) -> Network:
    return ip_network(f"{subnet.network_address}/{min(8, length)}", strict=False)


def _kind(subnet: Network, value: int) -> Address:
    return subnet.network_address + (value - int(subnet.network_address))
