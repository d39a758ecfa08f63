"""A second net under secrets: whatever is said of a run passes through here. (The first: they are not said.)"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

SHOWN = "(secret)"
SHORTEST = 4
"""A shorter secret would take half the words of a log with it."""


class Redactor:
    """Replaces known secrets in texts and JSON values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        found = {form for secret in secrets for form in _forms(secret)}
        self._secrets = sorted(found, key=len, reverse=True)

    def hide(self, secrets: Iterable[str]) -> None:
        """Know further secrets from now on."""
        found = {form for secret in secrets for form in _forms(secret)}
        self._secrets = sorted(found.union(self._secrets), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, SHOWN)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value without secrets, in its keys neither."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(inner) for key, inner in value.items()}
        return [self.value(inner) for inner in value] if isinstance(value, list) else value


def _forms(secret: str) -> Iterator[str]:
    """As it is, as JSON writes it (Python's and Go's), and line by line when it is a PEM text."""
    quoted = json.dumps(secret)[1:-1]
    go = quoted.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    lines = [line.strip() for line in secret.splitlines()] if "\n" in secret else []
    keys = [line for line in lines if len(line) >= 16 and not line.startswith("-----")]
    yield from (form for form in (secret, quoted, go, *keys) if len(form) >= SHORTEST)
