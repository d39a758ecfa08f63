"""The machines' half, without any vCenter: diffs, parts of a run, stages of a mode, failures, keys."""

from __future__ import annotations

from typing import Any

import pytest

from webui.runs import parts, scope, ssh_keys, vcenter_diff, vcenter_failures
from webui.runs.diff import changes_nothing, objects_of
from webui.runs.failures import of_diagnostics
from webui.runs.playbook_failures import Trouble, of_trouble
from webui.runs.remains import remains_of
from webui.runs.terraform.messages import Diagnostic
from webui.store.models import STAGES

MACHINE = "vsphere_virtual_machine"


def machine(name: str, number: int, **more: Any) -> dict[str, Any]:
    card = {"ipv4_address": f"198.18.2.{number}", "ipv4_netmask": 24}
    clone = [{"customize": [{"network_interface": [card]}]}]
    values = {"name": name, "num_cpus": 2, "memory": 4096, "disk": [{"size": 20}], "folder": "k8s-dc1", "clone": clone}
    return values | more


def change(actions: list[str], before: Any, after: Any, kind: str = MACHINE, role: str = "workers") -> dict[str, Any]:
    name = (after or before)["name"]
    return {
        "mode": "managed",
        "type": kind,
        "address": f'module.node_vms["{role}"].{kind}.this["{name}"]',
        "index": name,
        "change": {"actions": actions, "before": before, "after": after},
    }


def plan(*changes: dict[str, Any], drift: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"resource_changes": list(changes), "resource_drift": list(drift)}


def test_a_machine_that_is_added_is_a_group_with_its_size_and_address() -> None:
    kept = machine("k8s-w-1", 4)
    found = vcenter_diff.of_plan(plan(change(["create"], None, machine("k8s-w-2", 5)), change(["no-op"], kept, kept)))
    assert [group["title"] for group in found["groups"]] == ["k8s-w-2 is added: 2 CPUs, 4 GiB, 198.18.2.5"]
    assert found["summary"] == {"add": 1, "change": 0, "destroy": 0, "keep": 1}
    assert found["sentence"] == "Makes the machine k8s-w-2."
    assert vcenter_diff.machines(found, "add") == ["k8s-w-2"]


def test_a_machine_that_is_made_anew_says_what_is_lost() -> None:
    before, after = machine("k8s-w-1", 4), machine("k8s-w-1", 9)
    found = vcenter_diff.of_plan(plan(change(["delete", "create"], before, after)))
    (one,) = objects_of(found)
    assert one["op"] == "replace" and "what is on its disk is lost" in one["note"]
    assert found["groups"][0]["title"] == "k8s-w-1 is made anew: 2 CPUs, 4 GiB, 198.18.2.9"


def test_what_stands_around_machines_is_one_group_and_only_what_differs_of_a_change_is_told() -> None:
    rule = {"name": "anchorage-k8s-dc1-control-plane", "virtual_machine_ids": ["a", "b", "c"]}
    kind = "vsphere_compute_cluster_vm_anti_affinity_rule"
    grown = machine("k8s-w-1", 4, memory=8192)
    found = vcenter_diff.of_plan(
        plan(change(["create"], None, rule, kind), change(["update"], machine("k8s-w-1", 4), grown))
    )
    assert [group["title"] for group in found["groups"]] == ["k8s-w-1 changes", vcenter_diff.OTHERS]
    assert found["groups"][0]["objects"][0]["attributes"] == [
        {"name": "memory", "before": "4 GiB", "after": "8 GiB", "note": ""}
    ]


def test_a_machine_removed_by_hand_is_drift() -> None:
    gone = change(["delete"], machine("k8s-w-1", 4), None)
    found = vcenter_diff.of_plan(plan(change(["create"], None, machine("k8s-w-1", 4)), drift=(gone,)))
    assert [one["note"] for one in found["drift"]] == ["Removed by hand outside Anchorage: Machine k8s-w-1."]
    assert found["sentence"] == "Makes the machine k8s-w-1. Puts back what was changed by hand."


def test_a_half_made_machine_may_be_made_anew_as_it_was_approved_and_not_otherwise() -> None:
    approved = vcenter_diff.of_plan(plan(change(["create"], None, machine("k8s-w-1", 4))))
    again = change(["delete", "create"], machine("k8s-w-1", 4), machine("k8s-w-1", 4))
    assert remains_of(approved, vcenter_diff.of_plan(plan(again)))
    larger = change(["delete", "create"], machine("k8s-w-1", 4), machine("k8s-w-1", 4, num_cpus=8))
    assert not remains_of(approved, vcenter_diff.of_plan(plan(larger)))
    other = change(["create"], None, machine("k8s-w-9", 4))
    assert not remains_of(approved, vcenter_diff.of_plan(plan(other)))


FABRIC = {
    "summary": {"add": 0, "change": 0, "destroy": 0, "keep": 54},
    "sentence": "Changes nothing.",
    "groups": [],
    "drift": [],
}


