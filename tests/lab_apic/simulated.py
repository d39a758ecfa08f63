"""A simulated APIC inside the test process, over TLS with the lab's own CA."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aci.session import Password, Retries, Session, Signature, Timeouts, Tls
from lab import certificates
from lab.apic.core import Apic
from lab.apic.faults import Faults
from lab.apic.thread import ServedInThread

PASSWORD = "lab-admin-password"


class MovableClock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def forward(self, seconds: float) -> None:
        self.moved += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return self().timestamp()


@dataclass
class Simulator:
    """A served simulator and how to reach it."""

    address: str
    ca_pem: str
    apic: Apic
    faults: Faults
    clock: MovableClock

    def session(self, user: str = "admin", password: str = PASSWORD, **options: object) -> Session:
        known = {"tls": Tls(ca=self.ca_pem), "retries": Retries(2, first_delay=0.01), "now": self.clock.monotonic}
        return Session([self.address], Password(user, password), **(known | options))

    def signed(self, user: str, cert: str, key_pem: str, **options: object) -> Session:
        known = {"tls": Tls(ca=self.ca_pem), "timeouts": Timeouts(2, 5), "retries": Retries(1)}
        return Session([self.address], Signature(user, cert, key_pem), **(known | options))


@pytest.fixture(scope="session")
def lab_certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("certificates")
    certificates.make(place / "ca.pem", place / "server.pem")
    return place


@pytest.fixture(scope="session")
def server_tls(lab_certificates: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(lab_certificates / "server.pem")
    return context


@pytest.fixture
def simulator(lab_certificates: Path, server_tls: ssl.SSLContext) -> Iterator[Simulator]:
    clock = MovableClock()
    apic = Apic(clock=clock, admin_password=PASSWORD)
    with ServedInThread(apic, server_tls) as served:
        yield Simulator(served.address, (lab_certificates / "ca.pem").read_text(), apic, served.faults, clock)


@pytest.fixture
def admin(simulator: Simulator) -> Iterator[Session]:
    with simulator.session() as session:
        yield session
