"""Signing in to an APIC (the lab's simulator, over HTTPS), live lists, and what is said when it does not answer."""

from __future__ import annotations

import socket

import pytest

from aci.mo import mo
from aci.query import Query
from aci.session import Password, Session, Tls
from lab import site as lab_site
from webui.steps import site
from webui.store.box import load_box


@pytest.fixture
def my_apic(lab_user, lab_home):
    """An empty draft whose site is "My APIC", and that APIC: the simulator by its address, its authority pinned."""
    lab = lab_site.status(lab_home / "lab")
    assert lab
    wizard = lab_user().begin()
    values = {
        "name": "k8s-own",
        "fabric.site": "apic",
        "fabric.apics": "",
        "fabric.apics.0": lab.apic,
        "fabric.user": lab.user,
        "fabric.tls.verify": "true",
        "fabric.tls.ca": lab.ca_pem,
    }
    return wizard, values, lab


def credential(wizard) -> dict[str, str] | None:
    return load_box(wizard.settings.key_file).open(wizard.row().sealed_credential)


def test_one_click_signs_in_to_the_lab_and_shows_what_was_made(lab_user) -> None:
    wizard = lab_user().begin()
    assert "Use the built-in lab" in wizard.get("fabric").text
    answer = wizard.send("fabric", {"name": "k8s-a", "fabric.site": "lab"}, do="lab")
    assert answer.status_code == 303 and answer.location.endswith("#sign-in")
    made = credential(wizard)
    assert made and made["user"] == f"anchorage-{wizard.cluster_id[:8]}"
    page = wizard.get("fabric").text
    for words in (
        "Signed in by certificate",
        made["user"],
        "anchorage-fabric",
        "usercert-anchorage",
        "65002",
        "6.1(",
        "in step",
    ):
        assert words in page, words
    assert made["private_key"] not in page and "PRIVATE KEY" not in wizard.row().sealed_credential


def test_a_password_makes_the_installers_own_user_at_a_real_address(my_apic) -> None:
    wizard, values, lab = my_apic
    answer = wizard.send("fabric", {**values, "fabric.password": lab.password}, do="sign-in")
    assert answer.status_code == 303, answer.text
    assert "Signed in by certificate" in wizard.get("fabric").text
    assert lab.password not in wizard.get("fabric").text and "fabric" not in wizard.secrets()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"fabric.password": "wrong"}, "fabric.password", "refused the sign-in"),
        ({"fabric.password": ""}, "fabric.password", "No password is given"),
        ({"fabric.user": ""}, "fabric.user", "No user is given"),
        ({"fabric.apics.0": ""}, "fabric.apics.0", "No APIC address is given"),
        ({"fabric.tls.ca": ""}, "fabric.tls.ca", "is not trusted"),
    ],
)
def test_a_failed_sign_in_is_said_at_its_field_and_the_draft_is_kept(my_apic, change, field, words) -> None:
    wizard, values, lab = my_apic
    answer = wizard.send("fabric", {**values, "fabric.password": lab.password, **change}, do="sign-in")
    assert answer.status_code == 422
    assert words in answer.text and f'href="#{field}"' in answer.text and f'id="{field}"' in answer.text
    assert credential(wizard) is None and wizard.row().name == "k8s-own"


def test_an_apic_that_is_not_there_is_said_and_typing_goes_on(my_apic) -> None:
    wizard, values, lab = my_apic
    wizard.send("fabric", {**values, "fabric.password": lab.password}, do="sign-in")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        wizard.send("fabric", {"fabric.apics": "", "fabric.apics.0": f"127.0.0.1:{closed.getsockname()[1]}"})
    site.forget(wizard.cluster_id)
    assert "No connection to" in wizard.get("fabric").text
    page = wizard.get("l3out")
    assert page.status_code == 200 and "No connection to" in page.text
    assert "No connection to" in wizard.get("options/tenants").json["error"]
    saved = wizard.autosave("l3out", {"l3out.tenant": "k8s-prod", "l3out.vlan": "310"})
    assert saved.status_code == 200 and wizard.row().draft["l3out"] == {"tenant": "k8s-prod", "vlan": "310"}


def test_a_prepared_certificate_is_tried_before_it_is_kept(my_apic, lab_user) -> None:
    wizard, values, lab = my_apic
    wizard.send("fabric", {**values, "fabric.password": lab.password}, do="sign-in")
    made = credential(wizard)
    assert made
    other = lab_user(name="second").begin()
    typed = {f"credential.{key}": made[key] for key in ("user", "cert_name", "private_key")}
    wrong = other.send("fabric", {**values, "name": "k8s-two", **typed, "credential.cert_name": "other"}, do="prepared")
    assert wrong.status_code == 422 and credential(other) is None
    assert made["private_key"][40:80] not in wrong.text
    right = other.send("fabric", {"name": "k8s-two", **typed}, do="prepared")
    assert right.status_code == 303 and "Signed in by certificate" in other.get("fabric").text


