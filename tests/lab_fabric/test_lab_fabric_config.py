"""A leaf's configuration, and the way from one to another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.fabric import diff
from lab.fabric.config import Line, leaf_lines, spine_lines
from lab.fabric.model import DefaultRoute, Leaf, Limit, LocalAs, Prefix, Rule, Timers
from tests.lab_fabric.samples import LEAF, NODES, K, some_leaves


def last(leaf: Leaf = LEAF, **changes: object) -> set[str]:
    """The lines of a leaf whose peer is changed so, without their contexts."""
    changed = replace(leaf, peers=(replace(NODES, **changes),)) if changes else leaf  # type: ignore[arg-type]
    return {line[-1] for line in leaf_lines(changed)}


def test_a_leaf_in_full() -> None:
    found = last()
    for line in (
        "bgp router-id 198.19.0.101",
        "no bgp ebgp-requires-policy",
        "bgp bestpath as-path multipath-relax",
        "bgp graceful-restart stalepath-time 6",
        f"neighbor {K} remote-as 65003",
        f"neighbor {K} timers 1 3",
        f"neighbor {K} graceful-restart-helper",
        f"bgp listen range 198.18.2.0/24 peer-group {K}",
        f"neighbor {K} as-override",
        f"neighbor {K} maximum-prefix 500 75",
        "maximum-paths 64",
        "maximum-paths ibgp 64",
        "neighbor inside next-hop-self",
        "neighbor 198.18.251.111 peer-group inside",
        "redistribute connected route-map direct-4",
        f"ip prefix-list in-{K}-0 seq 5 permit 198.18.64.0/18 le 32",
        f"bgp as-path access-list long-{K} permit ^[0-9]+(_[0-9]+){{1}}",
    ):
        assert line in found
    assert not any("default-originate" in line or "ipv6" in line or "password" in line for line in found)


@pytest.mark.parametrize(
    ("changes", "line", "without"),
    [
        ({"password": "s"}, "neighbor {K} password s", "shutdown"),
        ({"password": "with space"}, "neighbor {K} shutdown", "password"),
        ({"password": "line\nno router bgp 65002"}, "neighbor {K} shutdown", "no router"),
        ({"password": "x" * 81}, "neighbor {K} shutdown", "password"),
        ({"enabled": False}, "neighbor {K} shutdown", "password"),
        ({"flags": frozenset()}, "neighbor {K} activate", "as-override"),
        ({"flags": frozenset({"allow-self-as"}), "allow_self_as": 2}, "neighbor {K} allowas-in 2", "as-override"),
        ({"private_as": frozenset({"remove-all", "replace-as"})}, "neighbor {K} remove-private-AS all replace-AS", "?"),
        ({"ttl": 3}, "neighbor {K} ebgp-multihop 3", "?"),
        ({"local_as": LocalAs(65100, "none")}, "neighbor {K} local-as 65100", "?"),
        ({"local_as": LocalAs(65100, "replace-as")}, "neighbor {K} local-as 65100 no-prepend replace-as", "?"),
        ({"timers": Timers(helper=False)}, "neighbor {K} graceful-restart-disable", "helper"),
        ({"limit": Limit(9, "log", 75)}, "neighbor {K} maximum-prefix 9 75 warning-only", "?"),
        ({"limit": Limit(9, "restart", 75, 2)}, "neighbor {K} maximum-prefix 9 75 restart 2", "?"),
        ({"limit": None}, "neighbor {K} activate", "maximum-prefix"),
        ({"default_route": DefaultRoute(True, False)}, "neighbor {K} default-originate", "default-{K} permit"),
        ({"default_route": DefaultRoute(False, False)}, "neighbor {K} default-originate route-map default-{K}", "?"),
        ({"accepts": None}, "route-map in-{K} permit 65535", "in-{K}-0"),
        ({"accepts": ()}, "route-map in-{K} deny 65534", "in-{K}-0"),
        ({"addr": "198.18.2.9"}, "neighbor 198.18.2.9 peer-group {K}", "listen range"),
    ],
)  # fmt: skip
def test_what_a_setting_becomes(changes: dict[str, object], line: str, without: str) -> None:
    found = last(**changes)
    assert line.replace("{K}", K) in found
    assert not any(without.replace("{K}", K) in one for one in found)


def test_only_the_default_route_means_nothing_else() -> None:
    lines = leaf_lines(replace(LEAF, peers=(replace(NODES, default_route=DefaultRoute(True, True)),)))
    assert not [line for line in lines if f"route-map out-{K} permit" in line[0]]


def test_each_family_has_its_lists_and_its_sessions() -> None:
    six = replace(
        NODES, dn="six", addr="2001:2:0:8::/64", accepts=(Rule(True, (Prefix("2001:2:0:64::/64", None, 128),)),)
    )
    port = replace(LEAF.ports[0], addresses=("198.18.2.101/24", "2001:2:0:8::65/64"))
    lines = leaf_lines(replace(LEAF, ports=(port,), peers=(NODES, six)))
    routers = [line for line in lines if line[0].startswith("router")]
    assert (*routers[0][:1], "address-family ipv6 unicast", f"neighbor {six.key} activate") in routers
    assert (*routers[0][:1], "address-family ipv4 unicast", f"neighbor {six.key} activate") not in routers
    assert (f"ipv6 prefix-list in-{six.key}-0 seq 5 permit 2001:2:0:64::/64 le 128",) in lines


def test_sessions_begin_after_all_is_said_about_them() -> None:
    words = [line[-1] for line in leaf_lines(LEAF)]
    assert words[-2:] == ["neighbor 198.18.251.111 peer-group inside", f"bgp listen range 198.18.2.0/24 peer-group {K}"]


def test_without_an_as_there_is_no_configuration() -> None:
    assert leaf_lines(replace(LEAF, fabric_as=0)) == ()


def test_the_spine_reflects_every_path() -> None:
    lines = spine_lines(65002, "198.18.251.111", ["198.18.251.101", "198.18.251.102"], (4,))
    words = {line[-1] for line in lines}
    assert {"neighbor inside route-reflector-client", "neighbor inside addpath-tx-all-paths"} <= words
    assert "neighbor 198.18.251.102 peer-group inside" in words


# ---- from one to another


class Daemon:
    """As much of FRR's terminal as these tests need: contexts, values that take the place of others, `no`."""

    def __init__(self) -> None:
        self.lines: set[Line] = set()
        self.cleared: list[str] = []

    def say(self, words: list[str]) -> None:
        context: list[str] = []
        for word in words:
            if word in diff.ENTER or word == "end":
                context = []
            elif word == "exit":
                context.pop()
            elif word.startswith("no ") and (*context, word.removeprefix("no ")) in self.lines:
                self._drop((*context, word.removeprefix("no ")))
            else:
                self._set((*context, word))
                if word.startswith(("router ", "route-map ", "address-family ")) and "delay" not in word:
                    context.append(word)

    def _drop(self, line: Line) -> None:
        self.cleared.append(line[-1])
        parts = line[-1].split()
        whole = parts[0] == "neighbor" and parts[2:] == ["peer-group"]
        self.lines = {
            one
            for one in self.lines
            if one[: len(line)] != line and not (whole and one[-1].startswith(f"neighbor {parts[1]} "))
        }

    def _set(self, line: Line) -> None:
        key = diff._key(line[-1])
        self.lines = {one for one in self.lines if one[:-1] != line[:-1] or diff._key(one[-1]) != key}
        self.lines.add(line)


