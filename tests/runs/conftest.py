"""A home with a database, and Terraform on a small configuration that needs no provider."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from webui.runs.stop import Stop
from webui.runs.terraform.environment import for_init
from webui.runs.terraform.messages import Said
from webui.runs.terraform.runner import Environments, Runner
from webui.runs.terraform.workspace import Workspace
from webui.settings import Settings, load
from webui.store.box import Box, load_box
from webui.store.engine import engine, migrate, session_factory

SMALL = """
variable "count_of" { type = number }
variable "pause" { type = string }
variable "bgp_password" {
  type      = string
  sensitive = true
  default   = ""
}
resource "terraform_data" "step" {
  count = var.count_of
  input = "${count.index}:${var.bgp_password}"
  provisioner "local-exec" {
    command = "sleep ${var.pause}"
    quiet   = true
  }
}
output "steps" { value = var.count_of }
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = load({"ANCHORAGE_HOME": str(tmp_path / "home"), "ANCHORAGE_CACHE": str(tmp_path / "cache")})
    migrate(made)
    return made


@pytest.fixture
def sessions(settings: Settings) -> Iterator[sessionmaker[Session]]:
    made = engine(settings)
    yield session_factory(made)
    made.dispose()


@pytest.fixture
def box(settings: Settings) -> Box:
    return load_box(settings.key_file)


@pytest.fixture
def terraform() -> str:
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("SKIPPED LOUDLY: no terraform on PATH: the executor is not tested")
    return found


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "terraform/fabric").mkdir(parents=True)
    (tmp_path / "terraform/fabric/main.tf").write_text(SMALL)
    return tmp_path / "terraform"


class Bench:
    """A runner on the small configuration, what it said, and its stop."""

    def __init__(self, terraform: str, workspace: Workspace, secrets: dict[str, str]) -> None:
        self.workspace, self.said, self.stop, self.pids = workspace, list[Said](), Stop(), list[int]()
        tfrc = workspace.path / "provider.tfrc"
        init = for_init({"PATH": "/usr/local/bin:/usr/bin:/bin"}, workspace.data, tfrc)
        work = init | {f"TF_VAR_{name}": value for name, value in secrets.items()}
        self.runner = Runner(
            terraform, 2, workspace, Environments(init, work), self.said.append, self.stop,
            on_start=lambda pid, started: self.pids.append(pid),
        )  # fmt: skip

    def prepare(self, count_of: int, pause: float = 0) -> None:
        self.workspace.prepare({"count_of": count_of, "pause": str(pause)})
        (self.workspace.path / "provider.tfrc").write_text("")
        self.runner.init("")

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.said]


@pytest.fixture
def bench(terraform: str, settings: Settings, box: Box, code: Path) -> Bench:
    workspace = Workspace(settings.home / "clusters/c1/fabric", box, code)
    return Bench(terraform, workspace, {"bgp_password": "planted-Pa55"})
