"""A simulated APIC in this process, over TLS, for the questions that lookups put."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aci.mo import Mo
from aci.session import Password, Retries, Session, Timeouts, Tls
from lab import certificates
from lab.apic.core import Apic
from lab.apic.faults import Faults
from lab.apic.thread import ServedInThread

PASSWORD = "lookups-admin-password"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass
class Fabric:
    """A served simulator, its clock, and sessions with it."""

    address: str
    ca: str
    faults: Faults
    ahead: dt.timedelta

    def session(self, credentials=None) -> Session:
        tls = Tls(ca=self.ca)
        wanted = credentials or Password("admin", PASSWORD)
        return Session([self.address], wanted, tls=tls, timeouts=Timeouts(2, 10), retries=Retries(1))


@pytest.fixture(scope="session")
def certificate_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("lookups-certificates")
    certificates.make(place / "ca.pem", place / "server.pem")
    return place


@pytest.fixture
def fabric(certificate_dir: Path) -> Iterator[Fabric]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate_dir / "server.pem")
    found = Fabric("", (certificate_dir / "ca.pem").read_text(), Faults(), dt.timedelta())
    with ServedInThread(Apic(clock=lambda: now() + found.ahead, admin_password=PASSWORD), context, found.faults) as it:
        found.address = it.address
        yield found


@pytest.fixture
def admin(fabric: Fabric) -> Iterator[Session]:
    with fabric.session() as session:
        yield session


@pytest.fixture
def make(admin: Session) -> Callable[..., None]:
    """Put objects below uni."""

    def post(*objects: Mo) -> None:
        for item in objects:
            admin.post("uni", item)

    return post