def test_parts_are_joined_and_taken_out_again() -> None:
    machines = vcenter_diff.of_plan(plan(change(["create"], None, machine("k8s-w-2", 5))))
    whole = parts.joined(parts.joined(None, "fabric", FABRIC, "a" * 64), "machines", machines, "b" * 64)
    assert whole["summary"] == {"add": 1, "change": 0, "destroy": 0, "keep": 54}
    assert whole["sentence"] == "Makes the machine k8s-w-2."
    assert parts.part(whole, "fabric")["groups"] == [] and len(parts.part(whole, "machines")["groups"]) == 1
    assert (parts.digest_of(whole, "fabric"), parts.digest_of(whole, "machines")) == ("a" * 64, "b" * 64)
    again = parts.joined(whole, "machines", {**FABRIC, "summary": {}}, "c" * 64)
    assert again["groups"] == [] and again["sentence"] == "Changes nothing." and changes_nothing(again)


def test_machines_that_wait_to_be_prepared_are_a_change() -> None:
    waits = {"summary": {}, "sentence": "Prepares 5 machines.", "groups": [], "drift": [], "prepares": ["a", "b"]}
    whole = parts.joined(parts.joined(None, "fabric", FABRIC, "a" * 64), "hosts", waits)
    assert not changes_nothing(whole) and whole["sentence"] == "Prepares 5 machines."


def test_an_older_plan_without_parts_is_the_fabrics() -> None:
    old = {"groups": [{"title": "x", "objects": []}], "summary": {}, "sentence": ""}
    assert parts.part(old, "fabric") == old and parts.part(old, "machines") == {"groups": []}


@pytest.mark.parametrize(
    ("mode", "action", "left_out"),
    [
        ("full", "apply", set()),
        ("bare-metal", "apply", {"machines"}),
        ("no-cluster", "apply", {"removals", "machines", "hosts", *scope.LATER}),
        ("full", "destroy", {"hosts", *scope.LATER}),
        ("bare-metal", "destroy", {"machines", "hosts", *scope.LATER}),
        ("full", "reset", set(STAGES) - {"preflight", "removals"}),
        ("bare-metal", "verify", set(STAGES) - {"verify"}),
    ],
)
def test_a_mode_leaves_out_its_stages_with_a_reason(mode: str, action: str, left_out: set[str]) -> None:
    found = scope.left_out(mode, action)
    assert set(found) == left_out and all(why.startswith("Left out: ") for why in found.values())


def test_a_plan_has_nothing_to_verify() -> None:
    assert set(scope.left_out("full", "apply", "plan")) == {"verify"}


def test_a_destroy_takes_machines_before_the_fabric_they_stand_on() -> None:
    order = scope.order("destroy")
    assert order.index("machines") < order.index("fabric") and set(order) == set(scope.order("apply"))


SAID = [
    ("error creating: Insufficient disk space on datastore 'ds1'.", "The datastore is full.", "vcenter.datastore"),
    ("ServerFaultCode: Cannot complete login due to an incorrect user name or password.", "vCenter refused the sign",
     "vcenter.password"),
    ("error cloning: Customization of the guest operating system is not supported in this configuration: VMware Tools "
     "are not installed in the template.", "The template has no VMware Tools.", "vcenter.template"),
    ("timeout waiting for an available IP address", "A machine told no address in time.", "vcenter.port_group"),
    ("The name 'k8s-w-1' already exists.", "vCenter has something of this name already.", "vcenter.folder"),
    ("ServerFaultCode: Permission to perform this operation was denied.", "vCenter does not let", "vcenter.user"),
    ("error fetching virtual machine: vm 'none' not found", "vCenter does not have what the spec names.", ""),
    ("Post \"https://vc/sdk\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
     "vCenter's certificate was refused.", "vcenter.tls.ca"),
    ("Post \"https://vc/sdk\": dial tcp 192.0.2.1:443: connect: connection refused", "vCenter cannot be reached.",
     "vcenter.address"),
    ("Failed to query available provider packages", "Terraform's provider for vSphere could not be had.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what", "field"), SAID)
def test_what_vcenter_refuses_is_put_into_words(text: str, what: str, field: str) -> None:
    card = of_diagnostics([Diagnostic("error", text, "")], texts=vcenter_failures.KNOWN)
    assert card.what.startswith(what) and card.field == field and card.remedy.endswith(".")
    assert card.cause and "APIC" not in f"{card.what} {card.remedy}"


def test_a_machine_that_is_gone_and_a_wrong_key_are_put_into_words() -> None:
    gone = of_trouble(Trouble("k8s-w-1", "x", "ssh: connect to host port 22: No route to host", unreachable=True))
    assert gone.what == "k8s-w-1 cannot be reached by ssh." and gone.retry
    wrong = of_trouble(Trouble("k8s-w-1", "x", "anchorage@h: Permission denied (publickey).", unreachable=True))
    assert wrong.what == "k8s-w-1 refuses the ssh sign-in." and wrong.field == "machines.ssh_key"


def test_a_made_key_is_a_pair_in_opensshs_form_and_never_shown() -> None:
    pair = ssh_keys.make("anchorage-k8s-dc1")
    assert pair.public.startswith("ssh-ed25519 AAAA") and pair.public.endswith(" anchorage-k8s-dc1")
    assert "OPENSSH PRIVATE KEY" in pair.private and pair.private not in repr(pair)
    assert ssh_keys.of_text(pair.private).public == pair.public.rsplit(" ", 1)[0]
