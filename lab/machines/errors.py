"""What goes wrong with the lab's machines, in a sentence for the user."""

from __future__ import annotations


class LabError(Exception):
    """The text is a whole sentence: what is wrong and how to mend it."""
