"""Fixtures of the tests that run Terraform against the simulator."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.providers import mirror
from tests.lab_apic_server import ServedSimulator, Simulator
from tests.terraform_root import FabricRoot, example

CACHE = Path(os.environ.get("ANCHORAGE_CACHE") or Path.home() / ".cache" / "anchorage")
MakeRoot = Callable[..., FabricRoot]


@pytest.fixture(scope="session")
def lab_tfrc() -> Path:
    """Terraform CLI configuration with the lab's stand-in; ANCHORAGE_TEST_TFRC names another, the real provider's."""
    other = os.environ.get("ANCHORAGE_TEST_TFRC")
    return Path(other) if other else mirror.build(CACHE, print)


@pytest.fixture(scope="session")
def certificates_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the simulators' certificate lies: making one takes longer than most tests."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def simulator(certificates_home: Path) -> Iterator[Simulator]:
    """A fresh simulated APIC."""
    with ServedSimulator(certificates_home) as served:
        yield served


@pytest.fixture
def access(simulator: Simulator, lab_tfrc: Path) -> dict[str, str]:
    """Environment in which Terraform works on the simulator by signature, its certificate verified."""
    return {**simulator.user_with_certificate("anchorage"), "TF_CLI_CONFIG_FILE": str(lab_tfrc), "ACI_RETRIES": "0"}


@pytest.fixture(scope="session")
def initialised(lab_tfrc: Path, tmp_path_factory: pytest.TempPathFactory) -> FabricRoot:
    """terraform/fabric after `terraform init`."""
    return FabricRoot.make(tmp_path_factory.mktemp("initialised"), {"TF_CLI_CONFIG_FILE": str(lab_tfrc)}, {})


@pytest.fixture
def make_root(simulator: Simulator, access: dict[str, str], initialised: FabricRoot, tmp_path: Path) -> MakeRoot:
    """terraform/fabric, initialised, with the example's variables."""

    def make(*, dual: bool = False, **changed: Any) -> FabricRoot:
        return initialised.copy(tmp_path, access, {**example(simulator.url, dual=dual), **changed})

    return make


def module_root(folder: Path, environ: dict[str, str], url: str, text: str) -> FabricRoot:
    """A root module of a few lines in `folder`, initialised on first use; the provider block comes with it."""
    head = f'''
        terraform {{
          required_providers {{
            aci = {{ source = "CiscoDevNet/aci", version = ">= 2.20" }}
          }}
        }}
        provider "aci" {{
          url      = "{url}"
          insecure = false
        }}
    '''
    fresh = not (folder / "main.tf").exists()
    (folder / "main.tf").write_text(head + text)
    root = FabricRoot(folder, environ, {})
    if fresh:
        root.run("init", "-input=false")
    return root


@pytest.fixture
def root_module(access: dict[str, str], tmp_path: Path, simulator: Simulator) -> Callable[[str], FabricRoot]:
    """Makes, or changes, a root module for the provider's own behaviour."""
    folder = tmp_path / "module"
    folder.mkdir()
    return lambda text: module_root(folder, access, simulator.url, text)
