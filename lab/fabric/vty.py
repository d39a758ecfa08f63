"""Talks to a routing daemon over its terminal's socket as vtysh does: words end with NUL, answers with NULs and a code.

Source: FRR's lib/vty.c and vtysh/vtysh.c (`vtysh_client_run`).
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab.machines.errors import LabError

END = b"\0\0\0"
PATIENCE = 10.0


class Vty:
    """One terminal. Raises LabError when the daemon is gone or refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(PATIENCE)
        try:
            _connect(self._socket, path)
        except OSError as error:
            self._socket.close()
            raise LabError(f"{path.stem} does not answer: {error.strerror or error}.") from None

    def close(self) -> None:
        """End the terminal."""
        self._socket.close()

    def ask(self, word: str) -> str:
        """The answer to one line."""
        code, text = self._say(word)
        if code:
            raise LabError(f"{self._path.stem} refuses {_shown(word)}: {text.strip() or code}")
        return text

    def json(self, word: str) -> Any:
        """The answer to a `show … json`."""
        try:
            return json.loads(self.ask(word) or "{}")
        except ValueError:
            raise LabError(f"{self._path.stem} answers {word} with something else than JSON.") from None

    def configure(self, words: Iterable[str]) -> list[str]:
        """Send lines of configuration; what the daemon refused, each a sentence. The others hold."""
        refused = []
        for word in words:
            code, text = self._say(word)
            if code > 1:  # 1 is a warning: done, but with a word about it
                refused.append(f"{self._path.stem} refuses {_shown(word)}: {text.strip() or code}")
        return refused

    def _say(self, word: str) -> tuple[int, str]:
        try:
            self._socket.sendall(word.encode() + b"\0")
            found = bytearray()
            while not (len(found) >= 4 and found[-4:-1] == END):
                part = self._socket.recv(1 << 16)
                if not part:
                    raise LabError(f"{self._path.stem} ended.")
                found += part
        except OSError as error:
            raise LabError(f"{self._path.stem} does not answer: {error.strerror or error}.") from None
        return found[-1], found[:-4].decode(errors="replace")


def _connect(own: socket.socket, path: Path) -> None:
    """Through the folder's descriptor: a socket's address holds 108 characters, a lab's home may be longer."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        own.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _shown(word: str) -> str:
    head, found, _ = word.partition(" password ")
    return f"“{head}{found}…”" if found else f"“{word}”"


def waited(path: Path, patience: float = PATIENCE) -> Vty:
    """The terminal of a daemon that is starting."""
    until = time.monotonic() + patience
    while True:
        try:
            return Vty(path)
        except LabError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
