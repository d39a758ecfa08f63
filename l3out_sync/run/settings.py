"""Settings from the environment, read once. Secrets come from files (`…_FILE`), as Kubernetes mounts them."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from aci.auth import Credentials
from aci.session import Password, Signature
from l3out_sync.core.annotation import WHICH, Which
from l3out_sync.core.naming import L3OutKey, wrong_name
from l3out_sync.core.policy import Ceilings, Policy

PREFIX = "L3OUT_SYNC_"
T = TypeVar("T")


class BadSettings(Exception):
    """All that is wrong with the settings, a line each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the controller can be told."""

    policy: Policy
    """What it owns and how far it goes."""

    apics: tuple[str, ...]
    """Controllers, `host[:port]`, up to three."""

    user: str
    """Local user at the APIC."""

    cert_name: str = ""
    """Name of the user's certificate; with it each request is signed."""

    key: str = field(default="", repr=False)
    """Private key of the certificate, PEM."""

    password: str = field(default="", repr=False)
    """Instead of a certificate."""

    ca: str | None = None
    """PEM that the controllers' certificates are verified by; None takes the system's roots."""

    unverified: bool = False
    """No verification at all: for networks one trusts."""

    rate: float = 10.0
    """Requests a second towards the APIC."""

    burst: int = 20
    """Requests at once."""

    namespace: str = "default"
    """Where the lease stands."""

    lease: str = "l3out-sync"
    """Its name."""

    identity: str = ""
    """This replica's name in the lease."""

    port: int = 8080
    """Of /healthz, /readyz and /metrics."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    kubeconfig: Path | None = None
    """To run outside of a cluster."""

    debounce: float = 0.1
    """Seconds that changes are gathered before they are acted on."""

    reread: float = 900.0
    """Seconds after which the fabric is read in full although nothing seems amiss."""

    @property
    def credentials(self) -> Credentials:
        """As a session wants them."""
        return Signature(self.user, self.cert_name, self.key) if self.key else Password(self.user, self.password)


class _Reader:
    """Reads one variable after the other and remembers what was wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.wrong: list[str] = []

    def text(self, name: str, default: str = "", *, needed: bool = False) -> str:
        found = self._environment.get(PREFIX + name, "").strip()
        place = self._environment.get(f"{PREFIX}{name}_FILE", "").strip()
        if not found and place:
            try:
                found = Path(place).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.wrong.append(f"{PREFIX}{name}_FILE cannot be read: {error.strerror}")
        if needed and not found:
            self.wrong.append(f"{PREFIX}{name} is not set")
        return found or default

    def parsed(self, name: str, default: T, parse: Callable[[str], T], what: str) -> T:
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError:
            self.wrong.append(f"{PREFIX}{name} must be {what}, not {text!r}")
            return default

    def number(self, name: str, default: int) -> int:
        return self.parsed(name, default, _whole, "a whole number above 0")

    def flag(self, name: str, default: bool) -> bool:
        return self.parsed(name, default, _flag, "yes or no")

    def name(self, name: str) -> str:
        found = self.text(name, needed=True)
        if found and wrong_name(found):
            self.wrong.append(f"{PREFIX}{name} {wrong_name(found)}")
        return found


def _whole(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


def _positive(text: str) -> float:
    if not float(text) > 0:
        raise ValueError
    return float(text)


def _flag(text: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError
    return known[text.lower()]


def _which(text: str) -> Which:
    found = next((which for which in WHICH if which == text), None)
    if found is None:
        raise ValueError
    return found


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings. Raises BadSettings with all that is wrong."""
    read = _Reader(os.environ if environment is None else environment)
    key, password = read.text("APIC_KEY"), read.text("APIC_PASSWORD")
    if not key and not password:
        read.wrong.append(
            f"{PREFIX}APIC_KEY_FILE (with {PREFIX}APIC_CERT_NAME) or {PREFIX}APIC_PASSWORD_FILE is not set"
        )
    apics = _several(read.text("APICS", needed=True))
    if len(apics) > 3:
        read.wrong.append(f"{PREFIX}APICS names {len(apics)} controllers; three at most are used")
    kubeconfig = read.text("KUBECONFIG")
    settings = Settings(
        policy=_policy(read),
        apics=apics,
        user=read.text("APIC_USER", needed=True),
        cert_name=read.text("APIC_CERT_NAME", needed=bool(key)),
        key=key,
        password=password,
        ca=read.text("APIC_CA") or None,
        unverified=read.flag("APIC_UNVERIFIED", False),
        rate=read.parsed("RATE", 10.0, _positive, "a number above 0"),
        burst=read.number("BURST", 20),
        namespace=read.text("NAMESPACE", "default"),
        lease=read.text("LEASE", "l3out-sync"),
        identity=read.text("IDENTITY") or socket.gethostname(),
        port=read.number("PORT", 8080),
        log_level=read.text("LOG_LEVEL", "INFO").upper(),
        kubeconfig=Path(kubeconfig) if kubeconfig else None,
        debounce=read.parsed("DEBOUNCE", 0.1, _positive, "seconds above 0"),
        reread=read.parsed("REREAD", 900.0, _positive, "seconds above 0"),
    )
    if read.wrong:
        raise BadSettings("\n".join(read.wrong))
    return settings


def _policy(read: _Reader) -> Policy:
    return Policy(
        cluster=read.name("CLUSTER_ID"),
        home=L3OutKey(read.name("TENANT"), read.name("L3OUT")),
        default_epg=read.text("DEFAULT_EPG"),
        pods=read.parsed("PODS", "all", _which, f"one of {', '.join(WHICH)}"),
        scope=read.text("SCOPE", "import-security"),
        ceilings=Ceilings(read.number("MAX_PER_EPG", 1000), read.number("MAX_SUBNETS", 4000)),
        aggregate=read.flag("AGGREGATE", False),
        tenants=_several(read.text("TENANTS")),
        join=read.flag("JOIN", True),
    )
