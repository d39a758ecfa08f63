"""Every option of a query, through the real client."""

import pytest

from aci import filters as f
from aci import query
from aci.errors import AciError
from aci.mo import mo
from aci.query import Query


def test_a_missing_object_is_an_empty_reply(admin) -> None:
    document = admin._request("GET", "/api/mo/uni/tn-absent.json")
    assert document == {"totalCount": "0", "imdata": []}


@pytest.mark.parametrize("place", ["/api/mo/", "/api/node/mo/"])
def test_both_places_of_objects(admin, place: str) -> None:
    assert admin._request("GET", f"{place}uni/tn-common.json")["totalCount"] == "1"


@pytest.mark.parametrize("place", ["/api/class/", "/api/node/class/"])
def test_both_places_of_classes(admin, place: str) -> None:
    assert admin._request("GET", f"{place}fvTenant.json")["totalCount"] == "6"


def test_a_class_below_a_dn(admin) -> None:
    found = admin.get(query.of_class("fvBD", within="uni/tn-k8s-prod"))
    assert {item["name"] for item in found} == {"vmotion", "backup", "iscsi"}
    encoded = "/api/node/class/uni/tn-k8s-prod/BD-backup/subnet-%5B198.18.21.1%2F24%5D/fvSubnet.json"
    assert admin._request("GET", encoded)["totalCount"] == "1"


def test_raw_and_encoded_brackets_name_the_same(admin) -> None:
    raw = "/api/mo/uni/tn-k8s-prod/BD-backup/subnet-[198.18.21.1/24].json"
    encoded = "/api/mo/uni/tn-k8s-prod/BD-backup/subnet-%5B198.18.21.1%2F24%5D.json"
    assert admin._request("GET", raw) == admin._request("GET", encoded)


def test_an_unknown_class_is_code_122(admin) -> None:
    with pytest.raises(AciError) as caught:
        admin.get(query.of_class("fooBar"))
    assert (caught.value.code, caught.value.text) == ("122", "unknown managed object class fooBar")


def test_targets(admin) -> None:
    children = admin.get(Query(dn="uni/tn-k8s-prod", target="children", target_classes=("fvCtx", "fvBD")))
    assert {item.cls for item in children} == {"fvCtx", "fvBD"}
    subnets = admin.get(query.below("uni/tn-k8s-prod", "fvSubnet"))
    assert {item["ip"] for item in subnets} == {
        "198.18.20.1/24",
        "198.18.21.1/24",
        "2001:db8:21::1/64",
        "198.18.22.1/24",
    }


def test_filters_choose(admin) -> None:
    chosen = f.or_(f.eq("fvTenant.name", "common"), f.wcard("fvTenant.name", "k8s"))
    assert {item["name"] for item in admin.get(query.of_class("fvTenant", filter=chosen))} == {
        "common",
        "k8s-prod",
        "k8s-test",
    }
    role = query.of_class("topSystem", filter=f.eq("topSystem.role", "controller"))
    assert len(admin.get(role)) == 3
    numbers = query.of_class("fabricNode", filter=f.and_(f.gt("fabricNode.id", "104"), f.lt("fabricNode.id", "202")))
    assert {item["id"] for item in admin.get(numbers)} == {"111", "112", "201"}


def test_subtrees_and_their_classes(admin) -> None:
    out = admin.get_one(query.mo("uni/tn-k8s-prod/out-core", subtree="full", subtree_classes=("bgpAsP",)))
    assert [item["asn"] for item in out.walk() if item.cls == "bgpAsP"] == ["65010"] * 4
    assert "l3extInstP" not in {item.cls for item in out.walk()}
    flat = admin.get_one(query.mo("uni/tn-k8s-prod/out-core", subtree="children"))
    assert all(not child.children for child in flat.children)


def test_children_have_an_rn_and_no_dn_on_the_wire(admin) -> None:
    document = admin._request("GET", "/api/mo/uni/tn-k8s-prod/ctx-main.json?rsp-subtree=children")
    child = document["imdata"][0]["fvCtx"]["children"][0]
    attributes = next(iter(child.values()))["attributes"]
    assert attributes["rn"] and "dn" not in attributes


