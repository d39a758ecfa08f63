"""The APIC client's errors and a spec's Problems as failure cards. PURE."""

from __future__ import annotations

from aci import errors
from webui.runs.failures import Failure
from webui.spec import Problem

CREDENTIAL = (
    "The APIC does not accept the installer's user.",
    "Sign in to the APIC again on the Fabric page: that renews the user and its certificate.",
    "fabric.user",
)
SAID: tuple[tuple[type[errors.AciError], tuple[str, str, str]], ...] = (
    (
        errors.TlsFailure,
        (
            "The APIC's certificate was refused.",
            "Pin the CA that signed it, or correct the address so that it is one the certificate names.",
            "fabric.tls.ca",
        ),
    ),
    (errors.BadSignature, CREDENTIAL),
    (errors.BadCredentials, CREDENTIAL),
    (
        errors.BadLogin,
        ("The APIC refused the sign-in.", "Check user name, password and login domain.", "fabric.password"),
    ),
    (
        errors.NotPermitted,
        (
            "The APIC does not let the user do this.",
            "Give it the privilege that the APIC names, then resume.",
            "fabric.user",
        ),
    ),
    (
        errors.NotAnApic,
        ("Something else than an APIC answers at this address.", "Check the address and the port.", "fabric.apics"),
    ),
    (
        errors.Unreachable,
        (
            "The APIC cannot be reached.",
            "Check the address and the route to it from this machine, then resume.",
            "fabric.apics",
        ),
    ),
)
"""By class, the narrow ones first."""


def of_error(error: errors.AciError) -> Failure:
    """The card of an error of the APIC client; unknown ones keep the server's text."""
    for kind, (what, remedy, field) in SAID:
        if isinstance(error, kind):
            retry = error.retryable or isinstance(error, errors.NotPermitted)
            return Failure(what, str(error), remedy, field, "fabric", retry)
    remedy = (
        "Resume when the APIC is well again." if error.retryable else "Correct what it names, then make a new plan."
    )
    return Failure("The APIC refused a request.", str(error), remedy, "", "", error.retryable)


def of_problems(found: list[Problem]) -> Failure:
    """The card for blocking Problems: the first in full, how many more there are."""
    first, more = found[0], len(found) - 1
    also = f" {more} more {'problem stands' if more == 1 else 'problems stand'} in the log." if more else ""
    return Failure("The spec does not fit the site.", f"{first.sentence}{also}", first.remedy, first.field, first.page)
