"""A machine's disk: an overlay on the root file system, made this machine's own before its first boot."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import yaml

from lab.machines.command import run, succeeds
from lab.machines.machine import Machine, network_config

READY = "ready"
"""Marks a disk that was prepared to the end."""

OWN = ("var/lib/containerd", "var/lib/containers", "var/lib/kubelet", "var/lib/etcd")
"""Directories of the machine that lie on the host's disk: an overlay, as of a container's image, cannot stand on an
overlay, and etcd writes often."""


def root_of(folder: Path) -> Path:
    """Where a machine's disk is mounted."""
    return folder / "root"


def prepare(folder: Path, base: Path, machine: Machine) -> Path:
    """Mount the machine's disk; a new one is given its name, network, user and host key first."""
    if not (folder / READY).exists():
        remove(folder)
        mount(folder, base)
        personalise(root_of(folder), machine)
        (folder / READY).touch()
    mount(folder, base)
    for source, place in own(folder).items():
        source.mkdir(parents=True, exist_ok=True)
        (root_of(folder) / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    return root_of(folder)


def own(folder: Path) -> dict[Path, str]:
    """Directory on the host -> where the machine has it."""
    return {folder / "own" / Path(name).name: f"/{name}" for name in OWN}


def mount(folder: Path, base: Path, *above: Path) -> None:
    """Mount the overlay: what is written goes to `upper`; `above` are read-only layers over the base."""
    if os.path.ismount(root_of(folder)):
        return
    for name in ("root", "upper", "work"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    lower = ":".join(str(layer) for layer in (*above, base))
    options = f"lowerdir={lower},upperdir={folder / 'upper'},workdir={folder / 'work'}"
    run("mount", "-t", "overlay", "anchorage-lab", "-o", options, root_of(folder))


def unmount(folder: Path) -> None:
    """Unmount everything at and below `folder`, the innermost first."""
    for place in mounts_below(folder):
        if not succeeds("umount", place):
            run("umount", "--lazy", place)


def mounts_below(folder: Path) -> list[Path]:
    """Mount points at and below a directory, the innermost first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = [Path(line.split()[4].encode().decode("unicode_escape")) for line in lines]
    return [place for place in reversed(places) if place.is_relative_to(folder.resolve())]


def remove(folder: Path) -> None:
    """Unmount and forget a machine's disk."""
    unmount(folder)
    for name in ("root", "upper", "work", "own"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / READY).unlink(missing_ok=True)


def personalise(root: Path, machine: Machine) -> None:
    """What cloud-init does on a first boot, done before it: name, network, user, keys."""
    name = machine.hostname or machine.name
    _write(root / "etc/hostname", f"{name.split('.')[0]}\n")
    _write(root / "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {_names(name)}\n::1 localhost ip6-localhost\n")
    _write(root / "etc/netplan/50-cloud-init.yaml", yaml.safe_dump(network_config(machine)), 0o600)
    passwords = "yes" if machine.password_hash else "no"
    _write(root / "etc/ssh/sshd_config.d/50-cloud-init.conf", f"PasswordAuthentication {passwords}\n", 0o600)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", root / "etc/ssh/ssh_host_ed25519_key")
    _make_user(root, machine)


def host_key(folder: Path) -> str:
    """The machine's public host key, as in known_hosts; empty before its disk was prepared and while it is removed."""
    try:
        return " ".join((folder / "upper/etc/ssh/ssh_host_ed25519_key.pub").read_text().split()[:2])
    except FileNotFoundError:
        return ""


def _names(name: str) -> str:
    short = name.split(".", maxsplit=1)[0]
    return short if short == name else f"{name} {short}"


def _make_user(root: Path, machine: Machine) -> None:
    user = machine.user
    if user != "root":
        run("chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", "--user-group", user)
    if machine.password_hash:
        run("chroot", root, "chpasswd", "--encrypted", stdin=f"{user}:{machine.password_hash}\n")
    if machine.sudo and user != "root":
        _write(root / "etc/sudoers.d/90-cloud-init-users", f"{user} {machine.sudo}\n", 0o440)
    home = "/root" if user == "root" else f"/home/{user}"
    ssh = root / home.lstrip("/") / ".ssh"
    ssh.mkdir(mode=0o700, exist_ok=True)
    _write(ssh / "authorized_keys", "".join(f"{key}\n" for key in machine.ssh_public_keys), 0o600)
    run("chroot", root, "chown", "-R", f"{user}:", f"{home}/.ssh")


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
