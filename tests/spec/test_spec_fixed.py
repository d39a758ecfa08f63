"""What an installed cluster keeps: its address families, given or derived."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from webui.examples import example
from webui.spec import ClusterSpec, Problem, complete, fixed, parse, put

SIX = "2001:db8:10::/64"
NODES = "l3out.node_subnet.v6"


def spec(**at: str | None) -> ClusterSpec:
    """A cluster on given machines; `at`: values by path, with __ for a dot. No value is derived yet."""
    document = copy.deepcopy(example("lab"))
    document["mode"] = "bare-metal"
    found = parse(document).spec
    for path, value in at.items():
        found = put(found, path.replace("__", "."), value)
    return found


def dual(**at: str | None) -> ClusterSpec:
    return spec(l3out__node_subnet__v6=SIX, **at)


def fields(problems: list[Problem]) -> list[str]:
    assert all(one.severity == "blocking" for one in problems)
    return [one.field for one in problems]


def as_given(one: ClusterSpec) -> ClusterSpec:
    return one


@pytest.mark.parametrize("seen", [as_given, complete], ids=["draft", "run"])
def test_ipv6_does_not_come_to_an_installed_cluster(seen: Callable[[ClusterSpec], ClusterSpec]) -> None:
    (problem,) = fixed(complete(spec()), seen(dual()))
    assert (problem.severity, problem.field, problem.page) == ("blocking", NODES, "l3out")
    assert "keeps its address families" in problem.sentence
    assert "made without IPv6" in problem.sentence
    assert problem.remedy.startswith("Leave it empty; for dual stack make another cluster")


@pytest.mark.parametrize("seen", [as_given, complete], ids=["draft", "run"])
def test_ipv6_does_not_go_from_an_installed_cluster(seen: Callable[[ClusterSpec], ClusterSpec]) -> None:
    (problem,) = fixed(complete(dual()), seen(spec()))
    assert (problem.severity, problem.field) == ("blocking", NODES)
    assert "made with IPv6" in problem.sentence
    assert f"Put {SIX} back; for IPv4 alone make another cluster" in problem.remedy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network.pods.v6", "2001:db8:11::/64"),
        ("network.services.v6", "2001:db8:12::/108"),
        ("cluster.vip.v6", "2001:db8:10::5"),
    ],
)
def test_what_belongs_to_ipv6_does_not_come_by_itself(path: str, value: str) -> None:
    wanted = spec(**{path.replace(".", "__"): value})
    assert fields(fixed(complete(spec()), wanted)) == [path]


def test_an_ipv6_value_that_is_not_written_any_more_is_derived_as_before() -> None:
    given: dict[str, Any] = {"network__pods__v6": "2001:db8:11::/64", "network__services__v6": "2001:db8:12::/108"}
    assert fixed(complete(dual(**given)), dual()) == []


def test_another_subnet_of_a_family_is_told_where_it_stands() -> None:
    assert fields(fixed(complete(dual()), dual(network__pods__v6="2001:db8:99::/64"))) == ["network.pods.v6"]


@pytest.mark.parametrize("made", [spec, dual])
def test_a_draft_without_its_derived_values_is_no_change(made: Callable[[], ClusterSpec]) -> None:
    assert fixed(complete(made()), made()) == []
    assert fixed(complete(made()), complete(made())) == []


def test_a_fabric_without_a_cluster_of_ours_may_get_ipv6() -> None:
    assert fixed(complete(spec()), dual(mode="no-cluster")) == []


def test_external_services_are_no_part_of_what_kubeadm_laid_down() -> None:
    wanted = dual(network__external_services__v6="2001:db8:13::/64")
    assert fixed(complete(dual()), wanted) == []


def test_a_newer_table_of_versions_proposes_no_upgrade_of_what_is_installed() -> None:
    installed = complete(spec(cluster__kubernetes_version="1.35.2"))
    draft = spec(cluster__kubernetes_version=None)
    assert complete(draft).cluster.kubernetes_version != "1.35.2"
    assert complete(draft, applied=installed).cluster.kubernetes_version == "1.35.2"
    assert fixed(installed, draft) == []
