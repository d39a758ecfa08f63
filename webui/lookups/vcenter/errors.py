"""What can go wrong with a vCenter, in a network engineer's words, with the remedy and whether a retry can help."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from xml.parsers.expat import ExpatError

from webui.lookups.vcenter.api import vim, vmodl


class VCenterError(Exception):
    """Base. `sentence`: for people; `text`: the server's own words, if it said any."""

    retryable = False
    """Whether the same request can succeed later without anybody changing anything."""

    def __init__(self, sentence: str, *, text: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.text = text

    def __str__(self) -> str:
        return f"{self.sentence} (vCenter said: {self.text})" if self.text else self.sentence


class BadAddress(VCenterError):
    """The text is not host[:port], or none was given."""


class Unreachable(VCenterError):
    """No connection, or it broke."""

    retryable = True


class TimedOut(Unreachable):
    """No answer in time."""


class TlsFailure(VCenterError):
    """The certificate was refused or TLS could not be agreed on."""


class NotAVCenter(VCenterError):
    """Something answered, but not as a vCenter does."""


class BadLogin(VCenterError):
    """User or password refused."""


class SessionEnded(VCenterError):
    """The session has ended."""

    retryable = True


class NotPermitted(VCenterError):
    """Signed in, but a privilege is missing: `privilege` is its id, `on` the name of the object."""

    def __init__(self, sentence: str, *, text: str = "", privilege: str = "") -> None:
        super().__init__(sentence, text=text)
        self.privilege = privilege


class NotFound(VCenterError):
    """An object that the request stands on does not exist."""


class Refused(VCenterError):
    """vCenter refused what was asked."""


class Busy(VCenterError):
    """vCenter answers, but is not ready."""

    retryable = True


@contextmanager
def told(address: str) -> Iterator[None]:
    """Turn what pyvmomi, TLS and the network raise into a VCenterError about this vCenter."""
    try:
        yield
    except vmodl.MethodFault as fault:
        raise of_fault(fault) from fault
    except (OSError, HTTPException) as error:
        raise of_network(error, address) from error
    except ExpatError as error:
        raise no_vcenter(address) from error


@contextmanager
def speaking(address: str) -> Iterator[None]:
    """The first call: what answers may be no vCenter, and pyvmomi's reader meets such pages with errors of any kind."""
    try:
        yield
    except (OSError, HTTPException, ExpatError, vmodl.MethodFault):
        raise
    except Exception as error:
        # pyvmomi itself raises a bare Exception for an error page.
        if type(error) is Exception or isinstance(error, (AttributeError, KeyError, TypeError, ValueError)):
            raise no_vcenter(address) from error
        raise


def of_network(error: OSError | HTTPException, address: str) -> VCenterError:
    """The error of a connection that failed, or of an HTTP status."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailure(
            f"The certificate of {address} is not trusted: {error.verify_message}. Pin the CA that issued it, or use "
            "the name it was issued for; switch verification off only on a network that you trust."
        )
    for kind, made, sentence in _NETWORK:
        if isinstance(error, kind):
            return made(sentence.format(address=address))
    return _of_status(str(error), address)


def _of_status(text: str, address: str) -> VCenterError:
    if text.startswith("503"):
        return Busy(f"{address} answers, but its vCenter service is not up yet. Wait a few minutes and try again.")
    if text[:3].isdecimal():
        return no_vcenter(address)
    return Unreachable(_BROKEN.format(address=address))


def of_fault(fault: Any) -> VCenterError:
    """The error of a fault that vCenter answered with, by a call or a task."""
    text = words(fault)
    if isinstance(fault, vim.fault.InvalidLogin):
        return BadLogin("vCenter refused the user or the password. Give the user with its domain: name@vsphere.local.")
    if isinstance(fault, vim.fault.NotAuthenticated):  # a kind of NoPermission
        return SessionEnded("The session with vCenter has ended. Try again.")
    if isinstance(fault, vim.fault.NoPermission):
        privilege = fault.privilegeId or ""
        return NotPermitted(_lacking(privilege), text=text, privilege=privilege)
    for kind, made, sentence in _FAULTS:
        if isinstance(fault, kind):
            return made(sentence, text=text)
    return Refused("vCenter refused it.", text=text or type(fault).__name__.rpartition(".")[2])


def words(fault: Any) -> str:
    """What a fault says in words; "" where it says nothing."""
    details = [one.message for one in getattr(fault, "faultMessage", None) or () if one.message]
    return str(getattr(fault, "msg", "") or " ".join(details) or "").strip()


def _lacking(privilege: str) -> str:
    named = f"the privilege {privilege}" if privilege else "a privilege for this"
    return f"The vCenter user lacks {named}. Give it a role with this privilege in the vSphere client, Administration."


def no_vcenter(address: str) -> VCenterError:
    """The error of an answer that no vCenter gives."""
    return NotAVCenter(f"{address} answers, but not as a vCenter does. Check the address and the port.")


_BROKEN = "The connection to {address} broke. Try again; if it stays so, look at its health."
_NETWORK: tuple[tuple[Any, type[VCenterError], str], ...] = (
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, BrokenPipeError), Unreachable, _BROKEN),
    (ssl.SSLError, TlsFailure, "{address} does not speak TLS as expected. Check address and port."),
    (socket.gaierror, Unreachable, "The name in {address} is not known to DNS. Check its spelling and DNS."),
    (
        TimeoutError,
        TimedOut,
        "{address} did not answer in time. Check the route to it and whether it is up.",
    ),
    (OSError, Unreachable, "No connection to {address}. Check the address, the route to it and whether it is up."),
)
"""The first kind that fits counts. (HTTP's own errors are told by their status.)"""
_FAULTS: tuple[tuple[Any, type[VCenterError], str], ...] = (
    (vim.fault.DuplicateName, Refused, "The name is taken already. Choose another one."),
    (vim.fault.NoDiskSpace, Refused, "The datastore has too little room. Free some or choose another datastore."),
    (vim.fault.InsufficientResourcesFault, Refused, "The cluster has too few resources left for this."),
    (vim.fault.TaskInProgress, Busy, "Another task works on the same object. Try again when it has ended."),
    (vmodl.fault.ManagedObjectNotFound, NotFound, "The object is gone. Read the lists again."),
    (vim.fault.Timedout, TimedOut, "vCenter gave up waiting. Try again."),
    (vim.fault.OvfFault, Refused, "vCenter cannot import this OVA."),
)
