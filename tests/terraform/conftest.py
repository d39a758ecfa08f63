"""Fixtures of this folder's tests."""

from __future__ import annotations

from tests.terraform_fixtures import (
    access,
    certificates_home,
    initialised,
    lab_tfrc,
    make_root,
    root_module,
    simulator,
)

__all__ = ["access", "certificates_home", "initialised", "lab_tfrc", "make_root", "root_module", "simulator"]
