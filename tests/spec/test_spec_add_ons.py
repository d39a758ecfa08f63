"""Add-ons: what is said of a choice."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from webui.examples import example
from webui.spec import Problem, check, parse
from webui.spec.add_ons import ADD_ONS


def said(*names: str, **cluster: Any) -> list[Problem]:
    document = copy.deepcopy(example("lab"))
    document["cluster"] |= {"add_ons": list(names), **cluster}
    parsed = parse(document)
    assert parsed.problems == []
    return check(parsed.spec)


@pytest.mark.parametrize(
    ("names", "field", "severity", "words"),
    [
        (["metric-server"], "cluster.add_ons.0", "blocking", "There is no add-on metric-server."),
        (["helm", "ingress-nginx"], "cluster.add_ons.1", "warning", "retired in March 2026"),
        (["kubernetes-dashboard"], "cluster.add_ons.0", "warning", "archived in January 2026"),
        (["ingress", "ingress-nginx"], "cluster.add_ons", "blocking", "both take the ingress address"),
        (["guestbook"], "cluster.add_ons", "warning", "reached through an ingress controller"),
    ],
)
def test_a_choice_that_needs_a_word_gets_it(names: list[str], field: str, severity: str, words: str) -> None:
    found = [problem for problem in said(*names) if problem.field == field]
    assert [(one.severity, words in one.sentence) for one in found] == [(severity, True)]


def test_a_near_miss_is_guessed() -> None:
    assert said("metric-server")[0].remedy == "Did you mean metrics-server?"


def test_all_that_are_maintained_can_be_chosen_together() -> None:
    assert said(*(one.name for one in ADD_ONS.values() if one.warning is None)) == []


def test_without_a_cluster_nothing_is_said_of_add_ons() -> None:
    document = copy.deepcopy(example("lab"))
    document |= {"mode": "no-cluster", "cluster": {"add_ons": ["ingress-nginx", "no-such-thing"]}}
    assert [problem for problem in check(parse(document).spec) if problem.field.startswith("cluster")] == []


def test_every_add_on_says_what_it_is_for() -> None:
    for one in ADD_ONS.values():
        assert one.title and one.words.endswith("."), one.name
        assert all(words.endswith(".") for words in (one.note, one.warning and one.warning.remedy) if words)
        assert (one.place == "machines") is not bool(one.images)
