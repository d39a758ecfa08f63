"""The Cluster page: versions, who hands out addresses, add-ons with their words and warnings."""

from __future__ import annotations

import json

import pytest

from tests.steps.conftest import problems_of

NAMED = {"name": "k8s-c", "mode": "full", "fabric.site": "apic"}


@pytest.fixture
def named(wizard):
    """A draft with a name."""
    wizard.send("fabric", NAMED)
    return wizard


def test_add_ons_are_shown_with_their_words_and_what_was_given_up_is_marked(named) -> None:
    text = named.get("cluster").text
    assert 'value="metrics-server"' in text and "On the control-plane machines" in text
    assert text.count("Given up by its makers") == 2
    assert "Kubelets sign their own certificates" in text


def test_a_choice_is_saved_and_its_warning_told(named) -> None:
    answer = named.autosave("cluster", {"cluster.add_ons": ["", "ingress-nginx", "helm"]})
    assert "retired in March 2026" in problems_of(answer)["cluster.add_ons"]
    assert named.row().draft["cluster"]["add_ons"] == ["ingress-nginx", "helm"]
    named.autosave("cluster", {"cluster.add_ons": ""})
    assert named.row().draft["cluster"].get("add_ons", []) == []


def test_an_add_on_of_the_document_that_does_not_exist_can_be_taken_away(named) -> None:
    named.send("cluster", {"cluster.add_ons": ["", "no-such-thing"]})
    text = named.get("cluster").text
    assert "There is no such add-on." in text and 'value="no-such-thing" checked' in text


def test_the_calico_that_fits_is_proposed_and_another_one_is_told(named) -> None:
    answer = named.autosave("cluster", {"cluster.kubernetes_version": "1.36.3"})
    assert json.loads(answer.text)["proposals"]["cluster.calico_version"]["value"] == "3.32.1"
    answer = named.autosave("cluster", {"cluster.calico_version": "3.27.1"})
    assert "no pinned manifest of Calico 3.27.1" in problems_of(answer)["cluster.calico_version"]


def test_who_hands_out_addresses_must_be_able_to(named) -> None:
    values = {"cluster.calico_version": "3.28.5", "cluster.load_balancer": "built-in"}
    assert "came with 3.30" in problems_of(named.autosave("cluster", values))["cluster.load_balancer"]
    assert "cluster.load_balancer" not in problems_of(named.autosave("cluster", {"cluster.load_balancer": "metallb"}))


def test_kube_router_is_called_experimental(named) -> None:
    assert "never run" in problems_of(named.autosave("cluster", {"cluster.cni": "kube-router"}))["cluster.cni"]
