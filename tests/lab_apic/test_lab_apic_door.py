"""The way from the lab's own network into the simulator: TCP there, a Unix socket here, TLS from end to end."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

from aci import query
from aci.session import Password, Session, Tls
from lab.apic import door
from lab.apic.core import Apic
from lab.apic.server import make_app, serve
from tests.l3out_sync.live import eventually
from tests.lab_apic.simulated import PASSWORD


def test_a_session_comes_in_by_the_door(tmp_path: Path, server_tls: ssl.SSLContext, lab_certificates: Path) -> None:
    loop, place = asyncio.new_event_loop(), tmp_path / "door.sock"
    threading.Thread(target=loop.run_forever, daemon=True).start()
    app = make_app(Apic(admin_password=PASSWORD))
    runner, _ = asyncio.run_coroutine_threadsafe(serve(app, server_tls, 0, door=place), loop).result(10)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-I", door.__file__, "127.0.0.1", str(port), str(place)]
    with subprocess.Popen(line) as process:
        try:
            eventually(lambda: answers(port))
            tls = Tls(ca=(lab_certificates / "ca.pem").read_text())
            with Session([f"127.0.0.1:{port}"], Password("admin", PASSWORD), tls=tls) as session:
                assert len(session.get(query.of_class("fvTenant"))) == 6
        finally:
            process.terminate()
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