def test_config_only_is_what_can_be_set(admin) -> None:
    found = admin.get_one(Query(dn="uni/tn-k8s-prod", props="config-only"))
    assert set(found.attributes) == {
        "dn", "name", "descr", "nameAlias", "annotation", "ownerKey", "ownerTag", "userdom",
    }  # fmt: skip
    assert set(admin.get_one(Query(dn="uni/tn-k8s-prod", props="naming-only")).attributes) == {"dn", "name"}


def test_counts(admin) -> None:
    reply = admin._request("GET", "/api/node/class/fvTenant.json?rsp-subtree-include=count")
    assert reply["imdata"] == [{"moCount": {"attributes": {"count": "6"}}}]


def test_required_leaves_out_what_has_no_such_child(admin) -> None:
    asked = Query(cls="fvBD", subtree="children", subtree_classes=("fvSubnet",), include=("required",))
    assert "inb" not in {item["name"] for item in admin.get(asked)}
    assert "vmotion" in {item["name"] for item in admin.get(asked)}


def test_a_filter_on_the_subtree(admin) -> None:
    asked = Query(
        dn="uni/tn-k8s-prod",
        subtree="full",
        subtree_classes=("fvSubnet",),
        subtree_filter=f.wcard("fvSubnet.ip", "2001:"),
    )
    assert [item["ip"] for item in admin.get_one(asked).walk() if item.cls == "fvSubnet"] == ["2001:db8:21::1/64"]


def test_order_and_pages(admin) -> None:
    down = admin.get(query.of_class("fabricNode", order_by=("fabricNode.role|asc", "fabricNode.id|desc")))
    assert [item["id"] for item in down][:6] == ["3", "2", "1", "204", "203", "202"]
    page = admin.get(Query(cls="fabricNode", order_by=("fabricNode.id|asc",), page=1, page_size=4))
    assert [item["id"] for item in page] == ["102", "103", "104", "111"]


@pytest.mark.parametrize(
    "options",
    [
        "query-target=nonsense",
        "rsp-subtree=half",
        "page=x&page-size=2",
        "page-size=0",
        "nonsense=1",
        "order-by=name",
        "rsp-subtree-include=nonsense",
        "query-target-filter=eq(fvTenant.name)",
        "query-target-filter=eq(fvTenant.name,%22a%22",
    ],
)
def test_options_that_make_no_sense_are_refused(admin, options: str) -> None:
    with pytest.raises(AciError) as caught:
        admin._request("GET", f"/api/class/fvTenant.json?{options}")
    assert caught.value.status == 400


def test_xml_is_refused_clearly(admin) -> None:
    with pytest.raises(AciError, match="JSON"):
        admin._request("GET", "/api/class/fvTenant.xml")


def test_relations_point_into_their_tenant_then_into_common(admin) -> None:
    prod = "uni/tn-k8s-prod"
    admin.post(prod, mo("vzBrCP", name="default"))
    inst = f"{prod}/out-core/instP-core-ext"
    names = ("default", "k8s-permit", "absent")
    admin.post(inst, mo("l3extInstP", *(mo("fvRsProv", tnVzBrCPName=name) for name in names)))
    found = {item["tnVzBrCPName"]: item for item in admin.get(query.of_class("fvRsProv", within=inst))}
    assert found["default"]["tDn"] == f"{prod}/brc-default"
    assert found["k8s-permit"]["tDn"] == "uni/tn-common/brc-k8s-permit"
    assert (found["absent"]["tDn"], found["absent"]["state"]) == ("", "missing-target")
    assert admin.get_one(query.mo(f"{prod}/out-core/rsectx"))["tDn"] == f"{prod}/ctx-main"


def test_an_explicit_relation_says_whether_its_target_exists(admin) -> None:
    out = "uni/tn-k8s-prod/out-core/rsl3DomAtt"
    assert admin.get_one(query.mo(out))["state"] == "formed"
    admin.delete("uni/l3dom-l3dom-core", "l3extDomP")
    assert admin.get_one(query.mo(out))["state"] == "missing-target"


def test_the_time_is_the_clocks(admin, simulator) -> None:
    asked = query.mo("topology/pod-1/node-1/sys")
    before = admin.get_one(asked)["currentTime"]
    simulator.clock.forward(3600)
    assert admin.get_one(asked)["currentTime"][:13] != before[:13]
