"""terraform/machines in a directory of its own, run as the installer runs it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.terraform_root import ROOT, FabricRoot


class MachinesRoot(FabricRoot):
    """A copy of terraform/ with variables for terraform/machines."""

    @classmethod
    def make(cls, folder: Path, environ: Mapping[str, str], variables: dict[str, Any]) -> MachinesRoot:
        """Copies terraform/ into `folder` and initialises it."""
        ignored = shutil.ignore_patterns(".terraform*")
        shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=ignored)
        root = cls(folder / "terraform" / "machines", environ, variables)
        root.run("init", "-input=false")
        return root

    def fails(self) -> str:
        """An apply that must fail; returns the error in one line."""
        done = self.run("apply", "-auto-approve", "-input=false", ok=(1,))
        return " ".join((done.stdout + done.stderr).replace("│", " ").split())

    def machines(self) -> dict[str, Any]:
        """The output `machines`."""
        found: dict[str, Any] = json.loads(self.run("output", "-json", "machines").stdout)
        return found


def machine(role: str, number: int, **more: Any) -> dict[str, Any]:
    """A machine with the address of this number."""
    return {"role": role, "v4": f"198.18.2.{number}", **more}


def address(role: str, name: str) -> str:
    """Where Terraform keeps a machine."""
    return f'module.node_vms["{role}"].vsphere_virtual_machine.this["{name}"]'


def example(vcenter: str) -> dict[str, Any]:
    """Variables for the preset inventory: three control-plane machines and two workers."""
    machines = {f"k8s-cp-{n}": machine("control_plane", n, rack=f"r{n}") for n in (1, 2, 3)}
    machines |= {f"k8s-w-{n}": machine("workers", n + 3) for n in (1, 2)}
    return {
        "vcenter": {"address": vcenter},
        "cluster": "k8s-dc1",
        "datacenter": "DC1",
        "compute_cluster": "cluster-k8s",
        "resource_pool": "k8s",
        "datastore": "ds-k8s",
        "port_group": "k8s-vlan-310",
        "template": "debian-12-cloud",
        "folder": {"existing": "kubernetes", "made": ["k8s-dc1"]},
        "sizes": {
            "control_plane": {"cpus": 4, "memory_mib": 8192},
            "workers": {"cpus": 8, "memory_mib": 16384},
        },
        "machines": machines,
        "domain": "dc1.example.net",
        "node_subnet": {"v4": "198.18.2.0/24"},
        "gateway": {"v4": "198.18.2.253"},
        "dns_servers": ["198.18.0.53"],
        "user": "anchorage",
        "authorized_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEtpcm1hc2ludGVzdGtleXRlc3RrZXl0ZXN0a2V5dGVz test"],
        "wait_net": 1,
    }