def test_signing_out_of_the_lab_removes_the_user_there(on_lab) -> None:
    user = credential(on_lab)["user"]
    on_lab.send("fabric", {}, do="forget")
    assert credential(on_lab) is None
    page = on_lab.get("fabric").text
    assert "Use the built-in lab" in page and f"The user {user} is still" not in page


def test_lists_are_live_searchable_and_follow_the_tenant(on_lab) -> None:
    def values(what: str, **args: str) -> list[str]:
        return [one["value"] for one in on_lab.get(f"options/{what}", query_string=args).json["options"]]

    assert "k8s-prod" in values("tenants") and values("tenants", q="k8s-PROD") == ["k8s-prod"]
    assert "k8s-prod/main" in values("vrfs", **{"l3out.tenant": "k8s-prod"})
    assert all(v.split("/")[0] in ("legacy", "common") for v in values("vrfs", **{"l3out.tenant": "legacy"}))
    assert "common/k8s-permit" in values("contracts")
    assert "101" in values("leaves", q="101")


def test_lists_say_that_nobody_signed_in_yet(wizard) -> None:
    assert "not signed in" in wizard.get("options/tenants").json["error"]


def test_the_example_is_whole_signed_in_and_ready_to_plan(on_lab) -> None:
    page = on_lab.get("review").text
    assert "Ready to plan" in page and "No problem found" in page
    assert on_lab.row().name == "k8s-dc1" and on_lab.row().site == "lab"
    assert on_lab.get("review/terraform.tfvars.json").json["bgp"]["cluster_as"] == 65003
    assert on_lab.example().row().name == "k8s-dc1-2"


def test_without_the_lab_the_example_says_how_to_start_it(user) -> None:
    wizard = user()
    page = wizard.client.get("/clusters/new").text
    assert "The lab is not running" in page and "anchorage lab up" in page
    answer = wizard.client.post("/clusters/example", data={"csrf_token": wizard.token()})
    assert answer.status_code == 409 and "anchorage lab up" in answer.text


def test_a_leaf_of_the_fabric_is_added_with_what_is_known_of_it(on_lab) -> None:
    answer = on_lab.send("l3out", {}, do="add:103")
    assert answer.status_code == 303 and answer.location.endswith("#l3out.anchors.3.rack")
    row = on_lab.row().draft["l3out"]["anchors"][3]
    assert (row["pod"], row["node"], row["v4"]) == ("1", "103", "198.18.2.103") and row["router_id"]
    on_lab.send("l3out", {}, do="add:103")
    assert len(on_lab.row().draft["l3out"]["anchors"]) == 4


def test_what_does_not_fit_the_fabric_is_said_at_its_field(on_lab) -> None:
    answer = on_lab.autosave("l3out", {"l3out.vlan": "999", "l3out.vrf": "k8s-prod/nowhere"})
    told = {problem["field"]: problem["sentence"] for problem in answer.json["problems"]}
    assert "pool" in told["l3out.vlan"] and "nowhere" in told["l3out.vrf"]


def test_where_no_local_user_can_be_made_it_says_what_to_prepare(my_apic) -> None:
    wizard, values, lab = my_apic
    with Session([lab.apic], Password(lab.user, lab.password), tls=Tls(verify=True, ca=lab.ca_pem)) as admin:
        role = mo("aaaUserRole", name="read-all", privType="readPriv")
        reader = mo("aaaUser", mo("aaaUserDomain", role, name="all"), name="reader", pwd="Reader-passw0rd")
        admin.post("uni/userext", mo("aaaUserEp", reader, dn="uni/userext"))
    answer = wizard.send(
        "fabric", {**values, "fabric.user": "reader", "fabric.password": "Reader-passw0rd"}, do="sign-in"
    )
    assert answer.status_code == 303
    page = wizard.get("fabric").text
    for words in ("lets this user make no local user", "anchorage-fabric", "tenant-ext-protocol", "BEGIN CERTIFICATE"):
        assert words in page, words
    assert "PRIVATE KEY" not in page and "Signed in by certificate" not in page
    early = wizard.send("fabric", {}, do="try")
    assert early.status_code == 422 and "refused the signature" in early.text
    assert "It is prepared" in wizard.get("fabric").text


def test_a_discarded_draft_takes_its_user_from_the_lab(on_lab) -> None:
    user = f"uni/userext/user-anchorage-{on_lab.cluster_id[:8]}"
    running = lab_site.status(on_lab.settings.lab_home)
    assert running is not None
    with Session([running.apic], Password(running.user, running.password), tls=Tls(ca=running.ca_pem)) as apic:
        assert apic.get_one(Query(dn=user))
        answer = on_lab.client.post(
            f"/clusters/{on_lab.cluster_id}/discard", data={"csrf_token": on_lab.token(), "confirm": "k8s-dc1"}
        )
        assert answer.status_code == 302
        assert apic.get_one(Query(dn=user)) is None
