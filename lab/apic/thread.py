"""The simulator inside this process, served by a thread of its own: for tests and for the lab's other parts."""

import asyncio
import ssl
import threading
from types import TracebackType

from lab.apic.core import Apic
from lab.apic.faults import Faults
from lab.apic.server import make_app, serve


class ServedInThread:
    """Serves while the `with` block runs; `address` is host:port on loopback. `tls` None serves plain HTTP.

    `port` 0 takes a free one. Several may serve one Apic: controllers of one cluster."""

    def __init__(self, apic: Apic, tls: ssl.SSLContext | None, faults: Faults | None = None, port: int = 0) -> None:
        self.apic = apic
        self.faults = faults or Faults()
        self._tls, self._port = tls, port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated-apic", daemon=True)
        self.address = ""

    def __enter__(self) -> "ServedInThread":
        self._thread.start()
        start = serve(make_app(self.apic, self.faults), self._tls, self._port)
        self._runner, port = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.address = f"127.0.0.1:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
