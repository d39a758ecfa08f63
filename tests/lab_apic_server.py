"""The APIC simulator inside the test's process: served over TLS, its tree and the requests it got at hand."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from aci.mo import Mo
from lab import certificates
from lab.apic.core import Apic
from lab.apic.faults import Faults
from lab.apic.server import make_app, serve

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
VOLATILE = {"modTs", "uid"}


@dataclass(frozen=True)
class Sent:
    """One request that the simulator got. `url` as it was written, with the query; `answer` is the HTTP status."""

    method: str
    url: str
    body: str
    cookies: frozenset[str]
    answer: int


@dataclass
class Simulator:
    """A served simulator. `password` is admin's; `ca_file` verifies its certificate."""

    apic: Apic
    faults: Faults
    ca_file: Path
    password: str
    url: str = ""
    requests: list[Sent] = field(default_factory=list)

    def tree(self) -> dict[str, dict[str, str]]:
        """All objects by DN with what was set on them, secrets included, times and writers left out."""
        with self.apic.lock:
            return {
                node.dn: {"class": node.cls.name} | {k: v for k, v in node.attrs.items() if k not in VOLATILE}
                for node in self.apic.tree
            }

    def by_hand(self, dn: str, mo: Mo) -> None:
        """Somebody changes the tree without Terraform."""
        self.apic.change([(dn, mo)])

    def delete(self, dn: str) -> None:
        """Somebody deletes an object, with all below it."""
        self.by_hand(dn, Mo(self.tree()[dn]["class"], {"dn": dn, "status": "deleted"}))

    def user_with_certificate(self, name: str) -> dict[str, str]:
        """A local user who may write everything, and the environment in which a provider works as that user."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        role = Mo("aaaUserRole", {"name": "admin", "privType": "writePriv"})
        domain = Mo("aaaUserDomain", {"name": "all"}, (role,))
        certificate = Mo("aaaUserCert", {"name": "anchorage", "data": _certificate(name, key)})
        self.by_hand("uni/userext", Mo("aaaUser", {"name": name}, (domain, certificate)))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {
            "ACI_USERNAME": name,
            "ACI_PRIVATE_KEY": pem,
            "ACI_CERT_NAME": "anchorage",
            "SSL_CERT_FILE": str(self.ca_file),
        }


def _certificate(name: str, key: rsa.RSAPrivateKey) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


class ServedSimulator:
    """Context manager: a fresh simulator with the preset fabric on a free port of loopback.

    `home` holds its certificate, made when there is none. `header=False`: it does not say that it is the lab's."""

    def __init__(self, home: Path, *, header: bool = True) -> None:
        ca, server = home / "ca.pem", home / "server.pem"
        if not certificates.is_current(ca, server):
            certificates.make(ca, server)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(server)
        self._header = header
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        faults = Faults()
        self.simulator = Simulator(Apic(None, admin_password="lab-admin-1"), faults, ca, "lab-admin-1")

    def __enter__(self) -> Simulator:
        self._thread.start()
        app = make_app(self.simulator.apic, self.simulator.faults)
        app.middlewares.insert(0, self._record)
        if not self._header:
            app.on_response_prepare.append(_unmark)
        self._runner, port = self._wait(serve(app, self._tls, 0))
        self.simulator.url = f"https://127.0.0.1:{port}"
        return self.simulator

    def __exit__(self, *_: object) -> None:
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.simulator.apic.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        body = (await request.read()).decode()
        response = await handler(request)
        sent = Sent(request.method, request.raw_path, body, frozenset(request.cookies), response.status)
        self.simulator.requests.append(sent)
        return response


async def _unmark(_request: web.Request, response: web.StreamResponse) -> None:
    del response.headers["X-Anchorage-Lab"]
