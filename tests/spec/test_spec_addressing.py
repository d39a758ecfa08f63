"""Derived values: what is proposed, why, and that it is free."""

from __future__ import annotations

import datetime as dt
from ipaddress import IPv4Address, IPv4Network, ip_network

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from webui.spec import check, complete, parse, proposals
from webui.spec.addressing.plan import from_end, next_as, next_subnet, numbered, usable
from webui.spec.inventory import addresses, subnets
from webui.spec.site import AfPolicy, Contract, Leaf, RouterId, SiteFacts, UsedSubnet, Version, Vrf

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def draft(**l3out):
    return {"name": "k8s-dc1", "l3out": {"tenant": "k8s", "node_subnet": {"v4": "198.18.2.0/24"}, **l3out}}


def value(document, path, facts=None, applied=None):
    found = proposals(parse(document).spec, facts, applied).get(path)
    return found.value if found else None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("l3out.floating.v4", "198.18.2.254"),
        ("l3out.secondary.v4", "198.18.2.253"),
        ("cluster.vip.v4", "198.18.2.252"),
        ("network.pods.v4", "198.18.3.0/24"),
        ("network.services.v4", "198.18.4.0/24"),
        ("network.external_services.v4", "198.18.5.0/24"),
        ("network.ingress", "198.18.5.1"),
        ("l3out.name", "k8s-dc1"),
        ("l3out.node_profile", "k8s-dc1-nodes"),
        ("l3out.interface_profile", "k8s-dc1-nodes"),
        ("l3out.external_epg.name", "k8s-dc1-ext"),
        ("l3out.vrf.tenant", "k8s"),
        ("l3out.external_epg.scopes", "import-security"),
        ("l3out.bgp.keepalive", "1"),
        ("l3out.bgp.hold", "3"),
        ("l3out.mtu", "9000"),
    ],
)
def test_it_proposes(path, expected):
    assert value(draft(), path) == expected


def test_every_proposal_says_why():
    assert all(proposal.why for proposal in proposals(parse(draft()).spec).values())


def test_dual_stack_is_derived_from_the_node_subnet_alone():
    document = draft(node_subnet={"v4": "198.18.2.0/24", "v6": "2001:db8:2::/64"}, anchors=[{"node": 101}])
    assert value(document, "l3out.floating.v6") == "2001:db8:2:0:ffff:ffff:ffff:fffe"
    assert value(document, "l3out.secondary.v6") == "2001:db8:2:0:ffff:ffff:ffff:fffd"
    assert value(document, "network.pods.v6") == "2001:db8:2:1::/64"
    assert value(document, "network.services.v6") == "2001:db8:2:2::/108"
    assert value(document, "network.external_services.v6") == "2001:db8:2:3::/64"
    assert value(document, "l3out.anchors.0.v6") == "2001:db8:2::101"
    assert value(draft(), "network.pods.v6") is None


def test_an_overridden_field_keeps_its_proposal_and_complete_keeps_what_is_given():
    document = draft(floating={"v4": "198.18.2.9"})
    assert value(document, "l3out.floating.v4") == "198.18.2.254"
    assert complete(parse(document).spec).l3out.floating.v4 == IPv4Address("198.18.2.9")


def test_nodes_begin_at_one_and_skip_what_is_used():
    document = draft(secondary={"v4": "198.18.2.1"}, anchors=[{"node": 101, "v4": "198.18.2.3"}])
    document["machines"] = {"control_plane": [{}, {"v4": "198.18.2.4"}], "workers": [{}, {}]}
    found = [f"machines.{row}.v4" for row in ("control_plane.0", "workers.0", "workers.1")]
    assert [value(document, path) for path in found] == ["198.18.2.2", "198.18.2.5", "198.18.2.6"]


def test_a_leaf_gets_the_address_that_shows_its_number_else_the_next_from_the_end():
    document = draft(anchors=[{"node": 101}, {"node": 1101}, {"node": 102}], floating={"v4": "198.18.2.102"})
    found = [value(document, f"l3out.anchors.{n}.v4") for n in range(3)]
    assert found == ["198.18.2.101", "198.18.2.254", "198.18.2.251"]


