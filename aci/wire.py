"""HTTP to one controller: TLS, time-outs, and its failures turned into errors with a sentence."""

import ipaddress
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from aci.errors import BadAddress, NotAnApic, TimedOut, TlsFailure, Unreachable

LAB_HEADER = "X-Anchorage-Lab"
"""Set by the built-in lab's simulator on each reply; a real APIC never sends it."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How the APIC's certificate is checked: by the system's roots, by a pinned CA (PEM), or not at all."""

    verify: bool = True
    ca: str | None = None

    def context(self) -> ssl.SSLContext:
        """SSL context. Raises TlsFailure when the pinned PEM is none."""
        if not self.verify:
            return _unverified()
        try:
            context = ssl.create_default_context(cadata=self.ca or None)
        except (ssl.SSLError, ValueError) as error:
            raise TlsFailure(
                "The pinned CA is not a certificate in PEM. Paste it with its BEGIN and END lines."
            ) from error
        if self.ca:
            # An intermediate CA or the server's own certificate may be pinned, too.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, and to wait for an answer."""

    connect: float = 5.0
    read: float = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply with its JSON document."""

    status: int
    document: Any
    simulated: bool


class Wire:
    """A connection pool to one controller. Thread-safe."""

    def __init__(self, address: str, tls: Tls, timeouts: Timeouts) -> None:
        self.address = address
        self._client = httpx.Client(
            base_url=_url(address),
            verify=tls.context(),
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            trust_env=not _is_loopback(address),
            follow_redirects=False,
        )

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """One request. Raises Unreachable, TimedOut, TlsFailure, NotAnApic; HTTP errors are replies."""
        try:
            reply = self._client.request(method, path, content=body or None, headers=dict(headers))
        except httpx.ConnectTimeout as error:
            raise Unreachable(f"No connection to {self.address} in time. {_CHECK_PATH}", text=str(error)) from error
        except httpx.TimeoutException as error:
            raise TimedOut(
                f"{self.address} did not answer in time. Try again; if it stays so, look at its health."
            ) from error
        except httpx.TransportError as error:
            raise self._failure(error) from error
        return Reply(reply.status_code, self._document(reply), LAB_HEADER in reply.headers)

    def _failure(self, error: httpx.TransportError) -> Unreachable | TlsFailure:
        text = str(error)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            return TlsFailure(
                f"The certificate of {self.address} is not trusted. Pin the CA that issued it, or use the name it was "
                "issued for; switch verification off only on a network you trust.",
                text=text,
            )
        if any(words in text for words in _NO_NAME):
            return Unreachable(
                f"The name in {self.address} is not known to DNS. Check its spelling and DNS.", text=text
            )
        if "SSL" in text.upper() or "WRONG_VERSION_NUMBER" in text:
            return TlsFailure(f"{self.address} does not speak TLS as expected. Check address and port.", text=text)
        return Unreachable(f"No connection to {self.address}. {_CHECK_PATH}", text=text)

    def _document(self, reply: httpx.Response) -> Any:
        try:
            return reply.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            if reply.status_code >= 429:
                return {}
            sentence = f"{self.address} answers, but not as an APIC does (HTTP {reply.status_code}). Check the address."
            raise NotAnApic(sentence, status=reply.status_code) from error

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


_CHECK_PATH = "Check the address, the route to it and whether the controller is up."


_HOST = re.compile(r"[A-Za-z0-9_.:-]+")
_NO_NAME = ("Name or service not known", "No address associated", "name resolution", "nodename nor servname")


def _url(address: str) -> httpx.URL:
    try:
        url = httpx.URL(f"https://{_bracketed(address)}")
    except httpx.InvalidURL as error:
        raise BadAddress(f"{address!r} is no address of an APIC. Give host, or host:port.") from error
    extra = url.userinfo or url.path not in ("", "/") or url.query or url.fragment
    if extra or not _HOST.fullmatch(url.host) or not 0 < (url.port or 443) < 65536:
        raise BadAddress(f"{address!r} is no address of an APIC. Give host, or host:port.")
    return url


def socket_url(address: str, token: str) -> str:
    """The websocket of a session: `wss://host[:port]/socket<token>`."""
    return f"wss://{_bracketed(address)}/socket{token}"


def _bracketed(address: str) -> str:
    """`host[:port]` for a URL; a bare IPv6 address gets its brackets."""
    try:
        is_v6 = ipaddress.ip_address(address).version == 6
    except ValueError:
        is_v6 = False
    return f"[{address}]" if is_v6 else address


def _is_loopback(address: str) -> bool:
    host = _url(address).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
