"""What a cluster left outside itself and Terraform's states, taken away before it is destroyed or reset."""

from __future__ import annotations

from collections.abc import Callable

from webui.runs.pipeline import Context

Departure = Callable[[Context], None]

DEPARTURES: tuple[Departure, ...] = ()
"""Each removes what one part of the cluster made elsewhere, says so, and is content when nothing is left."""


def depart(context: Context) -> None:
    """All of them, in their order. Raises what they raise."""
    for one in DEPARTURES:
        one(context)
