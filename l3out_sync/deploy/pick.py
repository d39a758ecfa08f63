"""`python pick.py requirements.lock packages.txt`: the lines of a lock (with their hashes) for these packages alone."""

import re
import sys
from pathlib import Path

_NAME = re.compile(r"^([A-Za-z0-9._-]+)==")


def entries(lock: str) -> dict[str, str]:
    """Package -> its entry, hashes included."""
    found: dict[str, str] = {}
    name = ""
    for line in lock.splitlines():
        match = _NAME.match(line)
        if match:
            name = match[1].lower().replace("_", "-")
        elif not line.startswith(" "):
            name = ""
        if name and not line.lstrip().startswith("#"):
            found[name] = found.get(name, "") + line + "\n"
    return found


def picked(lock: str, names: list[str]) -> str:
    """The entries of these packages. Raises KeyError with the name of one that is not in the lock."""
    held = entries(lock)
    return "".join(held[name].rstrip().rstrip("\\").rstrip() + "\n" for name in names)


def names_in(text: str) -> list[str]:
    """Package names, a line each; comments are passed over."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


if __name__ == "__main__":
    lock, packages = (Path(word).read_text(encoding="utf-8") for word in sys.argv[1:3])
    sys.stdout.write(picked(lock, names_in(packages)))
