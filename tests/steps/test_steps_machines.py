"""The Machines and Cluster pages: rows with names, racks and free addresses; secrets that stay with their owner."""

from __future__ import annotations

import pytest

from webui.spec import parse
from webui.steps.cluster import registries
from webui.steps.machines import rows

LEAVES = {
    "l3out.node_subnet.v4": "198.18.2.0/24",
    "l3out.anchors": "",
    "l3out.anchors.0.node": "101",
    "l3out.anchors.0.rack": "r1",
    "l3out.anchors.1.node": "102",
    "l3out.anchors.1.rack": "r2",
}
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXk\n" * 200 + "-----END OPENSSH PRIVATE KEY-----"


@pytest.fixture
def racked(wizard):
    """A draft with two racks."""
    wizard.send("fabric", {"name": "k8s-m", "mode": "full"})
    wizard.send("l3out", LEAVES)
    return wizard


def machines(wizard, role: str) -> list[dict[str, str]]:
    return wizard.row().draft["machines"][role]


def test_machines_are_added_with_names_racks_in_turn_and_free_addresses(racked) -> None:
    answer = racked.send("machines", {"count.control_plane": "3"}, do="add:control_plane")
    assert answer.status_code == 303 and answer.location.endswith("#machines.control_plane.0.name")
    made = machines(racked, "control_plane")
    assert [row["name"] for row in made] == ["k8s-m-cp-1", "k8s-m-cp-2", "k8s-m-cp-3"]
    assert [row["rack"] for row in made] == ["r1", "r2", "r1"]
    assert [row["v4"] for row in made] == ["198.18.2.1", "198.18.2.2", "198.18.2.3"]
    racked.send("machines", {"count.workers": "40"}, do="add:workers")
    workers = machines(racked, "workers")
    assert len(workers) == 40 and len({row["v4"] for row in workers}) == 40
    assert workers[0]["v4"] == "198.18.2.4" and {row["rack"] for row in workers} == {"r1", "r2"}


def test_added_workers_skip_names_and_addresses_in_use_and_move_nobody(racked) -> None:
    taken = {
        "machines.workers": "",
        "machines.workers.0.name": "k8s-m-w-2",
        "machines.workers.0.v4": "198.18.2.1",
        "machines.workers.0.rack": "r1",
    }
    racked.send("machines", {**taken, "count.workers": "2"}, do="add:workers")
    made = machines(racked, "workers")
    assert made[0] == {"name": "k8s-m-w-2", "v4": "198.18.2.1", "rack": "r1"}
    assert [(row["name"], row["v4"]) for row in made[1:]] == [("k8s-m-w-1", "198.18.2.2"), ("k8s-m-w-3", "198.18.2.3")]
    assert made[1]["rack"] == "r2"


@pytest.mark.parametrize("typed", ["", "0", "-3", "x", "1e9", "99999999"])
def test_a_number_that_is_none_adds_one_row(racked, typed) -> None:
    racked.send("machines", {"count.workers": typed}, do="add:workers")
    assert len(machines(racked, "workers")) == 1


def test_an_unknown_role_adds_nothing(racked) -> None:
    assert racked.send("machines", {}, do="add:gods").status_code == 303
    assert "machines" not in racked.row().draft


def test_without_leaves_rows_have_no_rack(wizard) -> None:
    assert rows.added({}, parse({"name": "a"}).spec, "workers", 1) == [{"name": "a-w-1"}]


def test_problems_stand_at_their_rows(racked) -> None:
    told = racked.autosave(
        "machines",
        {
            "machines.workers": "",
            "machines.workers.0.name": "a",
            "machines.workers.0.v4": "198.18.2.254",
            "machines.workers.0.rack": "r9",
            "machines.workers.1.name": "a",
        },
    ).json["problems"]
    fields = {problem["field"] for problem in told}
    assert {"machines.workers.0.v4", "machines.workers.0.rack", "machines.workers.1.name"} <= fields


