"""Why a run failed, as a card: what, cause, remedy, and the field and page that mend it. PURE.

Known texts of Terraform, of the provider and of the APIC are put into words; unknown ones are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from webui.runs.terraform.messages import Diagnostic

MIRROR_REMEDY = (
    "Check the route and the proxy to registry.terraform.io, or put the provider into a filesystem mirror and name it "
    "in ANCHORAGE_PROVIDER_MIRROR."
)


@dataclass(eq=False)
class Failure(Exception):
    """A failure that people can act on. `retry`: whether Resume can help without anything being changed."""

    what: str
    cause: str
    remedy: str
    field: str = ""
    page: str = ""
    retry: bool = False

    def card(self) -> dict[str, Any]:
        """The JSON value of `Run.failure`."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.what} {self.cause}".strip()


@dataclass(frozen=True)
class Known:
    """Texts that are recognised, and what is said of them. `cause` "" keeps the server's text."""

    pattern: str
    what: str
    remedy: str
    cause: str = ""
    field: str = ""
    page: str = ""
    retry: bool = False


KNOWN = (
    Known(
        r"failed to query available provider|could not connect to registry|failed to (retrieve|install) provider|"
        r"registry\.terraform\.io.*(timeout|no such host|refused|unreachable)|provider registry",
        "Terraform's provider for ACI could not be had.",
        MIRROR_REMEDY,
        retry=True,
    ),
    Known(
        r"precondition failed|postcondition failed|invalid value for (input )?variable",
        "The spec does not fit the fabric.",
        "Correct what it names, then make a new plan.",
        page="review",
    ),
    Known(
        r"error acquiring the state lock|state lock",
        "Another Terraform works on this cluster.",
        "Wait until it has ended, then resume. A run of the command line counts, too.",
        "Its state is locked.",
        retry=True,
    ),
    Known(
        r"saved plan is stale|saved plan does not match",
        "The saved plan no longer fits.",
        "Review a new plan and apply that.",
        "The state changed after the plan was made.",
        page="review",
    ),
    Known(
        r"no space left on device|disk quota exceeded",
        "The disk of this machine is full.",
        "Make room where Anchorage keeps its home and the temporary files, then resume.",
        retry=True,
    ),
    Known(
        r"x509|certificate (signed|is not|has expired|verify)|tls: |tls handshake",
        "The APIC's certificate was refused.",
        "Pin the CA that signed it, or correct the address so that it is one the certificate names.",
        field="fabric.tls.ca",
        page="fabric",
    ),
    Known(
        r"signature|certificate-dn|cert(ificate)? .*not (found|valid)|authentication (failed|denied)|"
        r"login (failed|refused|denied)|\b401\b|unauthori[sz]ed|error code 403.*token|invalid user",
        "The APIC refused the sign-in of the installer's user.",
        "Sign in to the APIC again on the Fabric page: that renews the user and its certificate.",
        field="fabric.user",
        page="fabric",
    ),
    Known(
        r"\b403\b|privilege|not permitted|permission denied|access denied|forbidden|unauthorised for write",
        "The APIC does not let the installer's user do this.",
        "Give the user the privilege that the APIC names (security domain all, role tenant-admin), then resume.",
        field="fabric.user",
        page="fabric",
        retry=True,
    ),
    Known(
        r"connection refused|no route to host|no such host|network is unreachable|i/o timeout|deadline exceeded|"
        r"timed? ?out|connection reset|\bEOF\b|broken pipe",
        "The APIC cannot be reached.",
        "Check the address and the route to it from this machine, then resume.",
        field="fabric.apics",
        page="fabric",
        retry=True,
    ),
    Known(
        r"\b(500|502|503|504)\b|service unavailable|too many requests|\b429\b",
        "The APIC is in trouble or busy.",
        "Wait until it is healthy, then resume. A smaller ANCHORAGE_TERRAFORM_PARALLELISM is gentler.",
        retry=True,
    ),
    Known(
        r"\b400\b|error code|unknown property|failed to (create|update|delete|read) .*object",
        "The APIC refused an object.",
        "Correct the value that it names, then make a new plan.",
        page="l3out",
    ),
)
"""The first that fits counts; the order is from the narrow to the wide."""


def of_diagnostics(
    found: Sequence[Diagnostic],
    errors: str = "",
    what: str = "Terraform ended with an error.",
    texts: Sequence[Known] = KNOWN,
) -> Failure:
    """The card for what Terraform said; `errors` is the end of its error output, for when it said nothing else."""
    told = [one for one in found if one.severity == "error"]
    if not told:
        return of_text(errors.strip() or "It gave no reason.", what, texts)
    first = min(told, key=lambda one: _rank(one, texts))
    text = f"{first.summary}: {first.detail}".strip(": \n")
    card = of_text(text, what, texts)
    more = len(told) - 1
    also = f" ({more} more in the log.)" if more else ""
    at = f"{first.address}: " if first.address and first.address not in card.cause else ""
    return Failure(card.what, f"{at}{card.cause}{also}", card.remedy, card.field, card.page, card.retry)


def of_text(text: str, what: str = "The run failed.", texts: Sequence[Known] = KNOWN) -> Failure:
    """The card for an error text: recognised, or kept as it is."""
    tidy = " ".join(text.split())[:2000]
    for known in texts:
        if re.search(known.pattern, tidy, re.IGNORECASE):
            return Failure(known.what, known.cause or tidy, known.remedy, known.field, known.page, known.retry)
    return Failure(what, tidy, "The log of the run has the whole of it. When the cause is gone, resume.", retry=True)


def _rank(one: Diagnostic, texts: Sequence[Known]) -> int:
    """A recognised error tells more than an unknown one."""
    text = f"{one.summary}: {one.detail}"
    ranks = (at for at, known in enumerate(texts) if re.search(known.pattern, text, re.IGNORECASE))
    return next(ranks, len(texts))
