"""The command that boots a machine. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab.machines import cgroups

# Sources: systemd-nspawn(1) of systemd 252, docs/ENVIRONMENT.md of systemd.


def command(name: str, root: Path, namespace: str, binds: Mapping[Path, str] = {}) -> list[str]:
    """Command line of systemd-nspawn: all that a kubelet needs, without the host's clock, swap and kernel modules.

    `binds`: directory on the host -> where the machine has it. A kubelet reads the kernel's log, so that is there too.
    """
    return [
        "systemd-nspawn", "--quiet", "--boot", f"--machine={name}", f"--directory={root}",
        "--register=no", "--keep-unit", f"--network-namespace-path=/run/netns/{namespace}",
        "--capability=all", "--drop-capability=CAP_SYS_TIME",
        "--system-call-filter=@known", "--system-call-filter=~@swap ~@module",
        "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe",
        "--bind=/dev/kmsg", *(f"--bind={source}:{place}" for source, place in binds.items()),
    ]  # fmt: skip


def environment(*, unified: bool) -> dict[str, str]:
    """What nspawn reads from its environment: the network's sysctls writable, cgroups as the host has them."""
    return {
        "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
        "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1" if unified else "0",
    }


def in_scope(lab: str, name: str, words: list[str]) -> list[str]:
    """The command inside a scope that systemd delegates (cgroup v2 hosts)."""
    unit = cgroups.scope(lab, name)
    return ["systemd-run", "--quiet", "--scope", f"--unit={unit}", "--property=Delegate=yes", "--", *words]
