"""A disk on its way to the address that an import lease gave: one HTTP request that streams."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from webui.lookups.vcenter.connecting import Target
from webui.lookups.vcenter.errors import Refused, TlsFailure, of_network

DISK = "application/x-vnd.vmware-streamVmdk"
TIMEOUT = 120.0
"""Seconds for one write, and for the answer after the last byte: the host closes the disk first."""


@dataclass(frozen=True)
class Slot:
    """Where a file goes. `create`: a file beside the machine's disks, which is put and not posted.

    `thumbprint`: SHA-1 of the receiving host's certificate, as vCenter told it; "" for none.
    """

    url: str
    create: bool = False
    thumbprint: str = ""


def send(slot: Slot, target: Target, context: ssl.SSLContext, size: int, chunks: Iterable[bytes]) -> None:
    """Send a file. Raises VCenterError; what `chunks` raises comes through."""
    url = urlsplit(slot.url)
    # A host that is met directly answers "*" for itself.
    host = target.host if url.hostname in (None, "*") else str(url.hostname)
    port = url.port or 443
    address = host if port == 443 else f"{host}:{port}"
    with _network(address):
        connection = _connected(host.strip("[]"), port, context, slot.thumbprint)
    try:
        with _network(address):
            _head(connection, slot, url.path + (f"?{url.query}" if url.query else ""), size)
        for chunk in chunks:
            with _network(address):
                connection.send(chunk)
        with _network(address):
            status = connection.getresponse().status
    finally:
        connection.close()
    if status >= 300:
        raise Refused(f"{address} refused the disk with HTTP {status}. Look at its tasks and events in vCenter.")


@contextmanager
def _network(address: str) -> Iterator[None]:
    """Only around what goes to the host: errors of the OVA's source are not its own."""
    try:
        yield
    except (OSError, HTTPException) as error:
        raise of_network(error, address) from error


def _head(connection: HTTPSConnection, slot: Slot, path: str, size: int) -> None:
    connection.putrequest("PUT" if slot.create else "POST", path)
    connection.putheader("Content-Type", DISK)
    connection.putheader("Content-Length", str(size))
    if slot.create:
        connection.putheader("Overwrite", "t")
    connection.endheaders()


def _connected(host: str, port: int, context: ssl.SSLContext, thumbprint: str) -> HTTPSConnection:
    """A connection whose certificate is trusted as vCenter's is, or is the one that vCenter named for this host."""
    connection = HTTPSConnection(host, port, context=context, timeout=TIMEOUT)
    try:
        connection.connect()
        return connection
    except ssl.SSLCertVerificationError:
        connection.close()
        if not thumbprint:
            raise
    return _pinned(host, port, thumbprint)


def _pinned(host: str, port: int, thumbprint: str) -> HTTPSConnection:
    # Hosts often have certificates of vCenter's own authority where vCenter itself has a company's. vCenter, whose
    # certificate was verified, told which one this host has; nothing is sent before that one was seen.
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    connection = HTTPSConnection(host, port, context=unverified, timeout=TIMEOUT)
    connection.connect()
    certificate = connection.sock.getpeercert(binary_form=True) or b""
    seen = hashlib.sha1(certificate, usedforsecurity=False).hexdigest()
    if seen != thumbprint.replace(":", "").lower():
        connection.close()
        raise TlsFailure(f"The certificate of {host} is neither trusted nor the one that vCenter names for this host.")
    return connection
