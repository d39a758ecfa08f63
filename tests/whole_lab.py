"""A home with the whole lab, fabric and machines, and the command line on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from aci.mo import Mo
from aci.query import of_class
from aci.session import Password, Session, Tls
from lab import machines, mirror, whole
from lab.site import LabSite
from lab.whole import Subnets
from tests.nodes_lab import free_subnet
from webui.cli import main
from webui.cli.programme import open_home
from webui.settings import load
from webui.store.models import STAGES, Run, Stage

EXAMPLE_NET = "198.18.2"


class Whole:
    """`anchorage` on a home of its own. The spec is an example; lab.yaml in a node subnet that nobody else uses."""

    def __init__(self, home: Path, example: Path) -> None:
        self.home, self.file, self.net = home, home.parent / "spec.yaml", free_subnet()
        self.spec: dict[str, Any] = yaml.safe_load(example.read_text().replace(f"{EXAMPLE_NET}.", f"{self.net}."))

    def small(self) -> None:
        """A machine of each role, both in the rack of leaves 101 and 102."""
        for role in ("control_plane", "workers"):
            self.spec["machines"][role] = [{**row, "rack": "r1"} for row in self.spec["machines"][role][:1]]

    @property
    def lab_home(self) -> Path:
        return self.home / "lab"

    @property
    def site(self) -> LabSite:
        found = whole.status(self.lab_home)
        assert found is not None
        return found

    def up(self) -> None:
        subnets = Subnets(f"{self.net}.0/24", f"{self.net}.253")
        self.home.mkdir(mode=0o700, exist_ok=True)
        found = whole.up(self.lab_home, load().cache, subnets=subnets, say=print)
        assert found.vcenter, found.left_out

    def __call__(self, *words: str) -> Result:
        self.file.write_text(yaml.safe_dump(self.spec))
        return CliRunner().invoke(main, [str(self.file) if word == "SPEC" else word for word in words])

    def json(self, *words: str, code: int = 0) -> Any:
        result = self(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """The command as a process of its own."""
        self.file.write_text(yaml.safe_dump(self.spec))
        line = [sys.executable, "-m", "webui.cli", *(str(self.file) if word == "SPEC" else word for word in words)]
        with (self.home / "command.log").open("wb") as out:
            return subprocess.Popen(line, stdout=out, stderr=out, env=dict(os.environ), start_new_session=True)

    def said(self) -> str:
        return (self.home / "command.log").read_text()

    @property
    def kubectl(self) -> str:
        """The lab's own."""
        return str(mirror.binaries(load().cache, print) / "kubectl")

    def apic(self) -> Session:
        """At the simulated APIC, as its admin."""
        return Session([self.site.apic], Password("admin", self.site.password), tls=Tls(ca=self.site.ca_pem))

    def sessions(self) -> dict[str, str]:
        """(leaf, node's address) in words -> how often the leaf brought the established session up."""
        with self.apic() as apic:
            found: list[Mo] = apic.get(of_class("bgpPeerEntry"))
        return {
            f"{one.dn.split('/')[2]} {one.get('addr')}": one.get("connEst")
            for one in found
            if one.get("operSt") == "established" and one.get("type") == "ebgp" and self.net in one.get("addr")
        }

    def holding(self, secret: bytes) -> list[Path]:
        """Files of the installer in which a secret stands in clear. The lab is not its: a fabric's own state holds
        passwords, as an APIC's does, and machines' disks what was given to them."""
        own = [path for place in self.home.iterdir() if place != self.lab_home for path in [place, *place.rglob("*")]]
        return [path for path in own if path.is_file() and secret in path.read_bytes()]

    def running(self) -> set[str]:
        """Names of the machines that run."""
        return {one.machine.name for one in machines.list(self.lab_home) if one.running}


def _newest_run() -> list[Stage]:
    """Its stages."""
    with open_home().sessions() as db:
        run = db.query(Run).order_by(Run.id.desc()).first()
        assert run is not None
        return list(run.stages)


def stages(site: Whole) -> dict[str, str]:
    """State of each stage of the newest run."""
    return {stage.name: stage.state for stage in _newest_run()}


def times() -> str:
    """How long each stage of the newest run took, and those after the machines together."""
    took = {
        one.name: (one.ended - one.started).total_seconds()
        for one in _newest_run()
        if one.state == "done" and one.started and one.ended
    }
    later = sum(took[name] for name in STAGES[STAGES.index("machines") + 1 :] if name in took)
    words = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items())
    return f"{words}; after the machines {later:.0f} s"


def groups(diff: dict[str, Any], stage: str) -> list[str]:
    """Headings of a stage's part of a diff."""
    return [group["title"] for group in diff["groups"] if group["stage"] == stage]
