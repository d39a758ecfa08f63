"""Becomes the given command, after asking the kernel to signal it when the process that started it is gone.

Run as `python -I -S launch.py SIGNAL PARENT COMMAND…`, and not as a `preexec_fn`, which is not safe in a process with
threads. A graceful signal lets Terraform write its state and end, should the worker be killed with -9.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
NOT_STARTED = 127
"""Exit code when the command cannot be started, as a shell has it."""


def main() -> None:
    """Never returns: the process becomes the command."""
    # A shell that starts programs in the background has them ignore SIGINT, which would reach Terraform.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    number, parent, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)  # it was gone before we asked
    try:
        os.execvp(command[0], command)  # noqa: S606 - the caller gives the command, no shell is involved
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main()
