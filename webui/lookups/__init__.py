"""Questions put to the APIC: facts for the checks, lists for the wizard, and the installer's own user."""

from __future__ import annotations

from webui.lookups.connecting import LabDown, Target, connect, target
from webui.lookups.credential import (
    Credential,
    LocalUserRefused,
    make_installer_user,
    remove_installer_user,
    user_name,
)
from webui.lookups.facts import read_facts

__all__ = [
    "Credential",
    "LabDown",
    "LocalUserRefused",
    "Target",
    "connect",
    "make_installer_user",
    "read_facts",
    "remove_installer_user",
    "target",
    "user_name",
]
