"""How the stand-in behaves where it matters: children, destroy, import, escapes, existing objects, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aci.mo import Mo
from lab.apic.faults import Rule
from tests.lab_apic_server import ServedSimulator, Simulator
from tests.terraform_fixtures import module_root
from tests.terraform_root import FabricRoot

MakeModule = Callable[[str], FabricRoot]
TENANT = """
resource "aci_rest_managed" "fvTenant" {
  dn         = "uni/tn-made"
  class_name = "fvTenant"
  content    = { name = "made", descr = "%s" }
  %s
}
"""
CHILD = """
  child {
    rn         = "ctx-%s"
    class_name = "fvCtx"
    content    = { name = "%s", descr = "%s" }
  }
"""


def tenant(descr: str = "", inside: str = "") -> str:
    return TENANT % (descr, inside)


def child(name: str, descr: str = "") -> str:
    return CHILD % (name, name, descr)


def state_of(root: FabricRoot) -> dict[str, Any]:
    values = json.loads(root.run("show", "-json").stdout)["values"]["root_module"]
    ((only,),) = ([r for r in values["resources"] if r["mode"] == "managed"],)
    found: dict[str, Any] = only["values"]
    return found


def test_children_are_made_changed_mended_and_removed_with_their_object(
    root_module: MakeModule, simulator: Simulator
) -> None:
    root = root_module(tenant(inside=child("a") + child("b")))
    root.apply()
    assert {"uni/tn-made/ctx-a", "uni/tn-made/ctx-b"} <= set(simulator.tree())
    simulator.by_hand("uni/tn-made/ctx-a", Mo("fvCtx", {"descr": "by hand"}))
    simulator.delete("uni/tn-made/ctx-b")
    root.apply()
    assert simulator.tree()["uni/tn-made/ctx-a"].get("descr", "") == ""
    assert "uni/tn-made/ctx-b" in simulator.tree()
    root = root_module(tenant(inside=child("a")))
    root.apply()
    assert "uni/tn-made/ctx-b" not in simulator.tree()
    assert root.changes_nothing()
    root.destroy()
    assert not [dn for dn in simulator.tree() if dn.startswith("uni/tn-made")]


def test_content_on_destroy_is_written_and_the_object_stays(root_module: MakeModule, simulator: Simulator) -> None:
    root = root_module(tenant("ours", 'content_on_destroy = { descr = "left behind" }'))
    root.apply()
    root.destroy()
    assert simulator.tree()["uni/tn-made"]["descr"] == "left behind"


def test_a_changed_dn_or_class_replaces_the_object(root_module: MakeModule) -> None:
    root_module(tenant()).apply()
    moved = root_module(tenant().replace("uni/tn-made", "uni/tn-moved").replace('name = "made"', 'name = "moved"'))
    assert moved.plan() == {"aci_rest_managed.fvTenant": ["delete", "create"]}
    moved.apply()


def test_markup_survives_with_and_without_escapes(root_module: MakeModule, simulator: Simulator) -> None:
    for escape in ("true", "false"):
        root = root_module(tenant("<b> & c", f"escape_html = {escape}"))
        root.apply()
        assert simulator.tree()["uni/tn-made"]["descr"] == "<b> & c"
        assert root.changes_nothing()
        posted = [request.body for request in simulator.requests if request.method == "POST"][-1]
        assert ("\\u003cb" in posted) == (escape == "true")
        root.destroy()


def test_an_imported_object_is_taken_as_it_is(root_module: MakeModule, simulator: Simulator) -> None:
    vrf = Mo("fvCtx", {"name": "a", "descr": "as it was"})
    simulator.by_hand("uni", Mo("fvTenant", {"name": "made", "descr": "as it was"}, (vrf,)))
    root = root_module(tenant("as it was"))
    root.run("import", "-input=false", "aci_rest_managed.fvTenant", "uni/tn-made")
    state = state_of(root)
    assert (state["class_name"], state["content"]["descr"]) == ("fvTenant", "as it was")
    assert not {"dn", "annotation"} & set(state["content"])
    root.apply()
    assert root.changes_nothing()


def test_children_are_imported_when_they_are_named(root_module: MakeModule, simulator: Simulator) -> None:
    simulator.by_hand("uni", Mo("fvTenant", {"name": "made"}, (Mo("fvCtx", {"name": "a"}), Mo("fvCtx", {"name": "b"}))))
    root = root_module(tenant(inside=child("a")))
    named = json.dumps({"parentDn": "uni/tn-made", "childRns": ["ctx-a"]})
    root.run("import", "-input=false", "aci_rest_managed.fvTenant", named)
    assert [one["rn"] for one in state_of(root)["child"]] == ["ctx-a"]
    missing = root.run("state", "rm", "aci_rest_managed.fvTenant")
    assert missing.returncode == 0
    absent = json.dumps({"parentDn": "uni/tn-made", "childRns": ["ctx-z"]})
    refused = root.run("import", "-input=false", "aci_rest_managed.fvTenant", absent, ok=(1,))
    assert "Unable to find specified child 'ctx-z'" in refused.stderr


def test_nothing_is_imported_where_nothing_is(root_module: MakeModule) -> None:
    refused = root_module(tenant()).run("import", "-input=false", "aci_rest_managed.fvTenant", "uni/tn-made", ok=(1,))
    assert "Cannot import non-existent remote object" in refused.stderr


def test_an_existing_object_is_refused_when_the_user_says_so(root_module: MakeModule, simulator: Simulator) -> None:
    simulator.by_hand("uni", Mo("fvTenant", {"name": "made"}))
    root = root_module(tenant())
    root.environ = {**root.environ, "ACI_ALLOW_EXISTING_ON_CREATE": "false"}
    assert "The fvTenant object with DN 'uni/tn-made' already exists." in root.refused()


def test_an_annotation_belongs_beside_the_content(root_module: MakeModule) -> None:
    root = root_module(tenant().replace('name = "made"', 'annotation = "x"'))
    assert "please remove annotation from content" in root.refused()


def test_another_annotation_can_be_given(root_module: MakeModule, simulator: Simulator) -> None:
    root_module(tenant(inside='annotation = "by:us"')).apply()
    assert simulator.tree()["uni/tn-made"]["annotation"] == "by:us"


READ = """
data "aci_rest_managed" "fvTenant" {
  dn = "uni/tn-k8s-prod"
}
output "vrfs" {
  value = [for one in data.aci_rest_managed.fvTenant.child : one.content.name if one.class_name == "fvCtx"]
}
"""


def test_a_data_source_reads_an_object_with_its_children(root_module: MakeModule) -> None:
    root = root_module(READ)
    root.apply()
    assert "main" in json.loads(root.run("output", "-json").stdout)["vrfs"]["value"]


def test_an_error_of_the_apic_is_shown_with_code_and_text(root_module: MakeModule) -> None:
    broken = root_module(tenant().replace("descr", "colour")).run("apply", "-auto-approve", "-input=false", ok=(1,))
    assert "The post rest request failed" in broken.stderr
    assert "Error Code: " in broken.stderr


def test_a_wrong_key_is_an_authentication_error(root_module: MakeModule, simulator: Simulator) -> None:
    root = root_module(tenant())
    other = simulator.user_with_certificate("other")
    root.environ = {**root.environ, "ACI_PRIVATE_KEY": other["ACI_PRIVATE_KEY"]}
    assert "Error Code: 403" in root.refused()


def test_it_signs_in_by_password(root_module: MakeModule, simulator: Simulator) -> None:
    root = root_module(tenant())
    by_password = {"ACI_USERNAME": "admin", "ACI_PASSWORD": simulator.password}
    root.environ = {
        k: v for k, v in root.environ.items() if k not in {"ACI_PRIVATE_KEY", "ACI_CERT_NAME"}
    } | by_password
    root.apply()
    assert "APIC-Cookie" in simulator.requests[-1].cookies
    root.environ = {**root.environ, "ACI_PASSWORD": "wrong"}
    assert "Unable to authenticate" in root.refused()


def test_it_needs_a_user_and_an_address(root_module: MakeModule) -> None:
    root = root_module(tenant())
    root.environ = {name: value for name, value in root.environ.items() if not name.startswith("ACI_")}
    assert "Username must be provided" in root.refused()
    root.environ = {**root.environ, "ACI_USERNAME": "u"}
    assert "Either 'password' OR 'private_key' and 'cert_name'" in root.refused()


def test_a_busy_apic_is_asked_again(root_module: MakeModule, simulator: Simulator) -> None:
    root = root_module(tenant())
    simulator.faults.rules.append(Rule(path="topSystem", status=503, count=1, text="busy"))
    root.environ = {**root.environ, "ACI_RETRIES": "1"}
    root.plan()
    assert [request.answer for request in simulator.requests if "topSystem" in request.url] == [503, 200]


@pytest.mark.skipif("os.environ.get('ANCHORAGE_TEST_TFRC')", reason="the real provider has nothing against a real APIC")
def test_it_refuses_an_apic_that_is_not_the_labs(lab_tfrc: Path, certificates_home: Path, tmp_path: Path) -> None:
    with ServedSimulator(certificates_home, header=False) as stranger:
        access = {**stranger.user_with_certificate("u"), "TF_CLI_CONFIG_FILE": str(lab_tfrc)}
        root = module_root(tmp_path, access, stranger.url, tenant())
        assert "This is the lab's stand-in for the ACI provider" in root.refused()
        assert [request.method for request in stranger.requests] == ["GET"]
