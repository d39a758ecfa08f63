"""`python -m lab.apic --home DIR --port N`: the simulator in the foreground.

Prints one line with its address when it serves; SIGTERM and SIGINT stop it cleanly. `DIR/server.pem` holds its
certificate and key, `DIR/admin-password` the password of admin when the state is new.
"""

import argparse
import asyncio
import logging
import signal
import ssl
import sys
from pathlib import Path

from lab.apic.core import Apic
from lab.apic.home import ADMIN_PASSWORD, SERVER_PEM, SOCKET
from lab.apic.server import make_app, serve
from lab.fabric.manager import Fabric, attached


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.apic", description="Simulated APIC of Anchorage's built-in lab"
    )
    parser.add_argument("--home", type=Path, required=True, help="directory of state, certificate and password")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    parser.add_argument("--lab", type=Path, help="home of the lab whose leaves follow this tree; without it none do")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_run(options.home, options.port, options.lab))
    except OSError as error:
        print(f"The simulated APIC cannot start: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _run(home: Path, port: int, lab: Path | None) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(home / SERVER_PEM)
    password = (home / ADMIN_PASSWORD).read_text(encoding="utf-8").strip()
    apic = Apic(home, admin_password=password)
    leaves = attached(apic, lab) if lab else None
    app = make_app(apic, leaves=leaves.status if leaves else None)
    runner, port = await serve(app, tls, port, door=home / SOCKET if lab else None)
    print(f"Simulated APIC serves at https://127.0.0.1:{port}/lab/", flush=True)  # noqa: T201
    await _told_to_stop()
    await runner.cleanup()
    await _end(leaves)
    apic.close()


async def _end(leaves: Fabric | None) -> None:
    if leaves is not None:
        await asyncio.to_thread(leaves.stop)


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
