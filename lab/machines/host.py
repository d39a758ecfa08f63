"""What this host offers to machines: rights, tools, kernel features."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

TOOLS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "ss": "iproute2",
    "nsenter": "util-linux",
    "dpkg-scanpackages": "dpkg-dev",
    "gpg": "gpg",
    "apt-get": "apt",
    "ssh-keygen": "openssh-client",
}
"""Command -> the Debian package that has it."""


def reasons() -> list[str]:
    """Why machines cannot run here, each a sentence; empty when they can."""
    if os.geteuid() != 0:
        return ["The lab's machines and leaves are left out: they need root, and the lab runs without it."]
    return [sentence for sentence in (_missing_tools(), _missing_features()) if sentence]


def _missing_tools() -> str:
    missing = sorted({package for command, package in TOOLS.items() if not shutil.which(command)})
    if not missing:
        return ""
    names = " ".join(missing)
    return (
        f"The lab's machines are left out: this machine lacks the packages {names}. Install them: apt install {names}."
    )


def _missing_features() -> str:
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "The lab's machines are left out: the kernel has no overlay file system. Load it: modprobe overlay."
    if not _is_full_root():
        return "The lab's machines are left out: root may not administer this system here (a container without rights)."
    return ""


def _is_full_root() -> bool:
    """CAP_SYS_ADMIN (21) and CAP_NET_ADMIN (12), which a container's root usually lacks."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            mask = int(line.split()[1], 16)
            return bool(mask >> 21 & 1 and mask >> 12 & 1)
    return False
