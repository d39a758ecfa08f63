"""A plan of Terraform as what changes in the fabric."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.runs.diff import changes_nothing, objects_of, of_plan
from webui.runs.remains import remains_of

OUT = "uni/tn-k8s/out-k8s"
LEAF = f"{OUT}/lnodep-nodes/rsnodeL3OutAtt-[topology/pod-1/node-103]"
SVI = f"{OUT}/lnodep-nodes/lifp-v4/vlifp-[topology/pod-1/node-103]-[vlan-310]"
PEER = f"{SVI}/peerP-[198.18.2.0/24]"


def change(
    cls: str, dn: str, before: dict[str, str] | None, after: dict[str, str] | None, label: str = "", **more: Any
) -> dict[str, Any]:
    """One resource change of `terraform show -json`."""
    if before is None:
        actions = ["create"]
    elif after is None:
        actions = ["delete"]
    else:
        actions = ["no-op"] if before == after else ["update"]
    sides = {
        name: None if content is None else {"dn": dn, "class_name": cls, "content": content, "annotation": "x"}
        for name, content in (("before", before), ("after", after))
    }
    told = {"actions": actions, "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}, **sides, **more}
    name = label or cls
    return {
        "address": f'module.x.aci_rest_managed.{name}["{dn}"]',
        "mode": "managed",
        "type": "aci_rest_managed",
        "name": name,
        "change": told,
    }


def plan(*changes: dict[str, Any], drift: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    helper = {"address": "terraform_data.p", "mode": "managed", "type": "terraform_data", "name": "p",
              "change": {"actions": ["create"], "before": None, "after": {"input": "planted"}}}  # fmt: skip
    data = {"address": "data.aci_rest_managed.t", "mode": "data", "type": "aci_rest_managed", "name": "t",
            "change": {"actions": ["read"], "before": None, "after": {"dn": "uni/tn-k8s"}}}  # fmt: skip
    return {"resource_changes": [helper, data, *changes], "resource_drift": list(drift)}


def test_it_counts_objects_of_the_fabric_alone() -> None:
    found = of_plan(plan(change("l3extOut", OUT, None, {"name": "k8s"}), change("bgpExtP", f"{OUT}/bgpExtP", {}, {})))
    assert found["summary"] == {"add": 1, "change": 0, "destroy": 0, "keep": 1}
    assert "planted" not in str(found)


def test_an_object_says_what_it_is_and_all_that_is_set() -> None:
    (one,) = objects_of(of_plan(plan(change("l3extRsNodeL3OutAtt", LEAF, None, {"rtrId": "198.19.0.103"}))))
    assert (one["op"], one["class"], one["dn"]) == ("add", "l3extRsNodeL3OutAtt", LEAF)
    assert one["rn"] == "rsnodeL3OutAtt-[topology/pod-1/node-103]"
    assert one["title"] == "Leaf 103, router id 198.19.0.103"
    assert one["attributes"] == [{"name": "rtrId", "before": None, "after": "198.19.0.103", "note": ""}]


def test_a_change_shows_what_differs_and_what_it_does() -> None:
    before = {"name": "k8s", "maxPfx": "500", "action": "reject"}
    changed = change("bgpPeerPfxPol", "uni/tn-k8s/bgpPfxP-k8s", before, {**before, "maxPfx": "600"})
    found = of_plan(plan(changed))
    assert objects_of(found)[0]["attributes"] == [
        {"name": "maxPfx", "before": "500", "after": "600", "note": "Sessions are not reset."}
    ]
    assert found["groups"][0]["title"] == "BGP policies" and found["sentence"] == "Changes 1 object."


def test_changed_timers_say_that_sessions_are_reset() -> None:
    changed = change("bgpCtxPol", "uni/tn-k8s/bgpCtxP-k8s", {"holdIntvl": "3"}, {"holdIntvl": "30"})
    assert "reset" in objects_of(of_plan(plan(changed)))[0]["attributes"][0]["note"]


def test_everything_of_a_leaf_is_one_group() -> None:
    changes = [
        change("bgpPeerP", PEER, None, {"addr": "198.18.2.0/24"}),
        change("l3extVirtualLIfP", SVI, None, {"addr": "198.18.2.103/24", "encap": "vlan-310"}),
        change("l3extRsNodeL3OutAtt", LEAF, None, {"rtrId": "198.19.0.103"}),
    ]
    found = of_plan(plan(*changes))
    assert [group["title"] for group in found["groups"]] == ["Leaf 103 is added"]
    titles = [one["title"] for one in objects_of(found)]
    assert titles == [
        "Leaf 103, router id 198.19.0.103", "Floating SVI on leaf 103, VLAN 310, 198.18.2.103/24",
        "BGP peers in 198.18.2.0/24",
    ]  # fmt: skip
    assert found["sentence"] == "Adds leaf 103; changes nothing else."


def test_a_removed_leaf_says_that_its_sessions_close() -> None:
    gone = change("l3extRsNodeL3OutAtt", LEAF, {"rtrId": "198.19.0.103"}, None)
    found = of_plan(plan(gone))
    assert found["groups"][0]["title"] == "Leaf 103 is removed"
    assert found["sentence"] == "Removes leaf 103; its BGP sessions close; changes nothing else."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([], "Changes nothing."),
        (
            [change("l3extOut", OUT, None, {}), change("l3extRsNodeL3OutAtt", LEAF, None, {})],
            "Adds an L3Out with 1 anchor leaf; changes nothing that exists.",
        ),
        (
            [
                change("l3extRsNodeL3OutAtt", LEAF, None, {}),
                change("bgpCtxPol", "uni/tn-k8s/bgpCtxP-k8s", {"kaIntvl": "1"}, {"kaIntvl": "10"}),
            ],
            "Adds leaf 103; changes BGP policies.",
        ),
    ],
)
def test_a_plan_is_one_sentence(changes: list[dict[str, Any]], sentence: str) -> None:
    found = of_plan(plan(*changes))
    assert found["sentence"] == sentence
    assert changes_nothing(found) is not bool(changes)


def test_secrets_are_masked_by_terraforms_marks_and_by_class() -> None:
    marked = change(
        "fvTenant", "uni/tn-k8s", None, {"descr": "planted-1"}, after_sensitive={"content": {"descr": True}}
    )
    known = change("bgpPeerP", PEER, {"password": "planted-2"}, {"password": "planted-3"})
    found = of_plan(plan(marked, known))
    assert "planted" not in str(found)
    assert {(item["before"], item["after"]) for one in objects_of(found) for item in one["attributes"]} == {
        (None, "(secret)"),
        ("(secret)", "(secret)"),
    }


def test_a_password_sent_again_is_a_change_of_its_peer() -> None:
    peer = {"addr": "198.18.2.0/24", "ctrl": "as-override"}
    sent = change("bgpPeerP", PEER, {"password": ""}, {"password": "planted"}, label="bgpPeerP_password")
    sent["change"]["actions"] = ["delete", "create"]
    found = of_plan(plan(change("bgpPeerP", PEER, peer, peer), sent))
    (one,) = objects_of(found)
    assert one["op"] == "change" and found["summary"] == {"add": 0, "change": 1, "destroy": 0, "keep": 0}
    assert [item["name"] for item in one["attributes"]] == ["password"] and "same password" in str(one)


def test_a_peer_and_its_password_are_one_object() -> None:
    found = of_plan(
        plan(
            change("bgpPeerP", PEER, None, {"addr": "198.18.2.0/24", "ctrl": "as-override"}),
            change("bgpPeerP", PEER, None, {"password": "planted"}, label="bgpPeerP_password"),
        )
    )
    assert found["summary"]["add"] == 1
    assert [item["name"] for item in objects_of(found)[0]["attributes"]] == ["addr", "ctrl", "password"]


def test_drift_is_told_apart_from_what_the_plan_does() -> None:
    drift = change("bgpPeerPfxPol", "uni/tn-k8s/bgpPfxP-k8s", {"maxPfx": "500"}, {"maxPfx": "20"})
    gone = change("l3extSubnet", f"{OUT}/instP-e/extsubnet-[198.18.4.0/24]", {"ip": "198.18.4.0/24"}, None)
    secret = change("bgpPeerP", PEER, {"password": "planted"}, {})
    found = of_plan(plan(drift=(drift, gone, secret)))
    assert [one["note"] for one in found["drift"]] == [
        "Changed by hand outside Anchorage: BGP prefix limit k8s: maxPfx is 20, was 500.",
        "Removed by hand outside Anchorage: External subnet 198.18.4.0/24.",
    ]


def test_children_are_objects_of_their_own() -> None:
    parent = change("vzBrCP", "uni/tn-k8s/brc-c", None, {"name": "c"})
    parent["change"]["after"]["child"] = [{"rn": "subj-s", "class_name": "vzSubj", "content": {"name": "s"}}]
    found = of_plan(plan(parent))
    assert [one["dn"] for one in objects_of(found)] == ["uni/tn-k8s/brc-c", "uni/tn-k8s/brc-c/subj-s"]


ADD = change("bgpPeerPfxPol", "uni/tn-k8s/bgpPfxP-k8s", None, {"maxPfx": "500", "name": "k8s"})
NODE = change("l3extRsNodeL3OutAtt", LEAF, None, {"rtrId": "198.19.0.103"})


def test_what_is_left_of_a_plan_remains_of_it() -> None:
    approved = of_plan(plan(ADD, NODE))
    assert remains_of(approved, of_plan(plan(NODE)))
    assert remains_of(approved, of_plan(plan()))
    half = change(
        "bgpPeerPfxPol", "uni/tn-k8s/bgpPfxP-k8s", {"maxPfx": "100", "name": "k8s"}, {"maxPfx": "500", "name": "k8s"}
    )
    assert remains_of(approved, of_plan(plan(half)))


@pytest.mark.parametrize(
    "other",
    [
        change("bgpCtxPol", "uni/tn-k8s/bgpCtxP-k8s", None, {"name": "k8s"}),
        change("bgpPeerPfxPol", "uni/tn-k8s/bgpPfxP-k8s", None, {"maxPfx": "600", "name": "k8s"}),
        change("bgpPeerPfxPol", "uni/tn-k8s/bgpPfxP-k8s", None, {"maxPfx": "500", "name": "k8s", "action": "shut"}),
        change("bgpPeerPfxPol", "uni/tn-k8s/bgpPfxP-k8s", {"maxPfx": "500"}, None),
    ],
)
def test_anything_else_does_not_remain(other: dict[str, Any]) -> None:
    assert not remains_of(of_plan(plan(ADD, NODE)), of_plan(plan(other)))


objects = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["add", "destroy"]), st.sampled_from("123")),
    unique_by=lambda one: one[0],
)


def made(found: list[tuple[str, str, str]]) -> dict[str, Any]:
    return of_plan(
        plan(
            *(
                change(
                    "fvCtx",
                    f"uni/tn-k8s/ctx-{name}",
                    *((None, {"descr": value}) if op == "add" else ({"descr": value}, None)),
                )
                for name, op, value in found
            )
        )
    )


@given(objects, st.data())
def test_every_subset_remains_and_nothing_more_does(found: list[tuple[str, str, str]], data: st.DataObject) -> None:
    subset = [one for one in found if data.draw(st.booleans())]
    assert remains_of(made(found), made(subset))
    assert remains_of(made(subset), made(found)) is (len(subset) == len(found))
