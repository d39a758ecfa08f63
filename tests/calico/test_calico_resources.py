"""ClusterSpec -> Calico's resources, its makers' manifest with our changes, MetalLB's, kube-router's."""

from __future__ import annotations

import base64
import json
import re
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calico.wanted import PASSWORD, dual, of, spec
from webui.render import calico, calico_manifest, inventory, kube_router, metallb, overlay, racks, secret_variables
from webui.spec import versions


def environment(documents: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (container, *_) = of(documents, kind)[name]["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one.get("value") for one in container["env"]}


def test_each_leaf_is_a_peer_of_its_racks_nodes() -> None:
    found = of(calico.peers(spec()), "BGPPeer")
    assert list(found) == ["leaf-101", "leaf-102", "leaf-201"]
    assert found["leaf-201"]["spec"] == {
        "peerIP": "198.18.2.201",
        "asNumber": 65002,
        "nodeSelector": "rack_id == 'r2'",
        "maxRestartTime": "5s",
    }


def test_dual_stack_has_a_peer_a_pool_and_service_subnets_of_each_family() -> None:
    found = calico.resources(dual())
    assert list(of(found, "BGPPeer"))[:2] == ["leaf-101", "leaf-101-v6"]
    assert [one["spec"]["blockSize"] for one in of(found, "IPPool").values()] == [26, 122]
    (bgp,) = of(found, "BGPConfiguration").values()
    assert [len(bgp["spec"][key]) for key in ("serviceClusterIPs", "serviceExternalIPs", "serviceLoadBalancerIPs")] == [
        2
    ] * 3


def test_ipv4_alone_has_no_trace_of_ipv6(upstream: list[dict[str, Any]]) -> None:
    found = json.dumps([*calico.resources(spec()), *metallb.pools(spec())])
    assert "v6" not in found.replace("ipv6Support", "")
    node = environment(calico.manifest(spec(), upstream), "DaemonSet", "calico-node")
    assert (node["IP6"], node["FELIX_IPV6SUPPORT"]) == ("none", "false")


def test_nothing_is_encapsulated_or_translated() -> None:
    for pool in of(calico.resources(dual()), "IPPool").values():
        about = pool["spec"]
        assert (about["ipipMode"], about["vxlanMode"], about["natOutgoing"]) == ("Never", "Never", False)


def test_the_keepalive_is_said_where_this_calico_knows_it() -> None:
    newest = spec(fabric__site="apic", l3out__bgp__keepalive="3", l3out__bgp__hold="9")
    assert newest.cluster.calico_version == "3.32.1"
    assert of(calico.peers(newest), "BGPPeer")["leaf-101"]["spec"]["keepaliveTime"] == "3s"
    assert "keepaliveTime" not in of(calico.peers(spec()), "BGPPeer")["leaf-101"]["spec"]


def test_calico_hands_out_addresses_where_it_can_else_metallb_does() -> None:
    newest, lab = spec(fabric__site="apic"), spec()
    pool = of(calico.resources(newest), "IPPool")["external-services-v4"]
    assert pool["spec"]["allowedUses"] == ["LoadBalancer"]
    assert (metallb.wanted(newest), metallb.wanted(lab)) == (False, True)
    assert "external-services-v4" not in of(calico.resources(lab), "IPPool")
    assert of(calico.resources(newest), "IPReservation")["ingress"]["spec"]["reservedCIDRs"] == ["198.18.5.1/32"]


def test_the_ingress_address_goes_to_who_asks_for_it_alone() -> None:
    found = {one["metadata"]["name"]: one["spec"] for one in metallb.pools(dual())}
    assert found["ingress"] == {"addresses": ["198.18.5.1/32"], "autoAssign": False, "avoidBuggyIPs": False}
    v4 = [ip_network(one) for one in found["external-services"]["addresses"] if ":" not in one]
    assert sum(net.num_addresses for net in v4) == 255
    assert not any(ip_address("198.18.5.1") in net for net in v4)
    assert [one for one in found["external-services"]["addresses"] if ":" in one]


def test_a_subnet_of_one_address_stays_whole() -> None:
    lone = spec(network__external_services__v4="198.18.5.1/32", network__ingress="198.18.5.1")
    assert [one["spec"]["autoAssign"] for one in metallb.pools(lone)] == [True]


def test_a_small_external_subnet_is_one_block() -> None:
    small = spec(fabric__site="apic", network__external_services__v4="198.18.5.0/28", network__ingress="198.18.5.1")
    assert of(calico.resources(small), "IPPool")["external-services-v4"]["spec"]["blockSize"] == 28


def test_the_password_is_in_a_secret_and_nowhere_else() -> None:
    wanted = spec(l3out__bgp__password=PASSWORD)
    (secret,) = calico.secrets(wanted)
    assert base64.b64decode(secret["data"]["password"]).decode() == PASSWORD
    assert PASSWORD not in json.dumps([inventory(wanted), secret_variables(wanted)])
    for peer in of(calico.peers(wanted), "BGPPeer").values():
        assert peer["spec"]["password"] == {"secretKeyRef": {"name": "bgp-password", "key": "password"}}
    (role,) = of(calico.resources(wanted), "Role").values()
    assert role["rules"][0]["resourceNames"] == ["bgp-password"]


def test_without_a_password_there_is_nothing_of_it() -> None:
    assert calico.secrets(spec()) == []
    assert "password" not in json.dumps(calico.resources(spec()))


RACKS = st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and text.isprintable())


@given(RACKS)
def test_every_rack_becomes_a_label_and_a_selector(rack: str) -> None:
    label = racks.label(rack)
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", label)
    assert racks.selector(rack) == f"rack_id == '{label}'"


@given(RACKS, RACKS)
def test_two_racks_never_share_a_label(one: str, other: str) -> None:
    assert (racks.label(one) == racks.label(other)) is (one == other)


def test_a_rack_that_tries_to_leave_its_quotes_stays_in_them() -> None:
    evil = spec(l3out__anchors__0__rack="r1' || all() || '")
    text = of(calico.peers(evil), "BGPPeer")["leaf-101"]["spec"]["nodeSelector"]
    assert re.fullmatch(r"rack_id == 'r1-all-[0-9a-f]{8}'", text)


def test_a_leaf_without_rack_is_everybodys_and_one_of_no_node_is_kept() -> None:
    found = spec(l3out__anchors__0__rack=None, l3out__anchors__1__rack="r9")
    selectors = {name: one["spec"]["nodeSelector"] for name, one in of(calico.peers(found), "BGPPeer").items()}
    assert selectors == {"leaf-101": "all()", "leaf-102": "rack_id == 'r9'", "leaf-201": "rack_id == 'r2'"}


def test_nodes_are_labelled_by_their_rack() -> None:
    found = inventory(spec(machines__workers__0__rack="Row 3, rack 1"))["all"]["vars"]["calico_racks"]
    assert found["k8s-cp-1"] == "r1"
    assert found["k8s-w-1"].startswith("Row-3-rack-1-")


def test_the_manifest_keeps_its_images_and_gets_our_settings(upstream: list[dict[str, Any]]) -> None:
    found = calico.manifest(spec(cluster__calico_mtu="8900"), upstream)
    assert re.findall(r'"image": "([^"]+)"', json.dumps(found)) == re.findall(
        r'"image": "([^"]+)"', json.dumps(upstream)
    )
    assert of(found, "ConfigMap")["calico-config"]["data"]["veth_mtu"] == "8900"
    node = environment(found, "DaemonSet", "calico-node")
    assert (node["NO_DEFAULT_POOLS"], node["CALICO_IPV4POOL_IPIP"]) == ("true", "Never")
    assert node["IP_AUTODETECTION_METHOD"] == "kubernetes-internal-ip"
    assert environment(found, "Deployment", "calico-kube-controllers")["ENABLED_CONTROLLERS"] == "node"
    assert len(found) == len(upstream)


def test_dual_stack_pods_get_both_families(upstream: list[dict[str, Any]]) -> None:
    found = calico.manifest(dual(), upstream)
    text = of(found, "ConfigMap")["calico-config"]["data"]["cni_network_config"]
    assert '"mtu": __CNI_MTU__' in text
    ipam = json.loads(text.replace("__CNI_MTU__", "1500"))["plugins"][0]["ipam"]
    assert ipam == {"type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"}


def test_typha_is_more_than_one_but_not_more_than_nodes(upstream_typha: list[dict[str, Any]]) -> None:
    wanted = spec(cluster__typha="yes")
    assert calico.manifest_name(wanted) == "calico-typha.yaml"
    found = of(calico.manifest(wanted, upstream_typha), "Deployment")["calico-typha"]
    assert found["spec"]["replicas"] == 3
    small = spec(cluster__typha="yes", machines__control_plane=[{"name": "a"}], machines__workers=[])
    assert calico_manifest.typhas(small) == 1


def test_ebpf_reaches_the_api_without_a_service(upstream: list[dict[str, Any]]) -> None:
    wanted = spec(cluster__ebpf="yes")
    found = of(calico.manifest(wanted, upstream), "ConfigMap")["kubernetes-services-endpoint"]
    assert found["data"] == {"KUBERNETES_SERVICE_HOST": "198.18.2.252", "KUBERNETES_SERVICE_PORT": "8443"}
    assert of(calico.resources(wanted), "FelixConfiguration")["default"]["spec"]["bpfEnabled"] is True
    assert calico.variables(wanted)["calico_replaces_kube_proxy"] is True


def test_another_manifest_is_refused_with_words(upstream: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="has no DaemonSet calico-node"):
        calico.manifest(spec(), [one for one in upstream if one["kind"] != "DaemonSet"])
    with pytest.raises(ValueError, match="has no Deployment calico-typha"):
        calico.manifest(spec(cluster__typha="yes"), upstream)


def test_what_the_manifest_is_made_of_is_told_to_the_plan() -> None:
    before = calico.variables(spec())["calico_settings"]
    for change in ({"cluster__calico_mtu": "1500"}, {"cluster__typha": "yes"}, {"cluster__ebpf": "yes"}):
        assert calico.variables(spec(**change))["calico_settings"] != before


def test_metallb_has_a_controller_and_neither_speakers_nor_webhook(upstream_metallb: list[dict[str, Any]]) -> None:
    found = metallb.manifest(upstream_metallb)
    kinds = {one["kind"] for one in found}
    assert not kinds & {"DaemonSet", "ValidatingWebhookConfiguration", "Secret", "Service"}
    assert "speaker" not in json.dumps([one for one in found if one["kind"] != "CustomResourceDefinition"])
    pod = of(found, "Deployment")["controller"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert "--webhook-mode=disabled" in container["args"]
    assert [one["name"] for one in container["env"]] == ["METALLB_POD_NAME", "METALLB_NAMESPACE"]
    assert "volumes" not in pod
    assert "volumeMounts" not in container
    assert container["image"] == f"quay.io/metallb/controller:{versions.METALLB.tag}"


def test_kube_router_has_a_daemon_set_for_each_rack_with_its_leaves() -> None:
    found = of(kube_router.objects(dual(cluster__cni="kube-router")), "DaemonSet")
    assert list(found) == ["kube-router-r1", "kube-router-r2"]
    arguments = found["kube-router-r2"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--peer-router-ips=198.18.2.201,2001:db8:2::201" in arguments
    assert "--peer-router-asns=65002,65002" in arguments
    assert not any("password" in one for one in arguments)


def test_kube_routers_passwords_are_in_files_of_a_secret() -> None:
    wanted = spec(cluster__cni="kube-router", l3out__bgp__password=PASSWORD)
    (secret,) = kube_router.secrets(wanted)
    one = base64.b64encode(PASSWORD.encode()).decode()
    assert base64.b64decode(secret["data"]["kube-router-r1"]).decode() == f"{one},{one}"
    pod = of(kube_router.objects(wanted), "DaemonSet")["kube-router-r1"]["spec"]["template"]["spec"]
    assert "--peer-router-passwords-file=/etc/kube-router-passwords/kube-router-r1" in pod["containers"][0]["args"]
    assert PASSWORD not in json.dumps([inventory(wanted), secret_variables(wanted)])
    assert secret_variables(wanted).keys() >= {"kube_router_secrets"}
    assert inventory(wanted)["all"]["vars"]["calico_resources"] == []


def _marks(**fields: str) -> set[str]:
    """What the pods of all racks have as the password's mark; "" without one."""
    found = of(kube_router.objects(spec(cluster__cni="kube-router", **fields)), "DaemonSet").values()
    templates = [one["spec"]["template"]["metadata"] for one in found]
    return {one.get("annotations", {}).get("anchorage/password-mark", "") for one in templates}


def test_another_password_makes_kube_routers_pods_anew_and_the_same_one_does_not() -> None:
    first, second = _marks(l3out__bgp__password="one"), _marks(l3out__bgp__password="two")
    assert len(first) == len(second) == 1
    assert first != second
    assert first == _marks(l3out__bgp__password="one")
    assert _marks() == {""}


def test_a_guess_at_the_mark_is_dear_in_each_cluster_anew_and_never_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[bytes, int]] = []

    def scrypt(password: bytes, *, salt: bytes, n: int, r: int, p: int, maxmem: int) -> bytes:
        made.append((salt, 128 * n * r))
        return bytes(range(64))

    monkeypatch.setattr(kube_router.hashlib, "scrypt", scrypt)
    marks = [_marks(l3out__bgp__password="a guess", name=name) for name in ("here", "there")]
    assert marks == [{"0001"}, {"0001"}]
    (here, memory), (there, _) = made
    assert here != there
    assert memory >= 32 * 1024 * 1024


def test_a_patch_merges_named_things_and_replaces_other_lists() -> None:
    base = {"a": {"x": 1, "y": 2}, "l": [1, 2], "named": [{"name": "n", "v": 1}, {"name": "m"}]}
    patch = {
        "a": {"y": None, "z": 3},
        "l": [3],
        "named": [{"name": "n", "w": 2}, {"name": "m", **overlay.GONE}, {"name": "k"}],
    }
    found = overlay.merged(base, patch)
    assert found == {"a": {"x": 1, "z": 3}, "l": [3], "named": [{"name": "n", "v": 1, "w": 2}, {"name": "k"}]}
    assert base["a"] == {"x": 1, "y": 2}


def test_a_variable_that_gets_a_value_no_longer_comes_from_elsewhere() -> None:
    base = [{"name": "A", "valueFrom": {"configMapKeyRef": {}}}]
    assert overlay.merged(base, [{"name": "A", "value": "1"}]) == [{"name": "A", "value": "1"}]


def test_no_cluster_has_no_variables() -> None:
    assert calico.variables(spec(mode="no-cluster")) == {}
    assert calico.secret_variables(spec(mode="no-cluster", l3out__bgp__password=PASSWORD)) == {}
