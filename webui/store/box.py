"""Encryption at rest: Fernet with a key that lies outside the database."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class WrongKey(Exception):
    """What was read was not encrypted with this key."""


class Box:
    """Seals texts and JSON values; `seal(open(x)) == x`."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)
        self._mark = hashlib.sha256(b"anchorage mark" + key).digest()

    def seal(self, value: Any) -> str:
        """Encrypt any JSON value to a text."""
        return self._fernet.encrypt(json.dumps(value).encode()).decode()

    def open(self, sealed: str | None) -> Any:
        """Decrypt what `seal` made; None stays None. Raises WrongKey."""
        return None if sealed is None else json.loads(self.open_bytes(sealed.encode()))

    def mark(self, value: Any) -> str:
        """A fingerprint of any JSON value, hexadecimal; without the key it does not give away even a short secret."""
        return hmac.new(self._mark, json.dumps(value, sort_keys=True).encode(), hashlib.sha256).hexdigest()

    def seal_bytes(self, value: bytes) -> bytes:
        """Encrypt bytes, such as a Terraform state."""
        return self._fernet.encrypt(value)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what `seal_bytes` made. Raises WrongKey."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise WrongKey(
                "The key file does not fit the stored secrets. Put back the key file they were made with."
            ) from None


def load_box(key_file: Path) -> Box:
    """Read the key, making it (mode 0600) at the first start."""
    if not key_file.exists():
        key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as out:
                out.write(Fernet.generate_key())
    return Box(key_file.read_bytes().strip())
