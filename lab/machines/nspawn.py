"""The command that boots a machine. PURE."""

from __future__ import annotations

from pathlib import Path

from lab.machines import cgroups

# Sources: systemd-nspawn(1) of systemd 252, docs/ENVIRONMENT.md of systemd.


def command(name: str, root: Path, namespace: str) -> list[str]:
    """Command line of systemd-nspawn: all that a kubelet needs, without the host's clock, swap and kernel modules."""
    return [
        "systemd-nspawn", "--quiet", "--boot", f"--machine={name}", f"--directory={root}",
        "--register=no", "--keep-unit", f"--network-namespace-path=/run/netns/{namespace}",
        "--capability=all", "--drop-capability=CAP_SYS_TIME",
        "--system-call-filter=@known", "--system-call-filter=~@swap ~@module",
        "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe",
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
