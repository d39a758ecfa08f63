"""What the picture of a cluster shows."""

from __future__ import annotations

from webui import examples
from webui.render.topology import topology
from webui.spec import complete, parse


def of(document):
    return topology(complete(parse(document).spec))


def big(leaves: int, workers: int) -> dict:
    racks = [f"r{1 + n // 2}" for n in range(leaves)]
    anchors = [{"pod": 1, "node": 101 + n, "v4": f"198.18.2.{101 + n}", "rack": racks[n]} for n in range(leaves)]
    rows = [{"name": f"w-{n}", "rack": racks[n % leaves]} for n in range(workers)]
    control = [{"name": f"cp-{n}", "rack": racks[n % leaves]} for n in range(3)]
    return {
        "name": "big",
        "l3out": {"node_subnet": {"v4": "198.18.2.0/24"}, "anchors": anchors, "bgp": {"fabric_as": 65002}},
        "machines": {"control_plane": control, "workers": rows},
    }


def test_the_example_is_whole() -> None:
    top = of(examples.example("lab"))
    assert (top.fabric, top.vrf, top.api) == ("fabric AS 65002", "k8s-prod/main", "198.18.2.252:8443")
    assert [leaf.title for leaf in top.leaves] == ["Leaf 101", "Leaf 102", "Leaf 201"]
    assert {rack.title: len(rack.machines) for rack in top.racks} == {"Rack r1": 3, "Rack r2": 2}
    assert top.machines == 5 and "5 machines" in top.words


def test_every_machine_stands_in_one_rack_with_its_derived_address() -> None:
    top = of(big(6, 40))
    found = [machine for rack in top.racks for machine in rack.machines]
    assert len(found) == 43 == len({machine.v4 for machine in found}) and all(machine.v4 for machine in found)
    assert [leaf.rack for leaf in top.leaves] == ["r1", "r1", "r2", "r2", "r3", "r3"]


def test_leaves_stand_rack_by_rack_whatever_the_order_of_their_rows() -> None:
    document = big(4, 0)
    document["l3out"]["anchors"].reverse()
    document["l3out"]["anchors"][1]["rack"] = "r1"
    racks = [leaf.rack for leaf in of(document).leaves]
    assert racks == sorted(racks, key=racks.index)


def test_a_machine_without_a_rack_is_shown_apart() -> None:
    document = big(2, 1)
    document["machines"]["workers"][0].pop("rack")
    assert [rack.title for rack in of(document).racks] == ["Rack r1", "No rack"]


def test_without_a_cluster_the_nodes_are_the_readers_own() -> None:
    document = big(2, 4) | {"mode": "no-cluster"}
    top = of(document)
    assert [(rack.title, rack.machines) for rack in top.racks] == [("Your nodes", ())]
    assert top.api == "" and all(leaf.rack == top.racks[0].name for leaf in top.leaves)


def test_an_empty_draft_has_nothing_to_draw() -> None:
    top = of({})
    assert top.leaves == top.racks == () and top.plain()["api"] == ""
