"""Whole jobs from the command line: real Terraform, the stand-in provider, the simulated APIC over TLS."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from aci.mo import Mo
from lab.apic.faults import Rule
from lab.providers import mirror
from tests.lab_apic_server import Simulator
from webui.settings import load

pytestmark = pytest.mark.job
OUT = "uni/tn-k8s-prod/out-k8s-dc1"
LEAF_103 = {"pod": 1, "node": 103, "router_id": "198.19.0.103", "v4": "198.18.2.103", "rack": "r1"}


def ours(lab: Simulator) -> dict[str, dict[str, str]]:
    """What a cluster may add to the tree; users and sessions aside."""
    return {dn: values for dn, values in lab.tree().items() if not dn.startswith(("uni/userext", "topology", "sys"))}


def objects(diff: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for group in diff["groups"] for one in group["objects"]]


def test_it_applies_the_example_plans_clean_and_destroys_leaving_the_preset_tree(
    anchorage: Any, lab: Simulator
) -> None:
    preset = lab.tree()
    planned = anchorage.json("plan", "SPEC", code=2)
    assert planned["diff"]["sentence"] == "Adds an L3Out with 3 anchor leaves; changes nothing that exists."
    applied = anchorage.json("apply", "SPEC", "--yes")
    assert applied["applied"] and applied["outputs"]["l3out_dn"] == OUT
    nodes = [dn for dn in lab.tree() if "/rsnodeL3OutAtt-" in dn and dn.startswith(OUT + "/")]
    assert len(nodes) == 3
    again = anchorage.json("plan", "SPEC", code=0)
    assert again["diff"]["summary"] == {"add": 0, "change": 0, "destroy": 0, "keep": planned["diff"]["summary"]["add"]}
    anchorage.json("destroy", "SPEC", "--yes")
    assert lab.tree() == preset
    assert not list((anchorage.home / "clusters").glob("*/fabric"))


def test_a_leaf_added_to_the_file_changes_only_that_leaf_and_so_does_one_removed(
    anchorage: Any, lab: Simulator
) -> None:
    anchorage.json("apply", "SPEC", "--yes")
    before = ours(lab)
    anchorage.spec["l3out"]["anchors"].append(LEAF_103)
    added = anchorage.json("apply", "SPEC", "--yes")
    assert added["diff"]["sentence"] == "Adds leaf 103; changes nothing else."
    assert [group["title"] for group in added["diff"]["groups"]] == ["Leaf 103 is added"]
    after = ours(lab)
    assert {dn: after[dn] for dn in before} == before
    assert all("node-103" in dn for dn in after.keys() - before.keys()) and len(after) > len(before)
    anchorage.spec["l3out"]["anchors"].remove(LEAF_103)
    removed = anchorage.json("apply", "SPEC", "--yes")
    assert removed["diff"]["sentence"] == "Removes leaf 103; its BGP sessions close; changes nothing else."
    assert ours(lab) == before


def test_drift_by_hand_is_found_named_and_mended(anchorage: Any, lab: Simulator) -> None:
    anchorage.json("apply", "SPEC", "--yes")
    before = ours(lab)
    lab.by_hand("uni/tn-k8s-prod/bgpPfxP-k8s-dc1", Mo("bgpPeerPfxPol", {"name": "k8s-dc1", "maxPfx": "20"}))
    found = anchorage.json("plan", "SPEC", code=2)["diff"]
    assert [one["class"] for one in found["drift"]] == ["bgpPeerPfxPol"]
    assert "maxPfx is 20, was 500" in found["drift"][0]["note"]
    changed = objects(found)
    assert [(one["op"], one["class"]) for one in changed] == [("change", "bgpPeerPfxPol")]
    assert changed[0]["attributes"] == [
        {"name": "maxPfx", "before": "20", "after": "500", "note": "Sessions are not reset."}
    ]
    anchorage.json("apply", "SPEC", "--yes")
    assert ours(lab) == before


def test_a_changed_password_reaches_the_fabric_and_is_never_shown(
    anchorage: Any, lab: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchorage.spec["l3out"]["bgp"]["password"] = "${env:PLANTED}"
    for secret in ("planted-One1", "planted-Two2"):
        monkeypatch.setenv("PLANTED", secret)
        done = anchorage.json("apply", "SPEC", "--yes")
        peers = [one for dn, one in lab.tree().items() if dn.startswith(OUT) and one["class"] == "bgpPeerP"]
        assert [peer["password"] for peer in peers] == [secret] * 3
        assert "planted" not in str(done)
    changed = objects(done["diff"])
    assert {(one["op"], one["class"]) for one in changed} == {("change", "bgpPeerP")}
    assert {item["after"] for one in changed for item in one["attributes"]} == {"(secret)"}
    files = [path for path in anchorage.home.rglob("*") if path.is_file()]
    assert len(files) > 10 and not [path for path in files if b"planted" in path.read_bytes()]
    log = anchorage("run-log", "k8s-dc1").output
    assert "bgpPeerP" in log and "planted" not in log
    assert anchorage.json("plan", "SPEC", code=0)["changes"] is False


def test_a_failure_names_the_cause_and_resume_goes_on_to_the_same_end(anchorage: Any, lab: Simulator) -> None:
    lab.faults.rules.append(Rule(r"instP-k8s-dc1-ext", "POST", status=403, code=1, text="no privilege for class x"))
    failed = anchorage("apply", "SPEC", "--yes", "-q")
    assert failed.exit_code == 1 and "does not let the installer's user" in failed.stderr
    assert "no privilege for class x" in failed.stderr and "Traceback" not in failed.output
    lab.faults.rules.clear()
    resumed = anchorage.json("resume", "k8s-dc1")
    assert resumed["state"] == "succeeded" and 0 < resumed["summary"]["add"] < 54
    assert anchorage.json("plan", "SPEC", code=0)["diff"]["summary"]["keep"] == 54


def test_resume_stops_where_something_else_changed_meanwhile(anchorage: Any, lab: Simulator) -> None:
    anchorage.json("apply", "SPEC", "--yes")
    anchorage.spec["l3out"]["anchors"].append(LEAF_103)
    lab.faults.rules.append(Rule(r"peerP-", "POST", status=400, code=120, text="value not accepted"))
    assert anchorage("apply", "SPEC", "--yes", "-q").exit_code == 1
    lab.faults.rules.clear()
    lab.by_hand("uni/tn-k8s-prod/bgpPfxP-k8s-dc1", Mo("bgpPeerPfxPol", {"name": "k8s-dc1", "maxPfx": "20"}))
    refused = anchorage.json("resume", "k8s-dc1", code=1)
    assert "Something else changed meanwhile" in refused["failure"]["cause"]
    assert refused["failure"]["remedy"] == "Review a new plan."
    assert lab.tree()["uni/tn-k8s-prod/bgpPfxP-k8s-dc1"]["maxPfx"] == "20"


def test_ctrl_c_stops_in_the_middle_and_resume_finishes(anchorage: Any, lab: Simulator) -> None:
    anchorage.json("plan", "SPEC", code=2)
    lab.faults.rules.append(Rule(r"/api/mo/", "POST", delay=0.4))

    def press() -> None:
        until = time.monotonic() + 30
        while OUT not in lab.tree() and time.monotonic() < until:
            time.sleep(0.05)
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    pressed: list[float] = []
    thread = threading.Thread(target=press)
    thread.start()
    stopped = anchorage("apply", "SPEC", "--yes", "-q")
    took = time.monotonic() - pressed[0]
    thread.join()
    assert stopped.exit_code == 130, stopped.output
    assert took < 10 and "anchorage resume k8s-dc1" in stopped.stderr
    lab.faults.rules.clear()
    assert anchorage.json("resume", "k8s-dc1")["state"] == "succeeded"
    assert anchorage.json("plan", "SPEC", code=0)["diff"]["summary"]["keep"] == 54


def test_without_a_yes_nothing_is_changed(anchorage: Any, lab: Simulator) -> None:
    before = ours(lab)
    refused = anchorage("apply", "SPEC", "-q")
    assert refused.exit_code == 1 and "--yes" in refused.stderr
    assert ours(lab) == before


def test_an_installers_user_that_the_apic_lost_is_made_again(anchorage: Any, lab: Simulator) -> None:
    anchorage.json("plan", "SPEC", code=2)
    (user,) = [dn for dn in lab.tree() if dn.startswith("uni/userext/user-anchorage-") and dn.count("/") == 2]
    lab.delete(user)
    anchorage.json("plan", "SPEC", code=2)
    assert user in lab.tree()


def test_an_unreachable_provider_registry_is_said_with_the_mirror_as_remedy(
    anchorage: Any, lab: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchorage.spec["mode"] = "no-cluster"  # the fabric alone
    anchorage.spec["fabric"] = {
        "site": "apic", "apics": [lab.url.removeprefix("https://")], "user": "admin",
        "tls": {"ca": lab.ca_file.read_text()}, "password": "${env:APIC_PASSWORD}",
    }  # fmt: skip
    monkeypatch.setenv("APIC_PASSWORD", lab.password)
    (tmp_path / "empty-mirror").mkdir()
    monkeypatch.setenv("ANCHORAGE_PROVIDER_MIRROR", str(tmp_path / "empty-mirror"))
    failed = anchorage("plan", "SPEC", "-q")
    assert failed.exit_code == 1 and "ANCHORAGE_PROVIDER_MIRROR" in failed.stderr, failed.output


def test_a_real_site_refuses_the_stand_in(anchorage: Any, lab: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    tfrc = mirror.build(load().cache, print)
    anchorage.spec["mode"] = "no-cluster"  # the fabric alone
    anchorage.spec["fabric"] = {
        "site": "apic", "apics": [lab.url.removeprefix("https://")], "user": "admin",
        "tls": {"ca": lab.ca_file.read_text()}, "password": "${env:APIC_PASSWORD}",
    }  # fmt: skip
    monkeypatch.setenv("APIC_PASSWORD", lab.password)
    monkeypatch.setenv("ANCHORAGE_PROVIDER_MIRROR", str(tfrc.parent / "mirror"))
    failed = anchorage("plan", "SPEC", "-q")
    assert failed.exit_code == 1 and "stand-in" in failed.stderr, failed.output


def test_a_destroy_that_failed_half_way_is_resumed_and_leaves_the_preset_tree(anchorage: Any, lab: Simulator) -> None:
    preset = lab.tree()
    anchorage.json("apply", "SPEC", "--yes")
    lab.faults.rules.append(Rule(r"bgpCtxP-k8s-dc1", "POST", status=400, code=120, text="not now"))
    failed = anchorage("destroy", "SPEC", "--yes", "-q")
    assert failed.exit_code == 1 and "not now" in failed.stderr
    lab.faults.rules.clear()
    assert anchorage.json("resume", "k8s-dc1")["action"] == "destroy"
    assert lab.tree() == preset


def test_a_destroy_of_a_real_site_without_a_password_names_what_is_left(
    anchorage: Any, lab: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulator stands for the real APIC: its address, CA and password are given as a real site's are."""
    from webui.runs import half

    monkeypatch.setattr(half, "_refuse_stand_in", lambda workspace, of: None)
    tfrc = mirror.build(load().cache, print)
    monkeypatch.setenv("ANCHORAGE_PROVIDER_MIRROR", str(tfrc.parent / "mirror"))
    monkeypatch.setenv("ANCHORAGE_APIC_PASSWORD", lab.password)
    address, ca = lab.url.removeprefix("https://"), lab.ca_file.read_text()
    anchorage.spec["mode"] = "no-cluster"
    anchorage.spec["fabric"] = {"site": "apic", "apics": [address], "user": "admin", "tls": {"ca": ca}}
    anchorage.json("apply", "SPEC", "--yes")
    (user,) = [dn for dn in lab.tree() if dn.startswith("uni/userext/user-anchorage-") and dn.count("/") == 2]
    monkeypatch.delenv("ANCHORAGE_APIC_PASSWORD")
    done = anchorage("destroy", "SPEC", "--yes", "-q")
    assert done.exit_code == 0 and f"({user})" in done.stderr and "Delete it by hand" in done.stderr
    assert OUT not in lab.tree() and user in lab.tree()
