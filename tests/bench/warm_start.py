"""How long a warm `./startup.sh <port> [--lab]` takes until it serves: python tests/bench/warm_start.py [times]."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def once(home: str, *flags: str) -> float:
    """Seconds from the command to the line with the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environ = {**os.environ, "ANCHORAGE_HOME": home}
    began = time.monotonic()
    process = subprocess.Popen(
        [ROOT / "startup.sh", port, *flags], stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True
    )
    for line in process.stdout or []:
        if "serves at" in line:
            break
    took = time.monotonic() - began
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)
    return took


def main() -> None:
    """Warm up once, then measure."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for flags in ((), ("--lab",)):
        with tempfile.TemporaryDirectory() as home:
            once(home, *flags)
            took = [once(home, *flags) for _ in range(times)]
        name = " ".join(flags) or "(no lab)"
        print(f"startup.sh {name:10} median {statistics.median(took):.2f} s, worst {max(took):.2f} s of {times}")


if __name__ == "__main__":
    main()
