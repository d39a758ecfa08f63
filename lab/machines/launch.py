"""Joins control groups, leaves its parent, and becomes the given command.

Run as `python -I -S launch.py LOG GROUP… -- COMMAND…`. It ends when the command is about to start; a group that is gone
(the lab was taken down meanwhile) is an error, so that no process ever starts outside of the lab's groups.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Never returns in the child: it becomes the command."""
    cut = sys.argv.index("--")
    log, groups, command = sys.argv[1], sys.argv[2:cut], sys.argv[cut + 1 :]
    if os.fork():
        _, status = os.wait()
        sys.exit(os.waitstatus_to_exitcode(status))
    for group in groups:
        (Path(group) / "cgroup.procs").write_text("0")
    os.setsid()
    if os.fork():
        os._exit(0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(output, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.execvp(command[0], command)  # noqa: S606 - the caller gives the command, no shell is involved


if __name__ == "__main__":
    main()
