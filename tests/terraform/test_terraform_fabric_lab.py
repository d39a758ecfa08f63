"""terraform/fabric on the lab as the installer starts it: another process, its own CA, a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import site
from tests.terraform_fixtures import CACHE
from tests.terraform_root import FabricRoot, example


def test_it_applies_plans_clean_and_destroys_on_the_lab(
    lab_tfrc: Path, initialised: FabricRoot, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = tmp_path / "lab"
    lab = site.up(home, CACHE)
    request.addfinalizer(lambda: site.down(home))
    ca = tmp_path / "ca.pem"
    ca.write_text(lab.ca_pem)
    access = {
        "TF_CLI_CONFIG_FILE": str(lab_tfrc),
        "SSL_CERT_FILE": str(ca),
        "ACI_USERNAME": lab.user,
        "ACI_PASSWORD": lab.password,
    }
    root = initialised.copy(tmp_path / "root", access, example(f"https://{lab.apic}", dual=True))
    root.apply()
    assert root.changes_nothing()
    root.destroy()
    assert root.run("state", "list").stdout == ""
