"""How one value is read: from YAML, JSON or a form, where everything is text.

Each reader takes any JSON value and returns the typed one, or raises `Wrong`, which says what is wrong and what to
write instead.
Readers leave values alone that are typed already, so that a model can be built from what was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Reader = Callable[[Any], Any]

ASN_MAX = 2**32 - 1
_DIGITS = re.compile(r"[0-9]{1,20}")
_ASDOT = re.compile(r"([0-9]{1,5})\.([0-9]{1,5})")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Wrong(ValueError):
    """A value cannot be read: `text` says what is wrong with it, `remedy` what to write."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy


def shown(value: Any) -> str:
    """A value as it may stand in a sentence: short, and never a whole structure."""
    if isinstance(value, str | int | float):
        text = " ".join(str(value).split()) if isinstance(value, str) else _number_text(value)
        printable = "".join(c if c.isprintable() else "?" for c in text)
        return f"“{printable[:40]}…”" if len(printable) > 40 else f"“{printable}”"
    return {list: "a list", tuple: "a list", dict: "a group of fields", type(None): "nothing"}.get(
        type(value), "this value"
    )


def _number_text(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return "a very large number"


def plain(value: Any) -> str:
    """One line of text, trimmed. Whole numbers become text; other kinds are refused."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong(f"{shown(value)} is not text", "Write it as text, in quotes if it looks like a number.")
    text = value.strip() if isinstance(value, str) else _number_text(value)
    if not text.isprintable():
        raise Wrong("it holds line breaks or control characters", "Write it on one line, without special characters.")
    if len(text) > 500:
        raise Wrong(f"it is {len(text)} characters long", "Write at most 500 characters.")
    return text


def block(value: Any) -> str:
    """Text of several lines, such as a PEM certificate; trimmed at its ends."""
    if not isinstance(value, str):
        raise Wrong(f"{shown(value)} is not text", "Paste it as text.")
    if len(value) > 200_000:
        raise Wrong(f"it is {len(value)} characters long", "Paste at most 200,000 characters.")
    if any(not (c.isprintable() or c in "\r\n\t") for c in value):
        raise Wrong("it holds control characters", "Paste the text again, from a plain text file.")
    return value.replace("\r\n", "\n").strip()


def certificate(value: Any) -> str:
    """One or more PEM certificates."""
    text = block(value)
    if "-----BEGIN CERTIFICATE-----" not in text or "-----END CERTIFICATE-----" not in text:
        raise Wrong(
            "this is no PEM certificate",
            "Paste the text from BEGIN CERTIFICATE to END CERTIFICATE, both lines included.",
        )
    return text


def secret(value: Any) -> SecretStr:
    """A password or key, taken as it is (not trimmed): spaces may belong to it."""
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong("it is not text", "Write it as text in quotes, or as ${env:NAME} or ${file:/path}.")
    text = value if isinstance(value, str) else _number_text(value)
    if len(text) > 20_000:
        raise Wrong(f"it is {len(text)} characters long", "Write at most 20,000 characters.")
    return SecretStr(text)


def yes_or_no(value: Any) -> bool:
    """true or false, also in the words that forms and YAML use."""
    if isinstance(value, bool):
        return value
    word = plain(value).lower()
    if word in ("true", "yes", "on", "y", "1"):
        return True
    if word in ("false", "no", "off", "n", "0"):
        return False
    raise Wrong(f"{shown(value)} is neither true nor false", "Write true or false.")


def whole(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`, both included."""

    def read(value: Any) -> int:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if number is None and isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            number = int(value)
        if number is None:
            raise Wrong(f"{shown(value)} is not a whole number", f"Write a number from {low} to {high}.")
        if not low <= number <= high:
            raise Wrong(f"{shown(number)} is outside {low} to {high}", f"Write a number from {low} to {high}.")
        return number

    return read


def asn(value: Any) -> int:
    """An AS number: plain (65003) or in dot notation ("1.10" is 65546, RFC 5396)."""
    if isinstance(value, float):
        raise Wrong(f"{shown(value)} was read as a decimal number", "Put an AS in dot notation in quotes.")
    dotted = _ASDOT.fullmatch(value.strip()) if isinstance(value, str) else None
    if dotted:
        high, low = (int(part) for part in dotted.groups())
        if max(high, low) > 65535:
            raise Wrong(f"{shown(value)} is no AS number", "Both halves of the dot notation go from 0 to 65535.")
        return high * 65536 + low
    return int(whole(0, ASN_MAX)(value.strip().upper().removeprefix("AS") if isinstance(value, str) else value))


def one_of(*choices: str) -> Reader:
    """A reader of one word out of some; upper case is accepted."""

    def read(value: Any) -> str:
        word = plain(value).lower()
        if word not in choices:
            near = get_close_matches(word, choices, 1)
            offer = f"Did you mean {near[0]}? " if near else ""
            raise Wrong(f"{shown(value)} is not one of the choices", f"{offer}Choose {listed(choices, 'or')}.")
        return word

    return read


def listed(words: tuple[str, ...] | list[str], joint: str = "and") -> str:
    """Words as they stand in a sentence: a, b and c."""
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else "".join(words)


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


def covers(outer: Network, inner: Network) -> bool:
    """The one subnet holds the other, or is the same; False across families."""
    if isinstance(outer, IPv4Network):
        return isinstance(inner, IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def aci_name(longest: int = 64, *, colon: bool = True) -> Reader:
    """A reader of names of APIC objects: letters, digits and _ . - (for most classes also the colon)."""
    allowed = "a-z, A-Z, 0-9, underscore, dot" + (", colon" if colon else "") + " and hyphen"
    pattern = re.compile(r"[a-zA-Z0-9_.:-]+" if colon else r"[a-zA-Z0-9_.-]+")

    def read(value: Any) -> str:
        text = plain(value)
        if not pattern.fullmatch(text):
            raise Wrong(f"{shown(text)} holds characters that the APIC refuses in a name", f"Use only {allowed}.")
        if len(text) > longest:
            raise Wrong(f"{shown(text)} has {len(text)} characters", f"The APIC takes at most {longest} here.")
        return text

    return read


def host_name(value: Any) -> str:
    """A host name by RFC 1123: one label, lower case."""
    text = plain(value)
    if _LABEL.fullmatch(text):
        return text
    if _LABEL.fullmatch(text.lower()):
        raise Wrong(f"{shown(text)} has capital letters", f"Write {text.lower()}: Kubernetes takes lower case alone.")
    raise Wrong(
        f"{shown(text)} is no host name",
        "Use up to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit.",
    )


def domain_name(value: Any) -> str:
    """A DNS domain by RFC 1123: labels joined by dots, at most 253 characters."""
    text = plain(value).lower().rstrip(".")
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in text.split(".")):
        raise Wrong(f"{shown(text)} is no domain name", "Write one such as dc1.example.net.")
    return text


def endpoint(value: Any) -> str:
    """A host or host:port; a pasted https:// and what follows the host are left out.

    IPv6 addresses with a port in brackets.
    """
    text = re.sub(r"^https?://", "", plain(value), flags=re.IGNORECASE).split("/", 1)[0].lower()
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or "@" in text or port == 0 or not _is_host(host):
        raise Wrong(
            f"{shown(value)} is no host",
            "Write a name or an address, with a port if it is not the usual one: apic1.example.net:8443.",
        )
    return text


def _is_host(host: str) -> bool:
    for version in (4, 6):
        try:
            address(version)(host)
        except Wrong:
            continue
        return True
    return not host.replace(".", "").isdigit() and all(_LABEL.fullmatch(label) for label in host.rstrip(".").split("."))


def url(value: Any) -> str:
    """An http or https URL; credentials do not belong into it."""
    text = plain(value)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        usable = False
    if not usable or " " in text:
        raise Wrong(
            f"{shown(text)} is no address of a web server",
            "Write it with http:// or https://, such as http://proxy.example.net:3128.",
        )
    if "@" in parts.netloc:
        raise Wrong(
            "the address holds a user name", "Leave out what stands before the @: the address is kept in clear."
        )
    return text


def matching(pattern: str, what: str, example: str) -> Reader:
    """A reader of text of one form; `what` names the form in a sentence."""
    compiled = re.compile(pattern)

    def read(value: Any) -> str:
        text = plain(value)
        if not compiled.fullmatch(text):
            raise Wrong(f"{shown(text)} is no {what}", f"Write one such as {example}.")
        return text

    return read
