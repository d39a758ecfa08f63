"""Names of objects, hosts, domains and servers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from webui.spec.values.net import address
from webui.spec.values.text import Reader, Wrong, plain, shown

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


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


def _is_host(host: str) -> bool:
    for version in (4, 6):
        try:
            address(version)(host)
        except Wrong:
            continue
        return True
    return not host.replace(".", "").isdigit() and all(_LABEL.fullmatch(label) for label in host.rstrip(".").split("."))
