"""terraform/fabric against sites that are not as it wants them."""

from __future__ import annotations

import pytest

from aci.mo import Mo
from lab.apic.faults import Rule
from tests.lab_apic_server import Simulator
from tests.terraform_fixtures import MakeRoot


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"tenant": "nowhere", "vrf": {"tenant": "common", "name": "default"}}, "uni/tn-nowhere"),
        ({"vrf": {"tenant": "k8s-prod", "name": "nowhere"}}, "uni/tn-k8s-prod/ctx-nowhere"),
        ({"contract": {"tenant": "common", "name": "nothing"}}, "uni/tn-common/brc-nothing"),
        ({"physical_domain": "nowhere"}, "uni/phys-nowhere"),
        ({"l3_domain": "nowhere"}, "uni/l3dom-nowhere"),
    ],
)
def test_it_refuses_a_site_that_lacks_an_object(
    make_root: MakeRoot, simulator: Simulator, changed: dict[str, object], named: str
) -> None:
    before = simulator.tree()
    assert named in make_root(**changed).refused()
    assert simulator.tree() == before


def test_it_refuses_a_vrf_that_enforces_bridge_domains(make_root: MakeRoot, simulator: Simulator) -> None:
    simulator.by_hand("uni/tn-k8s-prod/ctx-main", Mo("fvCtx", {"bdEnforcedEnable": "yes"}))
    assert "Switch BD enforcement off in this VRF" in make_root().refused()


def test_it_takes_over_nothing_that_was_made_by_hand(make_root: MakeRoot, simulator: Simulator) -> None:
    simulator.by_hand("uni/tn-k8s-prod", Mo("l3extOut", {"name": "k8s-dc1"}))
    assert "not made by Terraform: out-k8s-dc1" in make_root().refused()


def test_a_destroy_works_also_when_the_contract_has_gone_before(make_root: MakeRoot, simulator: Simulator) -> None:
    root = make_root()
    before = simulator.tree()
    root.apply()
    gone = "uni/tn-common/brc-k8s-permit"
    simulator.delete(gone)
    assert gone in root.refused()
    root.run("destroy", "-auto-approve", "-input=false", "-var=verify_site=false")
    assert simulator.tree() == {dn: mo for dn, mo in before.items() if not dn.startswith(gone)}


def test_it_goes_on_where_an_apply_broke_off(make_root: MakeRoot, simulator: Simulator) -> None:
    root = make_root()
    simulator.faults.rules.append(
        Rule(path="bgpPeerP|peerP-", method="POST", status=400, code=1, text="out of order", count=1)
    )
    broken = root.run("apply", "-auto-approve", "-input=false", ok=(1,))
    assert "out of order" in broken.stderr
    simulator.faults.rules.clear()
    root.apply()
    assert root.changes_nothing()


def test_it_adopts_its_own_objects_when_the_state_was_lost_in_an_apply(
    make_root: MakeRoot, simulator: Simulator
) -> None:
    root = make_root()
    before = simulator.tree()
    root.apply()
    wanted = simulator.tree()
    (root.folder / "terraform.tfstate").unlink()
    root.apply()
    assert simulator.tree() == wanted
    root.destroy()
    assert simulator.tree() == before


def test_the_certificate_of_the_apic_is_verified(make_root: MakeRoot) -> None:
    root = make_root()
    root.environ = {name: value for name, value in root.environ.items() if name != "SSL_CERT_FILE"}
    assert "certificate" in root.refused()
    root.variables["apic_insecure"] = True
    assert len(root.plan()) > 40
