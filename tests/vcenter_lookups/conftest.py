"""A simulated vCenter for the tests of this folder: one for those that only look, a fresh one for those that change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.vcenter import site
from lab.vcenter.site import VCenterSite
from tests.vcenter_fixtures import CACHE, vcenter_certificates
from tests.vcenter_lab import start
from webui.lookups.vcenter.connecting import VCenter, connect
from webui.lookups.vcenter.facts import read_facts
from webui.spec.model.vcenter import VCenter as Section
from webui.spec.vcenter_site import VCenterFacts

__all__ = ["vcenter_certificates"]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory, vcenter_certificates: Path) -> Iterator[VCenterSite]:
    """A simulated vCenter that no test changes for the next one."""
    home = tmp_path_factory.mktemp("vcenter-lookups") / "lab"
    yield start(home, CACHE, vcenter_certificates)
    site.down(home)


@pytest.fixture
def session(looked_at: VCenterSite) -> Iterator[VCenter]:
    """The administrator's session."""
    with connect(Section(), "", looked_at) as vcenter:
        yield vcenter


@pytest.fixture(scope="session")
def facts(looked_at: VCenterSite) -> VCenterFacts:
    """What the simulated vCenter says when it is fresh."""
    with connect(Section(), "", looked_at) as vcenter:
        return read_facts(vcenter, now)


@pytest.fixture
def faults(looked_at: VCenterSite) -> Iterator[Callable[[str], None]]:
    """Lets calls fail as a JSON text of rules says, until the test ends."""

    def rules(text: str) -> None:
        looked_at.faults.write_text(text, encoding="utf-8")

    yield rules
    looked_at.faults.unlink(missing_ok=True)