def contexts(lines: set[Line]) -> set[Line]:
    """Without lines that only open a context, which a daemon keeps empty."""
    return {line for line in lines if not line[-1].startswith(("router ", "address-family "))}


def after(*leaves: Leaf) -> Daemon:
    daemon, now = Daemon(), ()
    for leaf in leaves:
        wanted = leaf_lines(leaf)
        closed = diff.without_changed_keys(now, wanted)
        daemon.say(diff.commands(now, closed))
        daemon.say(diff.commands(closed, wanted))
        now = wanted
    return daemon


@given(st.lists(some_leaves, min_size=1, max_size=4))
def test_whatever_came_before_a_daemon_ends_with_what_is_wanted(leaves: list[Leaf]) -> None:
    assert contexts(after(*leaves).lines) == contexts(after(leaves[-1]).lines)


@given(some_leaves)
def test_nothing_is_said_when_nothing_changed(leaf: Leaf) -> None:
    assert diff.commands(leaf_lines(leaf), leaf_lines(leaf)) == []


@given(some_leaves, some_leaves)
def test_a_peer_that_stays_as_it_is_hears_nothing(one: Leaf, other: Leaf) -> None:
    words = diff.commands(leaf_lines(one), leaf_lines(other))
    for peer in set(one.peers) & set(other.peers):
        assert not [word for word in words if peer.key in word]


def test_a_changed_prefix_touches_neither_sessions_nor_groups() -> None:
    changed = replace(LEAF, peers=(replace(NODES, accepts=(Rule(True, (Prefix("198.18.9.0/24"),)),)),))
    words = diff.commands(leaf_lines(LEAF), leaf_lines(changed))
    assert words == [*diff.ENTER, f"ip prefix-list in-{K}-0 seq 5 permit 198.18.9.0/24", "end"]


def test_a_leaf_that_loses_a_peer_says_little() -> None:
    words = diff.commands(leaf_lines(LEAF), leaf_lines(replace(LEAF, peers=())))
    assert f"no bgp listen range 198.18.2.0/24 peer-group {K}" in words
    assert f"no neighbor {K} peer-group" in words
    assert not [word for word in words if word.startswith(f"no neighbor {K} ") and "peer-group" not in word]


def test_a_changed_password_closes_the_range_first_and_forgets_old_keys() -> None:
    old, new = (leaf_lines(replace(LEAF, peers=(replace(NODES, password=word),))) for word in "ab")
    closed = diff.without_changed_keys(old, new)
    assert [line[-1] for line in set(old) - set(closed)] == [f"bgp listen range 198.18.2.0/24 peer-group {K}"]
    assert diff.commands(closed, new)[-3] == f"bgp listen range 198.18.2.0/24 peer-group {K}"
    forgetting = diff.forgetting(closed, ["198.18.2.1"])
    assert forgetting[2] == "router bgp 65002"
    assert "no neighbor 198.18.2.1" in forgetting
    assert diff.without_changed_keys(old, old) == old
    assert diff.forgetting(closed, []) == []


def test_another_as_of_the_fabric_makes_the_router_anew() -> None:
    words = diff.commands(leaf_lines(LEAF), leaf_lines(replace(LEAF, fabric_as=65009)))
    assert "no router bgp 65002" in words
    assert "router bgp 65009" in words
