"""What a verification found is work for the stage that sets it back. The kinds are those that the judge gives."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import webui.verify
from webui.runs import drifted, scope
from webui.verify.report import Finding, Report


def outputs(*findings: Finding) -> dict[str, Any]:
    report = Report("", not findings, ("v4",), (), (), (), (), (), (), (), findings)
    return {scope.VERIFY: report.to_json()}


def finding(kind: str, subject: str, what: str = "It is so.") -> Finding:
    return Finding(1, "bad", what, "", "", kind=kind, subject=subject)


def test_the_network_sets_back_what_it_applies() -> None:
    found = outputs(finding("bgppeer-gone", "Leaf 101", "Leaf 101 has no session with k8s-w-1."))
    (step,) = drifted.steps(found, "network")
    assert step.text == "Sets back what the last verification found: Leaf 101 has no session with k8s-w-1."
    assert drifted.steps(found, "workers") == drifted.steps(found, "add-ons") == []


def test_what_no_stage_can_mend_is_no_work() -> None:
    found = outputs(finding("node-silent", "k8s-w-1"), finding("mtu", "Leaf 101"))
    assert drifted.steps(found, "network") == []
    assert drifted.gone(found, ["k8s-w-1"]) == []


def test_a_node_that_is_gone_is_new_to_its_stages() -> None:
    found = outputs(finding("node-gone", "k8s-w-1"), finding("node-gone", "k8s-w-9"))
    assert drifted.gone(found, ["k8s-w-1", "k8s-w-2"]) == ["k8s-w-1"]


def test_many_findings_are_told_shortly_and_nothing_found_is_nothing_to_do() -> None:
    many = outputs(*(finding("label", f"w-{number}", f"w-{number} is wrong.") for number in range(5)))
    (step,) = drifted.steps(many, "network")
    assert step.text.endswith("w-0 is wrong. w-1 is wrong. (3 more: see Verify.)")
    assert drifted.steps(outputs(), "network") == drifted.steps({}, "network") == []


def test_every_kind_is_one_that_the_judge_gives() -> None:
    given = set()
    for file in Path(webui.verify.__file__).parent.glob("*.py"):
        given |= {one.value for one in ast.walk(ast.parse(file.read_text())) if isinstance(one, ast.Constant)}
    assert {drifted.NODE_GONE, *drifted.OF_NETWORK} <= given
