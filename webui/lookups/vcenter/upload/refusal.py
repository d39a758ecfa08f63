"""An OVA that cannot be used."""

from __future__ import annotations


class OvaRefused(Exception):
    """What is wrong with the file, in a sentence with the remedy."""
