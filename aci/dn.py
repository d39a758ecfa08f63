"""Distinguished names: `uni/tn-a/out-b/lnodep-c/rsnodeL3OutAtt-[topology/pod-1/node-101]`.

A DN is relative names (RNs) joined by `/`; a slash inside brackets belongs to its RN. Brackets nest.
"""

from collections.abc import Iterator


class BadDn(ValueError):
    """The text is not a distinguished name; the message says why."""


def split(dn: str) -> tuple[str, ...]:
    """RNs of `dn`, root first; () for the empty DN. Raises BadDn for unbalanced brackets or an empty RN."""
    return tuple(_rns(dn)) if dn else ()


def _rns(dn: str) -> Iterator[str]:
    if "[" not in dn and "]" not in dn:
        for rn in dn.split("/"):
            yield _not_empty(rn, dn)
        return
    depth = start = 0
    for at, char in enumerate(dn):
        if char == "[":
            depth += 1
        elif char == "]":
            depth -= 1
            if depth < 0:
                raise BadDn(f"unbalanced ']' at {at} in {dn!r}")
        elif char == "/" and depth == 0:
            yield _not_empty(dn[start:at], dn)
            start = at + 1
    if depth:
        raise BadDn(f"unbalanced '[' in {dn!r}")
    yield _not_empty(dn[start:], dn)


def _not_empty(rn: str, dn: str) -> str:
    if not rn:
        raise BadDn(f"empty relative name in {dn!r}")
    return rn


def join(*parts: str) -> str:
    """DN made of DNs or RNs; empty parts are left out."""
    return "/".join(part for part in parts if part)


def parent(dn: str) -> str:
    """DN of the container; "" for a DN of one RN."""
    return join(*split(dn)[:-1])


def rn(dn: str) -> str:
    """The last relative name; "" for the empty DN."""
    parts = split(dn)
    return parts[-1] if parts else ""


def ancestors(dn: str) -> Iterator[str]:
    """DNs of all containers, the nearest first."""
    parts = split(dn)
    for end in range(len(parts) - 1, 0, -1):
        yield "/".join(parts[:end])


def is_within(dn: str, root: str) -> bool:
    """Whether `dn` is `root` or stands below it."""
    return dn == root or not root or dn.startswith(root + "/")
