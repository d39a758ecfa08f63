"""What a POST may do, and the codes and texts of what is refused."""

import pytest

from aci import query
from aci.errors import AciError
from aci.mo import Mo, mo


def refused(admin, dn: str, body: Mo) -> tuple[str, int, str]:
    with pytest.raises(AciError) as caught:
        admin.post(dn, body)
    return caught.value.code, caught.value.status, caught.value.text


@pytest.mark.parametrize(
    ("dn", "body"),
    [
        ("uni/tn-k8s-prod/ctx-new", mo("fvCtx", name="new")),
        ("uni/tn-k8s-prod/ctx-new", mo("fvCtx")),
        ("uni/tn-k8s-prod", mo("fvCtx", name="new")),
        ("uni/tn-k8s-prod", mo("fvCtx", rn="ctx-new")),
        ("uni", mo("fvCtx", dn="uni/tn-k8s-prod/ctx-new")),
        ("uni", mo("fvTenant", mo("fvCtx", name="new"), name="k8s-prod")),
        ("uni", mo("polUni", mo("fvTenant", mo("fvCtx", name="new"), name="k8s-prod"))),
    ],
)
def test_an_object_may_be_posted_at_its_dn_its_container_or_uni(admin, dn: str, body: Mo) -> None:
    admin.post(dn, body)
    assert admin.get_one(query.mo("uni/tn-k8s-prod/ctx-new"))["name"] == "new"


def test_a_post_without_a_dn_in_the_url(simulator, admin) -> None:
    """As the typed resources of the provider send it, status with a space included."""
    body = mo("fvCtx", dn="uni/tn-k8s-prod/ctx-new", name="new", status="created, modified")
    admin._request("POST", "/api/node/mo.json", body)
    assert admin.get(query.mo("uni/tn-k8s-prod/ctx-new"))


def test_a_merge_keeps_what_is_not_named(admin) -> None:
    admin.post("uni", mo("fvTenant", name="a", descr="one", nameAlias="two"))
    admin.post("uni", mo("fvTenant", name="a", descr="three"))
    found = admin.get_one(query.mo("uni/tn-a"))
    assert (found["descr"], found["nameAlias"]) == ("three", "two")


def test_defaults_and_implicit_children_exist(admin) -> None:
    admin.post("uni", mo("fvTenant", mo("fvCtx", name="main"), name="a"))
    vrf = admin.get_one(query.mo("uni/tn-a/ctx-main", subtree="children"))
    assert (vrf["pcEnfPref"], vrf["bdEnforcedEnable"], vrf["lcOwn"]) == ("enforced", "no", "local")
    assert {child.cls for child in vrf.children} == {
        "fvRsBgpCtxPol",
        "fvRsOspfCtxPol",
        "fvRsCtxToEpRet",
        "fvRsCtxToExtRouteTagPol",
        "vzAny",
    }
    assert admin.get(query.mo("uni/tn-a/rsTenantMonPol"))


def test_an_implicit_child_can_be_set_and_not_deleted(admin) -> None:
    admin.post("uni/tn-k8s-prod/ctx-main", mo("fvRsBgpCtxPol", tnBgpCtxPolName="timers"))
    assert admin.get_one(query.mo("uni/tn-k8s-prod/ctx-main/rsbgpCtxPol"))["tnBgpCtxPolName"] == "timers"
    gone = mo("fvRsBgpCtxPol", status="deleted")
    assert refused(admin, "uni/tn-k8s-prod/ctx-main/rsbgpCtxPol", gone)[:2] == ("107", 400)


def test_deletion_takes_what_is_below_and_is_idempotent(admin) -> None:
    admin.post("uni", mo("fvTenant", mo("fvCtx", name="main"), name="a"))
    admin.delete("uni/tn-a", "fvTenant")
    admin.delete("uni/tn-a", "fvTenant")
    assert admin.get(query.below("uni/tn-a")) == []
    assert admin.get(query.mo("uni/tn-a/ctx-main")) == []


def test_the_delete_verb_works(admin, simulator) -> None:
    admin.post("uni", mo("fvTenant", name="a"))
    admin._request("DELETE", "/api/mo/uni/tn-a.json")
    admin._request("DELETE", "/api/mo/uni/tn-a.json")
    assert admin.get(query.mo("uni/tn-a")) == []


