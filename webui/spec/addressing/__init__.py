"""Derived values: addresses, subnets, AS numbers and names, proposed wherever the user gave none."""

from __future__ import annotations

from webui.spec.addressing.proposing import Proposal, complete, proposals

__all__ = ["Proposal", "complete", "proposals"]
