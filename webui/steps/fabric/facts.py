"""What was read from the fabric, in words. Pure."""

from __future__ import annotations

import datetime as dt

from webui.lookups import Credential


def skew_words(seconds: float | None) -> str:
    """How far the APIC's clock is from ours."""
    if seconds is None:
        return "not read"
    if abs(seconds) < 1:
        return "in step"
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} ours"


def expires_in(credential: Credential | None) -> dt.datetime | None:
    """When the certificate ends; None for a prepared one, whose certificate was never seen."""
    if credential is None or not credential.expires:
        return None
    return dt.datetime.fromisoformat(credential.expires)
