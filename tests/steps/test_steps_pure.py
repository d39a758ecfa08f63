"""Decisions of the wizard that need no request."""

from __future__ import annotations

from webui.spec import Problem, complete, parse
from webui.steps.judge import count, first_at, home, visible
from webui.steps.network.plan import address_plan
from webui.steps.pages import PAGES, beside, needed


def problem(field: str, severity: str = "blocking", page: str = "l3out") -> Problem:
    return Problem(severity, field, "Wrong.", "Mend it.", page)


def test_the_address_plan_names_what_overlaps() -> None:
    document = {
        "l3out": {"node_subnet": {"v4": "198.18.2.0/24"}},
        "network": {"pods": {"v4": "198.18.0.0/16"}, "services": {"v4": "198.19.0.0/24"}},
    }
    spec = parse(document).spec
    rows = {row.what: row for row in address_plan(spec, complete(spec))}
    assert "pods" in rows["Nodes and leaves"].clash and "nodes and leaves" in rows["Pods"].clash
    assert rows["Services"].clash == "" and rows["External services"].derived
    assert rows["Pods"].size == "65,536"


def test_the_address_plan_has_ipv6_with_an_ipv6_node_subnet_alone() -> None:
    four = parse({"l3out": {"node_subnet": {"v4": "198.18.2.0/24"}}}).spec
    both = parse({"l3out": {"node_subnet": {"v4": "198.18.2.0/24", "v6": "2001:db8:2::/64"}}}).spec
    assert len(address_plan(four, complete(four))) == 4
    rows = address_plan(both, complete(both))
    assert len(rows) == 8 and rows[4].size == "2^64"


def test_a_problem_is_at_home_in_the_nearest_field() -> None:
    names = ["l3out.vrf", "l3out.anchors", "l3out.node_subnet.v4"]
    assert home("l3out.vrf.name", names) == "l3out.vrf"
    assert home("l3out.anchors.2.v4", names, ["l3out.anchors"]) == "l3out.anchors.2.v4"
    assert home("l3out.node_subnet", names) == "l3out.node_subnet.v4"
    assert home("l3out.nothing", names) == "l3out.nothing"


def test_missing_values_are_said_of_finished_pages_alone() -> None:
    problems = [problem("l3out.vlan"), problem("l3out.mtu"), problem("name", page="fabric")]
    document = {"l3out": {"vlan": "x"}}
    assert [p.field for p in visible(problems, document, [])] == ["l3out.vlan"]
    assert [p.field for p in visible(problems, document, ["l3out"])] == ["l3out.vlan", "l3out.mtu"]


def test_a_blocking_problem_stands_before_a_warning() -> None:
    assert first_at([problem("a", "warning"), problem("a")])["a"].severity == "blocking"
    assert count([problem("a"), problem("b", "warning"), problem("c", "warning")]) == "1 problem, 2 warnings"
    assert count([]) == ""


def test_a_mode_has_the_pages_that_it_needs() -> None:
    def keys(mode: str | None) -> list[str]:
        return [page.key for page in PAGES if needed(page, mode)]

    assert "vcenter" not in keys("bare-metal") and "machines" in keys("bare-metal")
    assert keys("no-cluster") == ["fabric", "l3out", "network", "review"]
    assert len(keys(None)) == len(keys("full")) == 7


def test_back_and_next_pass_over_pages_that_the_mode_does_without() -> None:
    by_key = {page.key: page for page in PAGES}
    back, following = beside(by_key["network"], "no-cluster")
    assert back is by_key["l3out"] and following is by_key["review"]
    assert beside(by_key["l3out"], "bare-metal")[1] is by_key["machines"]
    assert beside(by_key["l3out"])[1] is by_key["vcenter"]
    assert beside(by_key["fabric"])[0] is None and beside(by_key["review"])[1] is None
