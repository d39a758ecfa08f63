"""Fixtures of the tests that use the simulated vCenter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import certificates
from lab.apic.home import CA_PEM, SERVER_PEM
from lab.providers import mirror
from lab.providers.identity import VSPHERE
from lab.vcenter import site
from lab.vcenter.site import VCenterSite
from tests.machines_root import MachinesRoot, example
from tests.vcenter_lab import start

CACHE = Path(os.environ.get("ANCHORAGE_CACHE") or Path.home() / ".cache" / "anchorage")
StartVCenter = Callable[..., VCenterSite]
MakeMachines = Callable[..., MachinesRoot]


@pytest.fixture(scope="session")
def vcenter_certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the lab, made once."""
    folder = tmp_path_factory.mktemp("vcenter-certificates")
    certificates.make(folder / CA_PEM, folder / SERVER_PEM)
    return folder


@pytest.fixture
def start_vcenter(tmp_path: Path, vcenter_certificates: Path) -> Iterator[StartVCenter]:
    """Starts the simulated vCenter of this test; it ends with the test."""
    home = tmp_path / "lab"

    def begin(**options: Any) -> VCenterSite:
        return start(home, CACHE, vcenter_certificates, **options)

    yield begin
    site.down(home)


@pytest.fixture
def vcenter(start_vcenter: StartVCenter) -> VCenterSite:
    """A fresh simulated vCenter."""
    return start_vcenter()


@pytest.fixture(scope="session")
def vsphere_tfrc() -> Path:
    """Terraform CLI configuration with the stand-in; ANCHORAGE_TEST_VSPHERE_TFRC names another, the real provider's."""
    other = os.environ.get("ANCHORAGE_TEST_VSPHERE_TFRC")
    return Path(other) if other else mirror.build(CACHE, print, VSPHERE)


@pytest.fixture
def make_machines(vcenter: VCenterSite, vsphere_tfrc: Path, tmp_path: Path) -> MakeMachines:
    """terraform/machines, initialised, with the example's variables."""

    def make(of: VCenterSite = vcenter, **changed: Any) -> MachinesRoot:
        ca = tmp_path / "ca.pem"
        ca.write_text(of.ca_pem)
        environ = {
            "VSPHERE_USER": of.user,
            "VSPHERE_PASSWORD": of.password,
            "SSL_CERT_FILE": str(ca),
            "TF_CLI_CONFIG_FILE": str(vsphere_tfrc),
        }
        return MachinesRoot.make(tmp_path, environ, {**example(of.address), **changed})

    return make
