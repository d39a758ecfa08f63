"""What it says to people: dry run, explanations, settings, logs."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from l3out_sync.core.fabric import Fabric
from l3out_sync.core.owned import owned
from l3out_sync.core.plan import plan
from l3out_sync.core.policy import Policy
from l3out_sync.run.commands import main
from l3out_sync.run.explain import changes, explain
from l3out_sync.run.logs import JsonLines
from l3out_sync.run.settings import BadSettings, load
from tests.kube_api import KubeApi
from tests.l3out_sync import live
from tests.l3out_sync.builders import HOME, POLICY, deployment, fabric, pod, service, snapshot, standing, workload
from tests.l3out_sync.live import Kube

A, B, LB = "198.18.64.5", "198.18.64.6", "198.18.130.7"


def said(items: list[Any], there: Fabric, policy: Policy = POLICY) -> list[str]:
    return list(changes(plan(owned(snapshot(*items), policy), there, policy)))


def explained(name: str, items: list[Any], there: Fabric, policy: Policy = POLICY) -> str:
    return "\n".join(explain("shop", name, snapshot(*items), there, policy))


def test_a_dry_run_says_what_and_why() -> None:
    old = standing(f"{B}/32", f"{A}/32", scope="export-rtctrl")
    lines = said(deployment("web", "epg=web", A), fabric({"web": old, "gone": standing()}))
    assert lines == [
        f"- k8s-prod/k8s/web  subnet {B}/32  (nobody wants it any more)",
        "- k8s-prod/k8s/gone  external EPG  (nobody wants it any more)",
        f"~ k8s-prod/k8s/web  subnet {A}/32  (somebody changed what is ours)",
    ]


def test_a_dry_run_names_for_whom_something_is_made() -> None:
    lines = said(deployment("web", "epg=web provided=x", A), fabric())
    assert lines[0] == "+ k8s-prod/k8s/web  external EPG  (for deployment shop/web)"
    assert lines[1] == f"+ k8s-prod/k8s/web  subnet {A}/32  (for pod shop/web-5d-0)"
    assert lines[2].startswith("+ k8s-prod/k8s/web  provides x  (a contract")


def test_a_dry_run_with_nothing_to_do_says_so() -> None:
    assert said([], fabric()) == ["The fabric is as it must be: nothing to do."]


def test_it_explains_where_a_workloads_addresses_are() -> None:
    items = [*deployment("web", "epg=web", A, B), service("web", LB, selector={"app": "web"})]
    text = explained("web", items, fabric({"web": standing(f"{A}/32", f"{LB}/32")}))
    assert "deployment shop/web: anchorage.internal/l3out: epg=web" in text
    assert f"{A}/32 of pod shop/web-5d-0 by deployment shop/web: in external EPG web of L3Out k8s-prod/k8s" in text
    assert f"{B}/32 of pod shop/web-5d-1 by deployment shop/web: not in external EPG web" in text
    assert f"{LB}/32 of service shop/web by deployment shop/web: in external EPG web" in text


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (pod("p", A, said="epg=web", host_network=True), "it is in the host's network"),
        (pod("p", said="epg=web"), "it has no address yet"),
        (pod("p", A, said="epg=web", phase="Failed"), "it has finished (Failed)"),
        (pod("p", A, said="epg=web pods=ready", ready=False), "it is not ready"),
        (pod("p", A, said="epg=web pods=none"), "pods are left out"),
    ],
)
def test_it_explains_why_a_pod_does_not_count(item: Any, why: str) -> None:
    assert f"pod shop/p does not count: {why}" in explained("p", [item], fabric({"web": standing()}))


def test_it_explains_what_stands_in_the_way() -> None:
    there = fabric({"other": standing(f"{A}/32", mark="", owner="")})
    text = explained("web", deployment("web", "epg=web", A), there)
    assert "SubnetOfOthers" in text and "external EPG other" in text
    assert "WrongAnnotation" in explained("bad", [workload("bad", "epg")], fabric())


def test_it_finds_an_address_inside_of_an_aggregate() -> None:
    policy = Policy("c1", HOME, aggregate=True)
    items = [pod(f"p{n}", f"198.18.64.{n}", said="epg=web") for n in range(4)]
    assert "in external EPG web" in explained("p2", items, fabric({"web": standing("198.18.64.0/30")}), policy)


def test_a_name_that_is_not_there_is_said() -> None:
    assert explained("nobody", [], fabric()) == "There is no workload, pod or service named shop/nobody."


def test_commands_answer_from_the_real_cluster_and_fabric(
    there: live.Fabric,
    kube: Kube,
    kube_api: KubeApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in live.environment(there, kube_api.kubeconfig, tmp_path).items():
        monkeypatch.setenv(name, value)
    uid = kube.deployment("web", "epg=web")
    kube.pods_of("web", A, uid=uid)
    assert main(["--dry-run"]) == 0
    assert f"subnet {A}/32  (for pod {kube.namespace}/web-0)" in capsys.readouterr().out
    assert not there.has(f"{live.L3OUT}/instP-web"), "a dry run changes nothing"
    assert main(["explain", f"{kube.namespace}/web"]) == 0
    assert "is not there" in capsys.readouterr().out
    assert main(["--dry-run", "remove"]) == 0
    assert main(["remove"]) == 0
    assert capsys.readouterr().out.endswith("0 objects were removed.\n")


# ---- settings

WHOLE = {
    "L3OUT_SYNC_CLUSTER_ID": "c1",
    "L3OUT_SYNC_TENANT": "t",
    "L3OUT_SYNC_L3OUT": "o",
    "L3OUT_SYNC_APICS": "a, b:8443",
    "L3OUT_SYNC_APIC_USER": "u",
    "L3OUT_SYNC_APIC_PASSWORD": "p",
}


def test_settings_are_read_with_their_defaults() -> None:
    found = load(WHOLE)
    assert (found.apics, found.policy.ceilings.per_epg, found.rate) == (("a", "b:8443"), 1000, 10.0)
    assert "p'" not in repr(found)


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("PEM\n")
    more = {"L3OUT_SYNC_APIC_KEY_FILE": str(tmp_path / "key"), "L3OUT_SYNC_APIC_CERT_NAME": "c"}
    assert load(WHOLE | more).key == "PEM"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"L3OUT_SYNC_APICS": ""}, "L3OUT_SYNC_APICS is not set"),
        ({"L3OUT_SYNC_APICS": "a,b,c,d"}, "three at most"),
        ({"L3OUT_SYNC_MAX_PER_EPG": "many"}, "L3OUT_SYNC_MAX_PER_EPG must be a whole number"),
        ({"L3OUT_SYNC_AGGREGATE": "perhaps"}, "must be yes or no"),
        ({"L3OUT_SYNC_PODS": "some"}, "must be one of all, ready, none"),
        ({"L3OUT_SYNC_RATE": "0"}, "must be a number above 0"),
        ({"L3OUT_SYNC_CLUSTER_ID": "a b"}, "L3OUT_SYNC_CLUSTER_ID holds characters"),
        ({"L3OUT_SYNC_APIC_PASSWORD": ""}, "L3OUT_SYNC_APIC_KEY_FILE"),
        ({"L3OUT_SYNC_APIC_KEY_FILE": "/nowhere"}, "cannot be read"),
    ],
)
def test_wrong_settings_are_all_named(changed: dict[str, str], words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        load(WHOLE | changed)


def test_logs_are_json_lines_with_their_extras() -> None:
    record = logging.makeLogRecord({"msg": "done %s", "args": ("it",), "name": "x", "objects": 3, "levelname": "INFO"})
    line = json.loads(JsonLines().format(record))
    assert (line["message"], line["objects"], line["level"]) == ("done it", 3, "info")
