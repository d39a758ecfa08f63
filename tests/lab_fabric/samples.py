"""A leaf as most are, and strategies for others."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from lab.fabric.model import DefaultRoute, Ecmp, Leaf, Limit, Peer, Port, Prefix, Rule, Timers

NODES = Peer(
    dn="uni/tn-t/out-o/peerP-[198.18.2.0/24]",
    addr="198.18.2.0/24",
    remote_as=65003,
    flags=frozenset({"as-override", "dis-peer-as-check"}),
    timers=Timers(1, 3, 6, True, 1),
    limit=Limit(500, "reject", 75),
    accepts=(Rule(True, (Prefix("198.18.64.0/18", None, 32),)),),
    sends=(Rule(True, (Prefix("198.18.64.0/18", None, 32),)),),
)
K = NODES.key
LEAF = Leaf(
    pod=1,
    node=101,
    name="leaf-101",
    vrf="t:v",
    router_id="198.19.0.101",
    fabric_as=65002,
    tep="198.18.251.101",
    reflector="198.18.251.111",
    ports=(Port("vlan-310", 9000, ("198.18.2.101/24",), ("198.18.2.253/24",)),),
    peers=(NODES,),
    ecmp={4: Ecmp(64, 64), 6: Ecmp(64, 64)},
    relaxes_as_path=True,
)

PREFIXES = [Prefix("198.18.64.0/18", None, 32), Prefix("198.18.5.0/24"), Prefix("198.18.4.0/24", 26, 28)]
SETS: list[tuple[str, ...]] = [(), ("set local-preference 200",), ("set local-preference 90", "set tag 4")]
prefixes = st.lists(st.sampled_from(PREFIXES), max_size=3, unique=True).map(tuple)
rules = st.lists(st.builds(Rule, st.booleans(), prefixes, st.sampled_from(SETS)), max_size=3).map(tuple)
peers = st.builds(
    Peer,
    dn=st.sampled_from(["one", "two"]),
    addr=st.sampled_from(["198.18.2.0/24", "198.18.3.0/24", "198.18.2.9"]),
    remote_as=st.sampled_from([65003, 65004]),
    password=st.sampled_from(["", "a", "b"]),
    enabled=st.booleans(),
    flags=st.sets(st.sampled_from(["as-override", "allow-self-as", "nh-self"])).map(frozenset),
    timers=st.sampled_from([Timers(1, 3, 6, True, 1), Timers(5, 15, 300, False, 0)]),
    limit=st.sampled_from([None, Limit(500, "reject", 75), Limit(9, "log", 50)]),
    accepts=st.none() | rules,
    sends=rules,
    default_route=st.sampled_from([None, DefaultRoute(True, False), DefaultRoute(False, True)]),
)
some_leaves = st.builds(
    lambda found, relaxes, ecmp: replace(LEAF, peers=tuple(found), relaxes_as_path=relaxes, ecmp={4: ecmp, 6: ecmp}),
    st.lists(peers, max_size=2, unique_by=(lambda peer: peer.dn, lambda peer: peer.addr)),
    st.booleans(),
    st.sampled_from([Ecmp(16, 16), Ecmp(64, 64)]),
)
