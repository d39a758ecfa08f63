"""What differs between two specs, in words, with the stages that it concerns."""

# ruff: noqa: E501 - one case a line reads best
from __future__ import annotations

import copy

import pytest

from webui.examples import example
from webui.spec import changes, complete, parse

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


def spec(change=lambda document: None):
    document = copy.deepcopy(example("lab"))
    change(document)
    return complete(parse(document).spec)


def sentences(change, back: bool = False):
    before, after = spec(), spec(change)
    return [found.sentence for found in (changes(after, before) if back else changes(before, after))]


def add_leaf(document):
    document["l3out"]["anchors"].append({"pod": 1, "node": "103", "rack": "r2", "router_id": "198.19.0.103"})


def test_nothing_changed():
    assert changes(spec(), spec()) == []


def test_a_new_cluster_is_one_change():
    (change,) = changes(None, spec())
    assert (change.kind, change.sentence) == ("add", "k8s-dc1 is new.")
    assert change.stages[0] == "fabric"


def test_a_leaf_is_added_and_removed():
    assert sentences(add_leaf) == ["Leaf 103 is added to rack r2."]
    assert sentences(add_leaf, back=True) == ["Leaf 103 is removed from rack r2."]
    assert changes(spec(), spec(add_leaf))[0].stages == ("fabric", "network")


def test_the_order_of_rows_is_no_change():
    assert sentences(lambda document: document["l3out"]["anchors"].reverse()) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence", "stages"),
    [
        ("l3out.vlan", "311", "VLAN: 310 becomes 311.", ("fabric",)),
        ("l3out.bgp.password", "new", "BGP password: it is set.", ("fabric", "network")),
        ("l3out.default_route", "yes", "Advertise a default route: no becomes yes.", ("fabric",)),
        ("l3out.node_subnet.v4", "198.18.3.0/24", "Node subnet (IPv4): 198.18.2.0/24 becomes 198.18.3.0/24.", None),
        ("cluster.kubernetes_version", "1.36.4", "Kubernetes version: 1.36.3 becomes 1.36.4.", ("hosts", "control plane")),
        ("cluster.add_ons", ["metrics-server"], "Add-ons: nothing becomes metrics-server.", ("add-ons",)),
        ("l3out.anchors.0.rack", "r2", "Leaf 101, Rack: r1 becomes r2.", ("network",)),
        ("l3out.anchors.0.v4", "198.18.2.55", "Leaf 101, IPv4 address: 198.18.2.101 becomes 198.18.2.55.", None),
        ("machines.workers.0.name", "w9", "Machine w9 is added to rack r1.", ("machines", "hosts", "workers", "network")),
        ("cluster.dns.servers", ["192.0.2.53", "192.0.2.54"], "DNS servers: 198.18.0.53 becomes 192.0.2.53, 192.0.2.54.", ("machines", "hosts")),
        ("cluster.registries.1.mirror", "https://m.example.net", "Registry mirror docker.io, Mirror: http://198.18.0.80:5000/docker.io becomes https://m.example.net.", ("hosts", "network", "add-ons")),
        ("cluster.registries.1.upstream", "ghcr.io", "Registry mirror docker.io is removed.", ("hosts", "network", "add-ons")),
        ("cluster.registries.1.ca", PEM, "Registry mirror docker.io, CA certificate: it is set.", ("hosts",)),
    ],
)  # fmt: skip
def test_a_change_in_words(path, value, sentence, stages):
    def change(document):
        here = document
        *way, last = path.split(".")
        for step in way:
            here = here[int(step)] if step.isdigit() else here.setdefault(step, {})
        here[last] = value

    found = [one for one in changes(spec(), spec(change)) if one.sentence == sentence]
    assert found, [one.sentence for one in changes(spec(), spec(change))]
    if stages:
        assert found[0].stages == stages


def test_a_list_that_had_several_values_has_a_plural():
    def several(document):
        document["cluster"]["ntp"] = ["192.0.2.1", "192.0.2.2"]

    assert sentences(several) == ["NTP servers: 198.18.0.123 becomes 192.0.2.1, 192.0.2.2."]
    assert sentences(several, back=True) == ["NTP servers: 192.0.2.1, 192.0.2.2 become 198.18.0.123."]


def test_every_change_concerns_a_stage_unless_it_is_about_signing_in():
    def everything(document):
        document["l3out"]["mtu"] = "1500"
        document["network"]["pods"]["v4"] = "198.18.128.0/18"
        document["vcenter"]["folder"] = "other"
        document["machines"]["user"] = "ubuntu"
        document["cluster"]["ntp"] = ["ntp.example.net"]
        document["fabric"]["user"] = "someone"

    found = changes(spec(), spec(everything))
    assert [one.field for one in found if not one.stages] == ["fabric.user"]


def test_a_password_is_never_in_the_words():
    def change(document):
        document["l3out"]["bgp"]["password"] = "hunter2"
        document["cluster"]["registries"][0] |= {"user": "puller", "password": "hunter2"}
        document["cluster"]["registries"].append(
            {"upstream": "ghcr.io", "mirror": "https://m.example.net", "user": "puller", "password": "hunter2"}
        )

    found = changes(spec(), spec(change))
    assert "Registry mirror registry.k8s.io, Password: it is set." in [one.sentence for one in found]
    assert "Registry mirror ghcr.io is added." in [one.sentence for one in found]
    assert "hunter2" not in str(found)


def test_a_text_of_several_lines_is_told_without_them():
    def one(document):
        document["cluster"]["registries"][0]["ca"] = PEM

    def other(document):
        document["cluster"]["registries"][0]["ca"] = PEM.replace("MIIB", "MIIC")

    found = [change.sentence for change in changes(spec(one), spec(other))]
    assert found == ["Registry mirror registry.k8s.io, CA certificate: it is another one."]
