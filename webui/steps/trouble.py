"""What went wrong with an APIC as a page says it: a sentence, the remedy, and the field that mends it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from aci import errors


@dataclass(frozen=True)
class Trouble:
    """`field`: a path of the Fabric page, or "" when no field mends it."""

    sentence: str
    remedy: str
    field: str = ""


ADDRESS, PASSWORD, CA, KEY = "fabric.apics.0", "fabric.password", "fabric.tls.ca", "credential.private_key"
FIELDS: tuple[tuple[type[errors.AciError], str], ...] = (
    (errors.TlsFailure, CA),
    (errors.BadLogin, PASSWORD),
    (errors.BadCredentials, KEY),
    (errors.NotAnApic, ADDRESS),
    (errors.Unreachable, ADDRESS),
)


def of_error(error: errors.AciError) -> Trouble:
    """The trouble of an error; its own sentence says what to do, so the remedy adds the server's words or a retry."""
    field = next((field for kind, field in FIELDS if isinstance(error, kind)), "")
    said = f"The APIC said: {error.text}." if error.text and error.status is not None else ""
    if isinstance(error, errors.BadSignature):
        return Trouble("The APIC does not take our certificate any more.", "Sign out below and sign in again.")
    return Trouble(error.sentence, said.replace("..", "."), field)


def no_lab() -> Trouble:
    """The lab is not up."""
    return Trouble("The built-in lab is not running.", "Start it on the Sites page, or with “anchorage lab up”.")


def no_address() -> Trouble:
    """Nothing to reach."""
    return Trouble("No APIC address is given.", "Write one on the Fabric page.", ADDRESS)


def no_user() -> Trouble:
    """Nobody to sign in as."""
    return Trouble("No user is given.", "Write a user who may make local users.", "fabric.user")