def test_one_control_plane_machine_is_a_warning_and_no_more(racked) -> None:
    racked.send("machines", {"count.control_plane": "1"}, do="add:control_plane")
    told = racked.autosave("machines", {}).json["problems"]
    found = next(problem for problem in told if problem["field"] == "machines.control_plane")
    assert found["severity"] == "warning" and "trial" in found["remedy"]


def test_the_six_column_is_there_for_dual_stack_alone(racked) -> None:
    assert "machines.workers.0.v6" not in racked.get("machines").text
    racked.send("l3out", {"l3out.node_subnet.v6": "2001:db8:2::/64"})
    assert "machines.workers.0.v6" in racked.get("machines").text
    racked.send("machines", {"count.workers": "1"}, do="add:workers")
    assert machines(racked, "workers")[0]["v6"] == "2001:db8:2::1"


def test_a_private_key_is_sealed_whole_and_never_shown(racked) -> None:
    racked.send("machines", {"machines.user": "debian", "machines.ssh_key": KEY})
    assert racked.secrets()["machines.ssh_key"].strip() == KEY
    page = racked.get("machines").text
    assert "b3BlbnNz" not in page and "Clear the stored SSH private key" in page
    racked.send("machines", {"machines.ssh_key": ""})
    assert "machines.ssh_key" in racked.secrets()
    racked.send("machines", {"machines.ssh_key.clear": "yes"})
    assert "machines.ssh_key" not in racked.secrets()


def test_lists_of_the_cluster_page_are_typed_with_commas(wizard) -> None:
    wizard.send("cluster", {"cluster.dns.servers": "198.18.0.53, 198.18.0.54", "cluster.ntp": "198.18.0.123"})
    spec = parse(wizard.row().draft).spec
    assert len(spec.cluster.dns.servers) == 2 and "198.18.0.54" in wizard.get("cluster").text
    told = wizard.autosave("cluster", {"cluster.dns.servers": "198.18.0.53, ~~"}).json["problems"]
    assert [problem["field"] for problem in told if "dns" in problem["field"]] == ["cluster.dns.servers"]


def test_time_zones_are_offered(wizard) -> None:
    found = wizard.get("options/zones", query_string={"q": "rome"}).json["options"]
    assert [one["value"] for one in found] == ["Europe/Rome"]


def test_add_ons_that_only_the_document_knows_stay(wizard) -> None:
    wizard.post("review/yaml", {"yaml": "name: k8s-x\ncluster: {add_ons: [gpu-operator]}\n"})
    page = wizard.get("cluster").text
    assert 'value="gpu-operator" checked' in page


def registry(n: int, upstream: str) -> dict[str, str]:
    start = f"cluster.registries.{n}"
    return {f"{start}.upstream": upstream, f"{start}.mirror": "https://m.example.net", f"{start}.user": "puller"}


def test_a_registrys_password_and_authority_go_with_it_and_with_no_other(wizard) -> None:
    both = {"cluster.registries": "", **registry(0, "docker.io"), **registry(1, "quay.io")}
    wizard.send("cluster", both)
    wizard.send(
        "cluster",
        {
            **both,
            "registry-password:docker.io": "one",
            "registry-password:quay.io": "hunter2",
            "registry-ca:quay.io": "PEM",
        },
    )
    assert wizard.secrets() == {"cluster.registries.0.password": "one", "cluster.registries.1.password": "hunter2"}
    assert "hunter2" not in wizard.get("cluster").text
    wizard.send("cluster", {"cluster.registries": "", **registry(0, "quay.io")})
    assert wizard.secrets() == {"cluster.registries.0.password": "hunter2"}
    assert wizard.row().draft["cluster"]["registries"][0]["ca"] == "PEM"
    wizard.send("cluster", {"cluster.registries": "", **registry(0, "ghcr.io")})
    assert wizard.secrets() == {}


def test_passwords_stay_when_the_page_shows_no_registry() -> None:
    kept = registries.moved([{"upstream": "a"}], [{"upstream": "a"}], {"cluster.registries.0.password": "s"}, {})
    assert kept == {"cluster.registries.0.password": "s"}
