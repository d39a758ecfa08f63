"""A session with a vCenter: one connection for one request of the installer, ended when it closes."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aci.errors import AciError
from aci.session import Tls
from lab.vcenter.site import VCenterSite
from webui.lookups.vcenter.api import Stub, vim
from webui.lookups.vcenter.errors import BadAddress, NotAVCenter, TlsFailure, VCenterError, no_vcenter, speaking, told
from webui.spec.model.vcenter import VCenter as Section

API = "vim.version.v7_0"
"""The oldest version that is asked for: everything used here has been there since, and later ones still speak it."""
TIMEOUT = 20.0
"""Seconds to wait for a connection, and for each answer."""
SIMULATED = "Anchorage lab"
"""Part of the full name by which the lab's simulated vCenter tells that it is one."""
_HOST = re.compile(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True)
class Target:
    """Where a vCenter is, who signs in, and how its certificate is verified."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: Tls

    @property
    def address(self) -> str:
        """`host`, or `host:port` where the port is not 443."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"


class VCenter:
    """A session. Its calls may come from a second thread, as an upload's keep-alive does."""

    def __init__(self, target: Target, context: ssl.SSLContext, stub: Any, content: Any) -> None:
        self.target = target
        self.context = context
        """How TLS is verified, for uploads too."""
        self.content = content
        self._stub = stub

    @property
    def address(self) -> str:
        """`host[:port]`."""
        return self.target.address

    @property
    def version(self) -> str:
        """Such as 8.0.3."""
        return str(self.content.about.version)

    @property
    def simulated(self) -> bool:
        """It is the built-in lab's simulator."""
        return SIMULATED in (self.content.about.fullName or "")

    def clock_skew(self, clock: Callable[[], dt.datetime]) -> float:
        """Seconds by which vCenter's clock is ahead of ours; half the round trip is allowed for. `clock` gives UTC."""
        before = clock()
        with told(self.address):
            there: dt.datetime = vim.ServiceInstance("ServiceInstance", self._stub).CurrentTime()
        return (there - before - (clock() - before) / 2).total_seconds()

    def close(self) -> None:
        """End the session (as far as that works) and close the connections."""
        with contextlib.suppress(VCenterError), told(self.address):
            self.content.sessionManager.Logout()
        self._stub.DropConnections()

    def __enter__(self) -> VCenter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def target(section: Section, password: str, lab: VCenterSite | None = None) -> Target:
    """Where the section's vCenter is. With a running lab, address, authority and user are the lab's.

    Raises BadAddress (none given, or not host[:port]).
    """
    if lab is not None:
        host, port = split(lab.address)
        user = section.user if password and section.user else lab.user
        return Target(host, port, user, password or lab.password, Tls(verify=True, ca=lab.ca_pem))
    if not section.address or not section.user:
        missing = "user" if section.address else "address"
        raise BadAddress(f"No {missing} is given for the vCenter.")
    host, port = split(section.address)
    return Target(host, port, section.user, password, Tls(verify=not section.tls.unverified, ca=section.tls.ca))


def split(address: str) -> tuple[str, int]:
    """(host, port) of `host[:port]`; an IPv6 address gets its brackets. Raises BadAddress."""
    if address.count(":") > 1 and not address.startswith("["):
        address = f"[{address}]"
    found = re.fullmatch(r"(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?", address)
    port = int(found[2] or 443) if found else 0
    if not found or not _HOST.fullmatch(found[1]) or not 0 < port < 65536:
        raise BadAddress(f"{address!r} is no address of a vCenter. Give host, or host:port.")
    return found[1], port


def connect(section: Section, password: str, lab: VCenterSite | None = None, *, timeout: float = TIMEOUT) -> VCenter:
    """Sign in to the section's vCenter. Use it as a context manager: the session ends with it.

    `password`: of the section's user; "" with a running lab takes the lab's own user. Raises VCenterError.
    """
    where = target(section, password, lab)
    context = trust(where.tls)
    stub = Stub(
        host=where.host,
        port=where.port,
        version=API,
        sslContext=context,
        httpConnectionTimeout=timeout,
        connectionPoolTimeout=-1,
    )
    try:
        return VCenter(where, context, stub, _signed_in(where, stub))
    except BaseException:
        stub.DropConnections()
        raise


def trust(tls: Tls) -> ssl.SSLContext:
    """The TLS context: system's roots, a pinned CA, or in so many words no verification. Raises TlsFailure."""
    try:
        return tls.context()
    except AciError as error:
        raise TlsFailure(error.sentence) from error


def _signed_in(where: Target, stub: Any) -> Any:
    with told(where.address):
        with speaking(where.address):
            content = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
        if content is None:
            raise no_vcenter(where.address)
        kind = content.about.apiType
        if kind == "VirtualCenter":
            content.sessionManager.Login(where.user, where.password, None)
            return content
    if kind == "HostAgent":
        raise NotAVCenter(f"{where.address} is an ESXi host. Give the address of the vCenter that manages it.")
    raise NotAVCenter(f"{where.address} is {content.about.fullName}, not a vCenter. Check the address.")


__all__ = ["Target", "VCenter", "connect", "split", "target", "trust"]
