"""Passwords: hashed with argon2id, generated in groups that can be read aloud."""

from __future__ import annotations

import secrets
import string

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
"""Characters of a password that a person chooses."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""The costs that OWASP's password storage cheat sheet asks for at least: 19 MiB, 2 passes, 1 lane."""
_LETTERS = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("il1o0")))
NOBODY = _hasher.hash(secrets.token_urlsafe(16))
"""Hash of a password that nobody has: checking it takes as long for an unknown user as for a known one."""


def hashed(password: str) -> str:
    """argon2id hash, with its salt and costs."""
    return _hasher.hash(password)


def fits(password_hash: str, password: str) -> bool:
    """Whether the password belongs to the hash."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def generated(groups: int = 4) -> str:
    """A random password such as `k7qm-x3vd-2hnp-w9ta`: 5 bits a character, 80 bits with four groups."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(groups))


def complaint(password: str, again: str, name: str = "") -> str | None:
    """What is wrong with a chosen password, or None."""
    if len(password) < SHORTEST:
        return f"Too short: {len(password)} characters. Use at least {SHORTEST}."
    if name and name.lower() in password.lower():
        return "It holds the user name. Choose one without it."
    return None if password == again else "The two entries differ. Type the same password twice."
