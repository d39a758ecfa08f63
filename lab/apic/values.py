"""Property types of the class table: checking and canonical form of values. All values are strings."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

NAME = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
"""Name of a policy, from class metadata published with the Terraform provider; a tenant's and a VRF's has no colon."""
USER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.@-]{0,30}")
VLAN = re.compile(r"(?:vlan|vxlan)-(\d{1,8})|unknown")
MAX_TEXT = 128
ASN_MAX = 4294967295


class UnknownValue(ValueError):
    """Not one of an enumeration's values (the APIC's code 120)."""


class BadValue(ValueError):
    """Outside the range or form of the property (the APIC's code 801)."""


@dataclass(frozen=True, slots=True)
class Prop:
    """A property. `canonical` checks a value and returns it as the APIC stores it."""

    name: str
    default: str
    configurable: bool
    secret: bool
    canonical: Callable[[str], str]


def parse_prop(name: str, spec: str) -> Prop:
    """Property of a spec in the notation of classes.toml."""
    read_only = spec.startswith("ro ")
    spec = spec.removeprefix("ro ")
    default, check = _type_of(name, spec)
    return Prop(name, default, not read_only, spec == "secret", check)


def _type_of(name: str, spec: str) -> tuple[str, Callable[[str], str]]:
    kind, _, rest = spec.partition(" ")
    if kind == "flags":
        default, _, values = rest.partition(":")
        return default.strip(), _flags(tuple(values.split()))
    if kind == "int":
        default, _, ranges = rest.partition(" ")
        return default, _integer(ranges)
    if kind in _TYPES:
        return rest, _TYPES[kind]
    words = tuple(spec.split("|"))
    return words[0], _enum(words)


def _enum(values: tuple[str, ...]) -> Callable[[str], str]:
    words = {"true": "yes", "false": "no"} if set(values) == {"yes", "no"} else {}

    def check(value: str) -> str:
        value = words.get(value, value)
        if value not in values:
            raise UnknownValue(value)
        return value

    return check


def _flags(values: tuple[str, ...]) -> Callable[[str], str]:
    """A set of flags; the APIC returns them in one canonical order (unverified on hardware, see classes.toml)."""

    def check(value: str) -> str:
        wanted = {flag.strip() for flag in value.split(",")} - {"", "0"}
        unknown = wanted.difference(values)
        if unknown:
            raise UnknownValue(sorted(unknown)[0])
        return ",".join(flag for flag in values if flag in wanted)

    return check


def _integer(ranges: str) -> Callable[[str], str]:
    words = {part for part in ranges.split(",") if not part[0].isdigit()}
    spans = [_span(part) for part in ranges.split(",") if part[0].isdigit()]

    def check(value: str) -> str:
        if value in words:
            return value
        if not value.isdecimal() or not any(low <= int(value) <= high for low, high in spans):
            raise BadValue(value)
        return str(int(value))

    return check


def _span(part: str) -> tuple[int, int]:
    low, _, high = part.partition("-")
    return int(low), int(high or low)


def _text(value: str) -> str:
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise BadValue(value)
    return value


def _user(value: str) -> str:
    if not USER.fullmatch(value):
        raise BadValue(value)
    return value


def _ip(value: str) -> str:
    _must(lambda: ipaddress.ip_address(value), value)
    return value


def _ip4(value: str) -> str:
    _must(lambda: ipaddress.IPv4Address(value), value)
    return value


def _cidr(value: str) -> str:
    _must(lambda: ipaddress.ip_interface(value), value)
    return value


def _must(parse: Callable[[], object], value: str) -> None:
    try:
        parse()
    except ValueError as error:
        raise BadValue(value) from error


def _vlan(value: str) -> str:
    match = VLAN.fullmatch(value)
    if not match or (value.startswith("vlan-") and not 1 <= int(match[1]) <= 4094):
        raise BadValue(value)
    return value


def _asn(value: str) -> str:
    high, dot, low = value.partition(".")
    if dot and high.isdecimal() and low.isdecimal() and int(high) < 65536 and int(low) < 65536:
        return value
    if not value.isdecimal() or not 1 <= int(value) <= ASN_MAX:
        raise BadValue(value)
    return value


_TYPES: dict[str, Callable[[str], str]] = {
    "text": _text,
    "secret": _text,
    "name": _name,
    "user": _user,
    "ip": _ip,
    "ip4": _ip4,
    "cidr": _cidr,
    "vlan": _vlan,
    "asn": _asn,
}
