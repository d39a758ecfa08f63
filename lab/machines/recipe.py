"""What the machines' root file system is made of. Its digest names it in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from lab.machines.debian import RELEASE, Source

FILES = Path(__file__).with_name("guest_files")

PACKAGES = (
    *("systemd", "systemd-sysv", "systemd-resolved", "dbus", "netplan.io", "openssh-server", "sudo"),
    *("python3", "python3-apt", "iproute2", "iputils-ping", "kmod", "procps", "ca-certificates", "gpgv", "tzdata"),
)
"""As in Debian's cloud images, as far as sign-in and the hosts stage need it."""

INSTALLED = {
    "shadow": "usr/lib/anchorage-lab/shadow",
    "cgroups": "usr/lib/anchorage-lab/cgroups",
    "shadow.service": "etc/systemd/system/anchorage-lab-shadow.service",
    "cgroups.service": "etc/systemd/system/anchorage-lab-cgroups.service",
    "chrony.conf": "etc/systemd/system/chrony.service.d/anchorage-lab.conf",
    "dpkg.conf": "etc/dpkg/dpkg.cfg.d/anchorage-lab",
}
"""Files of ours -> their place in the root file system."""

ENABLED = {
    "etc/systemd/system/sysinit.target.wants/anchorage-lab-shadow.service": "anchorage-lab-shadow.service",
    "etc/systemd/system/multi-user.target.wants/anchorage-lab-cgroups.service": "anchorage-lab-cgroups.service",
}

MASKED = ("e2scrub_reap.service", "apt-daily.timer", "apt-daily-upgrade.timer", "modprobe@.service", "getty@.service")
"""Units that a machine of the lab has no use for, or that would hold apt's lock."""

FORM = 1
"""Raised when the way of building changes without its data."""


def digest(sources: Sequence[Source], architecture: str) -> str:
    """Sixteen hexadecimal digits: they change with anything that the result depends on, but for updates of packages."""
    text = [str(FORM), RELEASE, architecture, *PACKAGES, *MASKED, *(source.line for source in sources)]
    found = hashlib.sha256("\0".join(text).encode())
    for name, place in sorted(INSTALLED.items()):
        found.update(place.encode() + (FILES / name).read_bytes())
    return found.hexdigest()[:16]


def install(root: Path) -> None:
    """Put our files into a fresh root file system, and take out what each clone must have of its own."""
    for name, place in INSTALLED.items():
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((FILES / name).read_bytes())
        target.chmod(0o755 if "." not in name else 0o644)
    for link, unit in ENABLED.items():
        (root / link).parent.mkdir(parents=True, exist_ok=True)
        (root / link).symlink_to(f"/etc/systemd/system/{unit}")
    for unit in MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (root / "etc/machine-id").write_text("")
    (root / "etc/hostname").unlink(missing_ok=True)
