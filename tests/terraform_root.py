"""terraform/fabric in a directory of its own, run as the installer runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NO_COLOUR = {f"TF_CLI_ARGS_{command}": "-no-color" for command in ("init", "plan", "apply", "destroy", "import")}
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class FabricRoot:
    """A copy of terraform/ with variables. `environ` is added to the process's environment."""

    folder: Path
    environ: Mapping[str, str]
    variables: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict)
    terraform: str = "terraform"

    @classmethod
    def make(cls, folder: Path, environ: Mapping[str, str], variables: dict[str, Any]) -> FabricRoot:
        """Copies terraform/ into `folder` and initialises it."""
        shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=shutil.ignore_patterns(".terraform*"))
        root = cls(folder / "terraform" / "fabric", environ, variables)
        root.run("init", "-input=false")
        return root

    def copy(self, folder: Path, environ: Mapping[str, str], variables: dict[str, Any]) -> FabricRoot:
        """The same, initialised already, with nothing applied."""
        shutil.copytree(self.folder.parent, folder / "terraform", symlinks=True)
        return FabricRoot(folder / "terraform" / "fabric", environ, variables)

    def run(self, *arguments: str, ok: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """One Terraform command; fails the test with its output when the exit code is none of `ok`."""
        (self.folder / "terraform.tfvars.json").write_text(json.dumps(self.variables))
        secret = {f"TF_VAR_{name}": value for name, value in self.secrets.items()}
        done = subprocess.run(
            [self.terraform, *arguments],
            cwd=self.folder,
            env={**os.environ, "TF_IN_AUTOMATION": "1", **NO_COLOUR, **self.environ, **secret},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode in ok, done.stdout + done.stderr
        return done

    def apply(self, *arguments: str) -> str:
        """Applies; returns what Terraform printed."""
        return self.run("apply", "-auto-approve", "-input=false", *arguments).stdout

    def destroy(self) -> str:
        """Destroys everything in the state."""
        return self.run("destroy", "-auto-approve", "-input=false").stdout

    def plan(self, *arguments: str) -> dict[str, list[str]]:
        """Actions by resource address, no-ops and reads left out; a replacement is [delete, create]."""
        self.run("plan", "-input=false", "-out=plan.bin", *arguments)
        shown = json.loads(self.run("show", "-json", "plan.bin").stdout)
        actions = {change["address"]: change["change"]["actions"] for change in shown.get("resource_changes", [])}
        return {address: does for address, does in actions.items() if does not in (["no-op"], ["read"])}

    def refused(self, *arguments: str) -> str:
        """A plan that must fail; returns the error."""
        done = self.run("plan", "-input=false", *arguments, ok=(1,))
        return " ".join((done.stdout + done.stderr).replace("│", " ").split())

    def changes_nothing(self) -> bool:
        """The exit code of a plan says that nothing would change."""
        return self.run("plan", "-input=false", "-detailed-exitcode", ok=(0, 2)).returncode == 0


def example(url: str, *, dual: bool = False) -> dict[str, Any]:
    """Variables for the preset fabric of the simulator: two leaves; IPv4, and IPv6 as well when `dual`."""
    six = {"node_subnet": "2001:db8:2::/64", "floating": "2001:db8:2::fffe", "secondary": "2001:db8:2::fffd"}
    pods, services, external = ["198.18.64.0/18"], ["198.18.4.0/24"], ["198.18.5.0/24"]
    if dual:
        pods, services, external = (
            [*pods, "2001:db8:64::/56"],
            [*services, "2001:db8:4::/108"],
            [*external, "2001:db8:5::/108"],
        )
    v6 = {name: {"v6": value} if dual else {} for name, value in six.items()}
    subnets = ["198.18.2.0/24", *([six["node_subnet"]] if dual else []), *pods, *services, *external]
    return {
        "apic_url": url,
        "apic_insecure": False,
        "tenant": "k8s-prod",
        "vrf": {"tenant": "k8s-prod", "name": "main"},
        "physical_domain": "phys-k8s",
        "contract": {"tenant": "common", "name": "k8s-permit"},
        "l3out": {
            "name": "k8s-dc1",
            "node_profile": "k8s-dc1-nodes",
            "interface_profile": "k8s-dc1-nodes",
            "vlan": 310,
            "mtu": 9000,
            "default_route": False,
        },
        "node_subnet": {"v4": "198.18.2.0/24", **v6["node_subnet"]},
        "floating": {"v4": "198.18.2.254", **v6["floating"]},
        "secondary": {"v4": "198.18.2.253", **v6["secondary"]},
        "anchors": {str(node): leaf(node, dual=dual) for node in (101, 102)},
        "external_epg": {
            "name": "k8s-dc1-ext",
            "subnets": {prefix: {"scope": ["import-security"], "aggregate": ""} for prefix in subnets},
        },
        "prefixes": {"pods": pods, "services": services, "external_services": external},
        "bgp": {
            "cluster_as": 65003,
            "keepalive": 1,
            "hold": 3,
            "stale": 6,
            "max_prefixes": 500,
            "next_hop_unchanged": True,
            "manage_vrf_policy": True,
        },
    }


def leaf(node: int, *, dual: bool = False) -> dict[str, Any]:
    """An anchor leaf of the example."""
    six = {"v6": f"2001:db8:2::{node}"} if dual else {}
    return {"pod": node // 100, "node": node, "router_id": f"198.19.0.{node}", "v4": f"198.18.2.{node % 254}", **six}
