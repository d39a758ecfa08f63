"""Passwords of the simulator's local users: kept as scrypt hashes."""

import base64
import hashlib
import hmac
import os

_N, _R, _P = 2**13, 8, 1


def hashed(password: str) -> str:
    """`scrypt$salt$key`, both base64; "" for no password (that user cannot sign in by one)."""
    if not password:
        return ""
    salt = os.urandom(16)
    return f"scrypt${_b64(salt)}${_b64(_key(password, salt))}"


def matches(password: str, stored: str) -> bool:
    """Whether the password is the one that was hashed; an empty hash matches nothing."""
    try:
        kind, salt, key = stored.split("$")
    except ValueError:
        return False
    return kind == "scrypt" and hmac.compare_digest(_key(password, base64.b64decode(salt)), base64.b64decode(key))


def _key(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