@pytest.mark.parametrize(
    ("dn", "body", "code", "text"),
    [
        ("uni", mo("fvTenant", name="common", status="created"), "103", "already exists"),
        ("uni", mo("fvTenant", name="absent", status="modified"), "102", "not found Dn0=uni/tn-absent, "),
        ("uni/tn-absent", mo("fvCtx", name="main"), "102", "configured object ((Dn0)) not found Dn0=uni/tn-absent, "),
        ("uni", mo("fvCtx", name="main"), "106", "Cannot contain mo class fvCtx"),
        ("uni/tn-common", mo("fvTenant", name="a"), "106", "Cannot contain mo class fvTenant"),
        ("uni", mo("fvNonsense", name="main"), "106", "unknown mo class fvNonsense"),
        ("uni", mo("fvTenant", name="a", nonsense="b"), "400", "unknown attribute 'nonsense' in element 'fvTenant'"),
        ("uni", mo("fvTenant", descr="a"), "822", "naming property ('fvTenant.name') is not set."),
        ("uni", mo("fvTenant", name="with space"), "801", "failed validation for value 'with space'"),
        (
            "uni/tn-common/ctx-a",
            mo("fvCtx", pcEnfPref="x"),
            "120",
            "unknown property value x, name pcEnfPref, class fvCtx",
        ),
        ("uni/tn-common", mo("bgpCtxAfPol", name="a", maxEcmp="65"), "801", "property maxEcmp of bgpCtxAfP-a"),
        ("uni/tn-common", mo("bgpCtxPol", name="a", holdIntvl="2"), "801", "holdIntvl"),
        ("uni/tn-common/subj-a", mo("rtctrlSubjP", mo("rtctrlMatchRtDest", ip="nonsense")), "801", "ip"),
        ("uni/tn-common", mo("l3extOut", name="a", enforceRtctrl="export,nonsense"), "120", "nonsense"),
        ("topology/pod-1/node-101", mo("fabricNode", name="mine"), "170", "Invalid access, MO: fabricNode"),
        ("uni", mo("fvTenant", name="a", status="nonsense"), "120", "nonsense"),
        ("uni/tn-a", mo("fvTenant", dn="uni/tn-b"), "400", "not at or below"),
        ("uni/tn-[a", mo("fvTenant"), "400", "invalid DN"),
    ],
)
def test_refusals_have_the_apics_code_and_text(admin, dn: str, body: Mo, code: str, text: str) -> None:
    found = refused(admin, dn, body)
    assert found[:2] == (code, 400)
    assert text in found[2]


def test_a_refused_child_takes_everything_back(admin, simulator) -> None:
    before = {node.dn: dict(node.attrs) for node in simulator.apic.tree}
    number = len(simulator.apic.feed.recent())
    bad = mo(
        "fvTenant",
        mo("fvCtx", name="main", status="deleted"),
        mo("fvCtx", name="storage", descr="changed"),
        mo("fvCtx", name="new"),
        mo("fvCtx", name="bad", pcEnfPref="nonsense"),
        name="k8s-prod",
        descr="changed",
    )
    assert refused(admin, "uni", bad)[0] == "120"
    assert {node.dn: dict(node.attrs) for node in simulator.apic.tree} == before
    assert len(simulator.apic.feed.recent()) == number


def test_flags_come_back_in_one_order(admin) -> None:
    admin.post("uni/tn-common", mo("l3extOut", name="a", enforceRtctrl="import,export"))
    assert admin.get_one(query.mo("uni/tn-common/out-a"))["enforceRtctrl"] == "export,import"


def test_secrets_are_never_read_back(admin, simulator) -> None:
    path = "rspathL3OutAtt-[topology/pod-1/paths-104/pathep-[eth1/1]]"
    peer = f"uni/tn-k8s-prod/out-core/lnodep-border-104/lifp-border-104/{path}/peerP-[198.18.255.1]"
    admin.post(peer, mo("bgpPeerP", password="s3cret"))
    admin.post("uni/userext", mo("aaaUser", name="bob", pwd="pa55word"))
    everything = str(admin.get(query.below("uni"))) + str(admin.get(query.Query(dn=peer, props="config-only")))
    assert "s3cret" not in everything and "pa55word" not in everything and "scrypt" not in everything
    assert simulator.apic.secret(peer, "password") == "s3cret"
    assert "pa55word" not in simulator.apic.secret("uni/userext/user-bob", "pwd")
    assert "s3cret" not in str(simulator.apic.feed.recent())


def test_a_password_cannot_be_smuggled_in_as_a_hash(simulator, admin) -> None:
    stolen = simulator.apic.secret("uni/userext/user-admin", "pwd")
    admin.post("uni/userext", mo("aaaUser", name="eve", pwd=stolen))
    with simulator.session("eve", "lab-admin-password") as eve, pytest.raises(AciError):
        eve.login()


def test_whole_objects_may_be_posted_back(admin) -> None:
    """Clients send back what they read, read-only attributes included."""
    whole = admin.get_one(query.mo("uni/tn-k8s-prod/ctx-main"))
    attributes = {**whole.attributes, "descr": "mine", "modTs": "never", "status": ""}
    admin.post(whole.dn, Mo("fvCtx", attributes))
    assert admin.get_one(query.mo(whole.dn))["descr"] == "mine"
    assert admin.get_one(query.mo(whole.dn))["modTs"] != "never"


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"fvTenant":1}', '{"fvTenant":{"children":[],"attributes":{"name":"a"}}}', "\x00", "[" * 5000],
)
def test_a_body_that_cannot_be_read_is_a_400(simulator, admin, body: str) -> None:
    admin.login()
    wire = admin._wires[0]
    reply = wire.send("POST", "/api/mo/uni.json", body.encode(), {"Cookie": f"APIC-Cookie={admin._token.value}"})
    assert reply.status == 400
    assert reply.document["imdata"][0]["error"]["attributes"]["text"]


def test_a_post_returns_objects_when_asked(admin) -> None:
    path = "/api/mo/uni.json?rsp-subtree=modified"
    body = mo("fvTenant", name="a")
    assert [next(iter(item)) for item in admin._request("POST", path, body)["imdata"]] == ["fvTenant"]
    assert admin._request("POST", path, body)["imdata"] == []
    assert len(admin._request("POST", "/api/mo/uni.json?rsp-subtree=full", body)["imdata"]) == 1
