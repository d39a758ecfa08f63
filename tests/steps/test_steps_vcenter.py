"""The vCenter page against the simulated vCenter: lists, notes, and what is said without it."""

from __future__ import annotations

import socket

import pytest

from webui.spec import Problem
from webui.steps.vcenter import grants, reading

PLACE = ("datacenter", "compute_cluster", "datastore", "switch", "port_group", "template")


@pytest.fixture
def own(lab_user, vcenter):
    """A draft on a site of the reader's own, and the values that sign in to its vCenter (the simulated one)."""
    wizard = lab_user().begin()
    wizard.send("fabric", {"name": "k8s-own", "fabric.site": "apic", "mode": "full"})
    values = {
        "vcenter.address": vcenter.address,
        "vcenter.user": vcenter.user,
        "vcenter.password": vcenter.password,
        "vcenter.tls.verify": "true",
        "vcenter.tls.ca": vcenter.ca_pem,
    }
    return wizard, values


def values(wizard, what: str, **args: str) -> list[str]:
    query = {f"vcenter.{key}" if key != "q" else key: value for key, value in args.items()}
    return [one["value"] for one in wizard.get(f"options/vcenter-{what}", query_string=query).json["options"]]


def test_lists_follow_what_was_chosen_before(in_lab) -> None:
    assert values(in_lab, "datacenter") == ["DC1", "DC2"]
    assert values(in_lab, "compute_cluster", datacenter="DC1") == ["cluster-k8s", "cluster-mgmt"]
    assert values(in_lab, "compute_cluster", datacenter="DC2") == ["cluster-dc2"]
    assert values(in_lab, "datastore", datacenter="DC1", compute_cluster="cluster-mgmt") == ["ds-mgmt"]
    assert values(in_lab, "port_group", datacenter="DC1", switch="dvs-mgmt") == ["mgmt-vlan-20"]
    assert values(in_lab, "resource_pool", datacenter="DC1", compute_cluster="cluster-k8s") == ["k8s"]
    assert "templates/debian-12-cloud" in values(in_lab, "template", datacenter="DC1")
    assert values(in_lab, "template", datacenter="DC2") == []


def test_a_list_says_what_has_to_be_chosen_first(in_lab) -> None:
    assert "data centre first" in in_lab.get("options/vcenter-datastore").json["error"]


def test_notes_say_room_vlan_and_what_a_template_is(in_lab) -> None:
    found = in_lab.get("options/vcenter-datastore", query_string={"vcenter.datacenter": "DC1"}).json["options"]
    assert any("free of" in one["note"] for one in found)
    groups = in_lab.get("options/vcenter-port_group", query_string={"vcenter.datacenter": "DC1"}).json["options"]
    assert any("VLAN 310" in one["note"] for one in groups)
    images = in_lab.get("options/vcenter-template", query_string={"vcenter.datacenter": "DC1"}).json["options"]
    assert any("no VMware Tools" in one["note"] for one in images)


def test_one_click_takes_the_labs_vcenter_and_keeps_what_was_typed(in_lab, vcenter) -> None:
    page = in_lab.get("vcenter").text
    assert "Use the built-in lab" in page and vcenter.address in page and vcenter.password not in page
    in_lab.send("vcenter", {"vcenter.datastore": "ds-k8s-nearly-full"}, do="lab")
    made = in_lab.row().draft["vcenter"]
    assert made["datastore"] == "ds-k8s-nearly-full" and all(made[key] for key in PLACE)
    page = in_lab.get("vcenter").text
    assert "Use the built-in lab" not in page and "free of" in page and "VLAN 310" in page


def test_a_password_is_sealed_and_never_shown(own, vcenter) -> None:
    wizard, typed = own
    assert wizard.send("vcenter", typed, do="read").status_code == 303
    assert wizard.secrets()["vcenter.password"] == vcenter.password
    page = wizard.get("vcenter").text
    assert vcenter.password not in page and "Signed in as" in page and "Clear the stored password" in page
    wizard.send("vcenter", {"vcenter.password.clear": "yes"})
    assert "vcenter.password" not in wizard.secrets()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"vcenter.password": "wrong"}, "vcenter.password", "refused the user or the password"),
        ({"vcenter.tls.ca": ""}, "vcenter.tls.ca", "not trusted"),
        ({"vcenter.address": ""}, "vcenter.address", "This is needed"),
        ({"vcenter.user": ""}, "vcenter.user", "This is needed"),
    ],
)
def test_what_keeps_it_from_signing_in_is_said_at_its_field(own, change, field, words) -> None:
    wizard, typed = own
    answer = wizard.send("vcenter", {**typed, **change}, do="read")
    assert answer.status_code == 422 and words in answer.text and f'href="#{field}"' in answer.text


