"""Ansible's modules and filters, for tests that call their functions."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from webui.runs.playbook_code import CODE


def load(place: str) -> ModuleType:
    """A module or filter, by its place below ansible/. It is no package, so it cannot be imported by name."""
    about = importlib.util.spec_from_file_location(f"ansible_{Path(place).stem}", CODE / place)
    assert about
    assert about.loader
    found = importlib.util.module_from_spec(about)
    about.loader.exec_module(found)
    return found
