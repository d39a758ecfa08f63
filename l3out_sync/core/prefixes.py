"""Addresses as the fabric's subnets: /32 and /128, and full blocks of them as one subnet."""

import sys
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

BITS = {4: 32, 6: 128}


def host_prefix(address: object) -> str | None:
    """`198.18.64.5` -> `198.18.64.5/32`, an IPv6 address -> /128; None for what is none (a host name, nothing)."""
    if not isinstance(address, str):
        return None
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if getattr(found, "scope_id", None) or not _is_usable(found):
        return None
    return sys.intern(f"{found}/{BITS[found.version]}")


def _is_usable(address: IPv4Address | IPv6Address) -> bool:
    """An address that can stand for a workload: not 0.0.0.0, ::, multicast, loopback or link-local."""
    return not (address.is_unspecified or address.is_multicast or address.is_loopback or address.is_link_local)


def host_prefixes(addresses: Iterable[object]) -> tuple[str, ...]:
    """Prefixes of those that are addresses, in order, each once."""
    found = (host_prefix(address) for address in addresses)
    return tuple(dict.fromkeys(prefix for prefix in found if prefix))


def aggregated(prefixes: Iterable[str], shortest: dict[int, int]) -> dict[str, str]:
    """Each prefix -> the subnet that stands for it: itself, or the largest full block around it.

    A block is full when every address in it is given, so the subnets cover exactly what was given. `shortest`: by
    IP version the shortest prefix length that is made (32 and 128 leave everything as it is).
    """
    by_version: dict[int, set[int]] = {4: set(), 6: set()}
    for prefix in prefixes:
        address = ip_address(prefix.partition("/")[0])
        by_version[address.version].add(int(address))
    stands: dict[str, str] = {}
    for version, numbers in by_version.items():
        for first, length in _blocks(sorted(numbers), BITS[version], shortest[version]):
            subnet = f"{_address(version, first)}/{length}"
            for number in range(first, first + (1 << (BITS[version] - length))):
                stands[f"{_address(version, number)}/{BITS[version]}"] = subnet
    return stands


def _address(version: int, number: int) -> IPv4Address | IPv6Address:
    return IPv4Address(number) if version == 4 else IPv6Address(number)


def _blocks(numbers: list[int], bits: int, shortest: int) -> list[tuple[int, int]]:
    """(first address, prefix length) of the fewest blocks that cover the sorted numbers and nothing else."""
    blocks: list[tuple[int, int]] = []
    for number in numbers:
        blocks.append((number, bits))
        while len(blocks) > 1 and _twins(blocks[-2], blocks[-1], bits, shortest):
            first, length = blocks[-2]
            blocks[-2:] = [(first, length - 1)]
    return blocks


def _twins(low: tuple[int, int], high: tuple[int, int], bits: int, shortest: int) -> bool:
    """Whether two neighbours are the halves of one block."""
    (first, length), (second, other) = low, high
    if length != other or length <= shortest:
        return False
    size = 1 << (bits - length)
    return second - first == size and first % (2 * size) == 0