def test_a_vcenter_that_is_not_there_is_said_and_typing_goes_on(own) -> None:
    wizard, typed = own
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        wizard.send("vcenter", {**typed, "vcenter.address": f"127.0.0.1:{closed.getsockname()[1]}"})
    reading.forget(wizard.cluster_id)
    assert "No connection to" in wizard.get("vcenter").text
    assert "No connection to" in wizard.get("options/vcenter-datacenter").json["error"]
    saved = wizard.autosave("vcenter", {"vcenter.datacenter": "DC9"})
    assert saved.status_code == 200 and wizard.row().draft["vcenter"]["datacenter"] == "DC9"


def test_bare_metal_asks_no_vcenter(own) -> None:
    wizard, typed = own
    wizard.send("vcenter", typed)
    wizard.send("fabric", {"mode": "bare-metal"})
    page = wizard.get("vcenter").text
    assert "This mode does without this page" in page and "Read from the vCenter" not in page


def test_missing_privileges_are_listed_by_name_with_what_to_grant(own, vcenter) -> None:
    wizard, typed = own
    place = {
        "vcenter.datacenter": "DC1",
        "vcenter.compute_cluster": "cluster-k8s",
        "vcenter.datastore": "ds-k8s",
        "vcenter.port_group": "k8s-vlan-310",
        "vcenter.template": "debian-12-cloud",
    }
    reader = {"vcenter.user": vcenter.reader, "vcenter.password": vcenter.reader_password}
    wizard.send("vcenter", {**typed, **place, **reader}, do="read")
    page = wizard.get("vcenter").text
    for words in (
        "lacks",
        "VirtualMachine.Provisioning.DeployTemplate",
        "Datastore.AllocateSpace",
        "Propagate to children",
    ):
        assert words in page, words
    told = wizard.autosave("vcenter", {}).json["problems"]
    assert {"vcenter.datastore", "vcenter.template"} <= {
        problem["field"] for problem in told if "lacks" in problem["sentence"]
    }
    wizard.send("vcenter", {"vcenter.user": vcenter.user, "vcenter.password": vcenter.password}, do="read")
    page = wizard.get("vcenter").text
    assert "Has the privileges that machines need here" in page and "lacks" not in page


def test_what_does_not_fit_the_vcenter_is_said_at_its_field(in_lab) -> None:
    in_lab.send("vcenter", {}, do="lab")
    told = in_lab.autosave(
        "vcenter", {"vcenter.datastore": "nowhere", "vcenter.template": "debian-12-without-tools"}
    ).json
    fields = {problem["field"]: problem["sentence"] for problem in told["problems"]}
    assert "nowhere" in fields["vcenter.datastore"] and "ools" in fields["vcenter.template"]


def test_review_shows_the_variables_of_both_roots(lab_user, vcenter) -> None:
    page = lab_user().example().get("review").text
    assert "Variables of terraform/machines" in page and "templates/debian" not in page
    assert "k8s-cp-1" in page and vcenter.password not in page


def test_machines_that_the_cluster_made_are_not_in_its_own_way(lab_user, vcenter) -> None:
    from webui.spec import parse
    from webui.spec.vcenter_site import Folder, Machine, VCenterFacts
    from webui.steps import wizard
    from webui.store.models import Cluster, now

    document = {"name": "a", "vcenter": {"datacenter": "DC1", "folder": "a"}, "machines": {"workers": [{"name": "w"}]}}
    facts = VCenterFacts(
        now(), folders=(Folder("DC1", "a"),), machines=(Machine("DC1", "a", "w"), Machine("DC1", "", "w"))
    )
    mine = wizard.own_machines(Cluster(outputs=None), parse(document).spec, facts)
    assert mine and mine.machines == (Machine("DC1", "", "w"),) and mine.folders == ()
    assert wizard.own_machines(Cluster(outputs=None), None, facts) == facts


def test_what_is_missing_is_taken_apart_as_it_is_told() -> None:
    sentence = "User u lacks 2 privileges on x: A > B (A.B); C > D (C.D)."
    told = Problem("blocking", "vcenter.user", sentence, "Grant.", "vcenter")
    (grant,) = grants.grants([told])
    assert grant.privileges == (("A.B", "A > B"), ("C.D", "C > D"))
    assert grants.shortened([told])[0].sentence == "User u lacks 2 privileges on x."


def test_a_box_that_nobody_touched_says_what_is_proposed(in_lab) -> None:
    page = in_lab.get("vcenter").text
    box = page[page.index('id="vcenter.anti_affinity"') :][:200]
    assert " checked" in box