def test_removing_a_row_moves_no_other_leaf_or_machine_that_was_applied():
    before = draft(node_subnet={"v4": "198.18.2.0/26"}, anchors=[{"node": 1101}, {"node": 1102}, {"node": 1103}])
    before["machines"] = {"workers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}
    applied = complete(parse(before).spec)
    after = draft(node_subnet={"v4": "198.18.2.0/26"}, anchors=[{"node": 1102}, {"node": 1103}])
    after["machines"] = {"workers": [{"name": "b"}, {"name": "c"}]}
    done = complete(parse(after).spec, None, applied)
    assert done.l3out.anchors == applied.l3out.anchors[1:]
    assert done.machines.workers == applied.machines.workers[1:]


def test_what_was_applied_is_dropped_where_it_no_longer_fits():
    applied = complete(parse(draft(anchors=[{"node": 101}])).spec)
    done = complete(parse(draft(node_subnet={"v4": "198.18.7.0/24"}, anchors=[{"node": 101}])).spec, None, applied)
    assert done.l3out.anchors[0].v4 == IPv4Address("198.18.7.101")


def test_subnets_avoid_what_the_vrf_knows():
    used = UsedSubnet(("k8s", "main"), ip_network("198.18.3.0/24"), "bridge domain", "uni/tn-k8s/BD-a/subnet-[x]")
    default = UsedSubnet(("k8s", "main"), ip_network("0.0.0.0/0"), "external EPG", "uni/tn-k8s/out-core/x")
    facts = SiteFacts(NOW, subnets=(used, default))
    assert value(draft(vrf={"name": "main"}), "network.pods.v4", facts) == "198.18.4.0/24"
    assert value(draft(vrf={"name": "other"}), "network.pods.v4", facts) == "198.18.3.0/24"


def test_a_leafs_router_id_is_the_sites():
    facts = SiteFacts(
        NOW,
        leaves=(Leaf(2, 101, "leaf-101"),),
        router_ids=(RouterId(("k8s", "main"), 101, IPv4Address("198.19.0.9"), "uni/tn-k8s/out-core"),),
    )
    document = draft(vrf={"name": "main"}, anchors=[{"node": 101}, {"node": 102}])
    assert value(document, "l3out.anchors.0.router_id", facts) == "198.19.0.9"
    assert value(document, "l3out.anchors.1.router_id", facts) == "198.18.2.102"
    assert value(document, "l3out.anchors.0.pod", facts) == "2"


def test_the_site_tells_tenant_policy_and_as():
    policy = AfPolicy("eight", "ipv4-ucast", 8)
    facts = SiteFacts(
        NOW, fabric_as=65002, vrfs=(Vrf("common", "main", False, (policy,)),), contracts=(Contract("common", "c"),)
    )
    document = draft(vrf={"name": "main"}, contract={"name": "c"})
    assert value(document, "l3out.vrf.tenant", facts) == "common"
    assert value(document, "l3out.contract.tenant", facts) == "common"
    assert value(document, "l3out.bgp.vrf_policy", facts) == "existing"
    assert value(document, "l3out.bgp.fabric_as", facts) == "65002"
    assert value(document, "l3out.bgp.cluster_as", facts) == "65003"


@pytest.mark.parametrize(
    ("version", "pods", "expected"),
    [("6.1(2f)", (1, 1), "true"), ("6.0(9c)", (1, 1), "false"), ("6.1(3a)", (1, 2), "false"), (None, (1, 1), "false")],
)
def test_the_next_hop_depends_on_version_and_pods(version, pods, expected):
    facts = SiteFacts(NOW, version=Version.read(version) if version else None)
    document = draft(anchors=[{"node": 101 + n, "pod": pod} for n, pod in enumerate(pods)])
    assert value(document, "l3out.bgp.next_hop_unchanged", facts) == expected


@pytest.mark.parametrize(
    ("fabric", "cluster"),
    [(65002, 65003), (65534, 64512), (64511, 64496), (4294967294, 4200000000), (4200000000, 4200000001), (3333, 64512)],
)
def test_the_clusters_as_is_next_to_the_fabrics(fabric, cluster):
    assert next_as(fabric) == cluster


NETWORKS = st.builds(
    lambda base, length: ip_network((base >> (32 - length) << (32 - length), length)),
    st.integers(2**24, 2**32 - 1),
    st.integers(20, 30),
)


@given(NETWORKS)
def test_the_shared_addresses_are_usable_and_different(network):
    found = [from_end(network, places) for places in range(3)]
    there = [address for address in found if address is not None]
    assert len(set(there)) == len(there)
    assert all(usable(network, address) for address in there)
    assert (None in found) == (network.num_addresses < 5)


@given(NETWORKS, st.lists(NETWORKS, max_size=8), st.integers(20, 30))
def test_a_proposed_subnet_overlaps_nothing(after, used, length):
    found = next_subnet(after, length, used)
    assume(found is not None)
    assert found.prefixlen == length
    assert not any(found.overlaps(other) for other in [after, *used])


def test_the_search_for_a_subnet_goes_on_at_its_blocks_beginning():
    assert next_subnet(IPv4Network("10.255.255.0/24"), 24, []) == IPv4Network("10.0.0.0/24")
    assert next_subnet(IPv4Network("198.19.255.0/24"), 24, [IPv4Network("198.18.0.0/24")]) == IPv4Network(
        "198.18.1.0/24"
    )
    assert next_subnet(IPv4Network("172.16.0.0/12"), 24, []) is None


@given(NETWORKS, st.integers(101, 4000))
def test_a_numbered_address_is_usable(network, number):
    found = numbered(network, number)
    assert found is None or usable(network, found)


@settings(max_examples=60)
@given(
    NETWORKS.filter(lambda n: n.prefixlen <= 26),
    st.lists(st.integers(101, 4000), max_size=6, unique=True),
    st.integers(0, 7),
)
def test_all_that_is_derived_fits_together(network, nodes, machines):
    document = draft(node_subnet={"v4": str(network)}, anchors=[{"node": node} for node in nodes])
    document["machines"] = {"workers": [{"name": f"w{n}"} for n in range(machines)]}
    spec = complete(parse(document).spec)
    placed = [entry.address for entry in addresses(spec)]
    assert len(placed) == len(set(placed)) == 3 + len(nodes) + machines
    assert all(usable(network, address) for address in placed)
    ranges = [entry.subnet for entry in subnets(spec)]
    assert len(ranges) == 4
    told = [p for p in check(spec, stage="fabric") if "overlap" in p.sentence or "not in" in p.sentence]
    assert told == []


def test_what_was_applied_does_not_move_for_a_new_clash_but_the_clash_is_told():
    applied = complete(parse(draft(anchors=[{"node": 101}])).spec)
    document = draft(anchors=[{"node": 101}])
    document["network"] = {"services": {"v4": "198.18.3.0/24"}}
    document["machines"] = {"workers": [{"name": "w", "v4": "198.18.2.101"}]}
    spec = parse(document).spec
    done = complete(spec, None, applied)
    assert done.network.pods == applied.network.pods
    assert done.l3out.anchors == applied.l3out.anchors
    fields = {problem.field for problem in check(spec, stage="fabric", applied=applied)}
    assert {"network.services.v4", "machines.workers.0.v4"} <= fields


def test_a_new_row_above_takes_no_address_of_one_that_was_applied():
    before = draft(node_subnet={"v4": "198.18.2.0/26"}, anchors=[{"node": 1101}])
    before["machines"] = {"workers": [{"name": "a"}, {"name": "b"}]}
    applied = complete(parse(before).spec)
    after = draft(node_subnet={"v4": "198.18.2.0/26"}, anchors=[{"node": 1100}, {"node": 1101}])
    after["machines"] = {"control_plane": [{"name": "cp"}], "workers": [{"name": "new"}, {"name": "a"}, {"name": "b"}]}
    done = complete(parse(after).spec, None, applied)
    assert done.l3out.anchors[1] == applied.l3out.anchors[0]
    assert done.machines.workers[1:] == applied.machines.workers
    placed = [entry.address for entry in addresses(done)]
    assert len(placed) == len(set(placed)) == 9
