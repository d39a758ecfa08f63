"""What is rendered, against the schemas of a real API server: unknown fields and wrong types are refused there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calico.wanted import PASSWORD, dual, spec
from tests.kube_api import KubeApi
from webui.render import archive, calico, kube_router, metallb
from webui.spec import ClusterSpec

SPECS = {
    "ipv4": spec(),
    "dual stack with a password": dual(l3out__bgp__password=PASSWORD),
    "a four-byte AS": spec(l3out__bgp__cluster_as="4200000001", l3out__bgp__fabric_as="4200000000"),
    "racks with words": spec(l3out__anchors__0__rack="Row 1 / 'x'", machines__workers__0__rack="Row 1 / 'x'"),
    "ebpf": spec(cluster__ebpf="yes"),
    "small subnets": spec(network__external_services__v4="198.18.5.0/30", network__ingress="198.18.5.1"),
}


def tried(api: KubeApi, *objects: dict[str, Any]) -> str:
    """Have the API check objects as strictly as it can, and keep nothing."""
    line = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename", "-")
    return api.kubectl(*line, stdin=yaml.safe_dump_all(objects))


@pytest.mark.parametrize("wanted", SPECS.values(), ids=SPECS.keys())
def test_the_api_takes_every_resource(api: KubeApi, wanted: ClusterSpec) -> None:
    objects = [*calico.secrets(wanted), *calico.resources(wanted), *metallb.pools(wanted)]
    assert len(tried(api, *objects).splitlines()) == len(objects)


def test_the_check_is_strict(api: KubeApi) -> None:
    (pool, *_) = calico.pools(spec())
    pool["spec"]["blokSize"] = 26
    with pytest.raises(AssertionError, match="blokSize"):
        tried(api, pool)


@pytest.mark.parametrize("wanted", SPECS.values(), ids=SPECS.keys())
def test_the_api_takes_the_changed_manifest(api: KubeApi, upstream: list[dict[str, Any]], wanted: ClusterSpec) -> None:
    tried(api, *calico.manifest(wanted, upstream))


def test_the_api_takes_typha(api: KubeApi, upstream_typha: list[dict[str, Any]]) -> None:
    tried(api, *calico.manifest(spec(cluster__typha="yes"), upstream_typha))


def test_the_api_takes_metallb(api: KubeApi, upstream_metallb: list[dict[str, Any]]) -> None:
    tried(api, *metallb.manifest(upstream_metallb))


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_the_api_takes_kube_router(api: KubeApi, password: str | None) -> None:
    wanted = dual(cluster__cni="kube-router", l3out__bgp__password=password)
    tried(api, *kube_router.objects(wanted), *kube_router.secrets(wanted))


def commands(readme: str) -> list[list[str]]:
    """The commands of a README that bring something in, in its order."""
    lines = (line.split() for line in readme.splitlines() if line.startswith("    kubectl "))
    return [words[1:] for words in lines if words[1] in ("apply", "wait")]


def test_the_archives_own_commands_bring_everything_in(
    empty_api: KubeApi, upstream: list[dict[str, Any]], tmp_path: Path
) -> None:
    wanted = dual(mode="no-cluster", l3out__bgp__password=PASSWORD)
    files = archive(wanted, {"calico": calico.manifest(wanted, upstream)})
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    program = [str(empty_api.programs / "kubectl"), "--kubeconfig", str(empty_api.kubeconfig)]
    done = [subprocess.run([*program, *line], cwd=tmp_path, check=False) for line in commands(files["README.md"])]
    assert [one.returncode for one in done] == [0] * 5
    peers = empty_api.get("bgppeers.crd.projectcalico.org")["items"]
    assert len(peers) == 6
    assert {one["spec"]["password"]["secretKeyRef"]["name"] for one in peers} == {"bgp-password"}
    assert len(empty_api.get("ippools.crd.projectcalico.org")["items"]) == 2
    assert empty_api.get("daemonset", "calico-node", "-n", "kube-system")


def test_the_archive_without_password_and_manifest_has_none() -> None:
    files = archive(spec(mode="no-cluster"))
    assert list(files) == ["README.md", "3-resources.yaml", "4-peers.yaml", "v3/3-resources.yaml", "v3/4-peers.yaml"]
    assert "password" not in files["README.md"]
    assert "FelixConfiguration" not in "".join(files.values())


def test_the_archive_says_what_stands_on_ones_own_side() -> None:
    readme = archive(dual(mode="no-cluster"))["README.md"]
    for words in ("198.18.2.253 and 2001:db8:2:", "VLAN 310", "AS 65003", "kubectl label node NODE rack_id=r1"):
        assert words in readme
    assert (
        "every node peers with every leaf"
        in archive(spec(mode="no-cluster", l3out__anchors=[{"node": 101}]))["README.md"]
    )


def test_the_archives_other_form_differs_in_the_api_alone() -> None:
    files = archive(dual(mode="no-cluster", l3out__bgp__password=PASSWORD))
    for name in ("3-resources.yaml", "4-peers.yaml"):
        assert files[f"v3/{name}"] == files[name].replace("crd.projectcalico.org/v1", "projectcalico.org/v3")
        assert "&id" not in files[name]


def test_the_archive_warns_of_as_numbers_that_calico_refuses() -> None:
    large = spec(mode="no-cluster", l3out__bgp__cluster_as="4200000001")
    assert "AS numbers above 2147483647" in archive(large)["README.md"]
    assert "2147483647" not in archive(spec(mode="no-cluster"))["README.md"]
