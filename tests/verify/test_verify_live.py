"""Verify on leaves that live: real BGP sessions between BIRD and FRR, read through the APIC's REST interface."""

from __future__ import annotations

import json
import os
import signal
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from aci.mo import Mo
from aci.session import Password, Session, Tls
from lab import certificates
from lab.apic.thread import ServedInThread
from lab.fabric import daemons
from tests.lab_fabric.birds import Bird
from tests.lab_fabric.live import Live, live, until
from webui import spec as specs
from webui.lookups.verify import bird, read_fabric
from webui.runs.playbook_code import CODE
from webui.runs.stages.verify import variables
from webui.spec import ClusterSpec
from webui.verify import Report, Seen, expected, judge
from webui.verify.seen import Agent, BgpPeer, Block, Cluster, Fabric, Node, NodeSession, Reach, Workload

pytestmark = pytest.mark.job

ADMIN = "verify-live-admin"
NODES = {"n1": (1, "r1", (101, 102)), "n2": (2, "r1", (101, 102)), "n3": (3, "r2", (201,))}
SERVICES = "198.18.4.0/24"
PROBE = """
import json, sys
sys.path.insert(0, {library!r})
import verify_probe
given = json.loads({given!r})
print(json.dumps({{one["name"]: verify_probe.ask(one, given) for one in given["targets"]}}))
"""


@dataclass
class Site:
    """Leaves and nodes, and what is asked of them."""

    made: Live
    birds: dict[str, Bird]
    spec: ClusterSpec
    ask: Callable[[], Fabric]
    applied: str
    labels: dict[str, str]

    def report(self) -> Report:
        """One look, judged."""
        sessions = tuple(one for name, at in self.birds.items() for one in self._sessions(name, at))
        cluster = Cluster(
            nodes=tuple(
                Node(name, True, "", (at.address,), {"rack_id": self.labels[name]}) for name, at in self.birds.items()
            ),
            blocks=tuple(Block(at.announces[0], name) for name, at in self.birds.items()),
            peers=tuple(
                BgpPeer(f"leaf-{leaf.node}", str(leaf.v4), 65002, leaf.rack or "", f"rack_id == '{leaf.rack}'", True)
                for leaf in self.spec.l3out.anchors
            ),
            agents=tuple(Agent(name, True) for name in self.birds),
            sessions=sessions,
        )
        reaches = tuple(one for name, at in self.birds.items() for one in self._reaches(name, at, sessions))
        out = {"workload": "There is no Kubernetes here, so no pod was asked."}
        seen = Seen("", self.ask(), cluster, Workload(made=False), reaches, unasked=out, applied_at=self.applied)
        return judge(expected(self.spec, cluster), seen)

    def _sessions(self, name: str, at: Bird) -> tuple[NodeSession, ...]:
        return bird.sessions(name, at.inside("birdc", "-s", at.folder / "b.ctl", "show", "protocols", "all"))

    def _reaches(self, name: str, at: Bird, sessions: tuple[NodeSession, ...]) -> Iterator[Reach]:
        """As the role asks: a ping of each leaf, and its port where there is no session."""
        up = {one.address for one in sessions if one.node == name and one.state == "established"}
        targets = []
        for leaf in variables(self.spec)["verify_probes_leaves"]:
            if leaf["rack"] == NODES[name][1]:
                own = f"leaf {leaf['node']} v4"
                yield Reach(name, own, "ok" if at.answers(leaf["v4"]) else "silent")
                if leaf["v4"] not in up:
                    targets.append({"name": f"{own} bgp", "kind": "tcp", "address": leaf["v4"], "port": 179})
        given = json.dumps({"targets": targets, "mtu": 1500, "pod_mtu": 1500, "timeout": 1, "patience": 0})
        code = PROBE.format(library=str(CODE / "library"), given=given)
        for target, state in json.loads(at.inside(sys.executable, "-c", code)).items():
            yield Reach(name, target, state)

    def peer(self, leaf: int) -> str:
        """DN of a leaf's peer."""
        return self.made.out.peer(1 if leaf < 200 else 2, leaf)


def spec_of(made: Live) -> ClusterSpec:
    workers = [f"{{name: {name}, v4: {made.net}.{number}, rack: {rack}}}" for name, (number, rack, _) in NODES.items()]
    document = f"""
name: k8s-dc1
fabric: {{site: lab}}
l3out:
  tenant: k8s-prod
  vrf: {{tenant: k8s-prod, name: main}}
  name: k8s-dc1
  vlan: 310
  mtu: 9000
  node_subnet: {{v4: {made.net}.0/24}}
  bgp: {{fabric_as: 65002, cluster_as: 65003, password: "{made.out.password}"}}
  anchors:
    - {{pod: 1, node: 101, v4: {made.net}.101, rack: r1}}
    - {{pod: 1, node: 102, v4: {made.net}.102, rack: r1}}
    - {{pod: 2, node: 201, v4: {made.net}.201, rack: r2}}
machines:
  workers: [{", ".join(workers)}]
network:
  pods: {{v4: 198.18.64.0/18}}
  services: {{v4: {SERVICES}}}
  external_services: {{v4: {made.out.external}}}
"""
    return specs.complete(specs.from_yaml(document).spec)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("verify-live")
    with live(password="s3cret-word!", revives=False) as made:
        birds = {
            name: made.bird(number, leaves, f"198.18.64.{(number - 1) * 64}/26", SERVICES, made.out.external, restart=5)
            for name, (number, _, leaves) in NODES.items()
        }
        for name, (_, _, leaves) in NODES.items():
            for leaf in leaves:
                until(partial(made.is_up, leaf, birds[name].address))
        with served(made, folder) as session:
            spec = spec_of(made)
            applied = time.strftime("%Y-%m-%dT%H:%M:%S.999+00:00", time.gmtime(time.time() - 1))
            labels = {name: rack for name, (_, rack, _) in NODES.items()}
            yield Site(made, birds, spec, lambda: read_fabric(session, spec), applied, labels)


def served(made: Live, folder: Path) -> Session:
    certificates.make(folder / "ca.pem", folder / "server.pem")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "server.pem")
    made.apic.change([("uni/userext/user-admin", Mo("aaaUser", {"pwd": ADMIN}))])
    serving = ServedInThread(made.apic, tls)
    serving.__enter__()
    return Session([serving.address], Password("admin", ADMIN), tls=Tls(ca=(folder / "ca.pem").read_text()))


def swap(site: Site, name: str, other: Bird) -> None:
    """A node's BIRD with another configuration."""
    place = Path(f"/proc/{site.birds[name].pid}")
    site.birds[name].stop()
    until(lambda: not place.exists())
    site.birds[name] = other
    other.start()


def green(site: Site) -> Report:
    """A green look, within the time that BGP takes."""
    found: list[Report] = []

    def looks_green() -> bool:
        found.append(site.report())
        return found[-1].green

    try:
        until(looks_green, 20)
    except AssertionError:
        pytest.fail("\n".join(f"{one.what} {one.cause} {one.evidence}" for one in found[-1].findings))
    return found[-1]


def red(site: Site, leaf: int) -> Report:
    """The look in which the leaf has no session any more."""
    found: list[Report] = []
    column = [one.node for one in site.spec.l3out.anchors].index(leaf)

    def looks_red() -> bool:
        found.append(site.report())
        cells = [row.cells[column][0] for row in found[-1].sessions]
        return all(cell.state in ("bad", "none") for cell in cells)

    until(looks_red, 20)
    time.sleep(1)
    return site.report()


def test_living_leaves_are_green(site: Site) -> None:
    report = green(site)
    assert str(report.session_count) == "5 of 5"
    assert str(report.prefix_count) == "5 of 5"
    assert [cell.words for cell in report.prefixes[0].cells] == ["1 of 1 eBGP", "1 of 1 eBGP", "1 iBGP"]


def test_a_password_broken_by_hand_on_the_apic_is_named(site: Site) -> None:
    green(site)
    dn = site.peer(101)
    site.made.apic.change([(dn, Mo("bgpPeerP", {"password": "another-one"}))])
    try:
        report = red(site, 101)
        first = report.findings[0]
        assert first.what == "Leaf 101 has no session with n1 and n2."
        assert "The BGP passwords differ" in first.cause
        assert first.field == "l3out.bgp.password"
        assert any("was changed on the APIC" in line for line in first.evidence)
        assert [cell.state for cell in report.sessions[0].cells[1]] == ["ok"]
        assert len(report.findings) == 1
    finally:
        site.made.apic.change([(dn, Mo("bgpPeerP", {"password": site.made.out.password}))])
    green(site)


def test_a_node_with_another_password_is_named(site: Site) -> None:
    green(site)
    at = site.birds["n3"]
    swap(site, "n3", replace(at, password="mistyped"))
    try:
        first = red(site, 201).findings[0]
        assert "The BGP passwords differ" in first.cause
        assert first.field == "l3out.bgp.password"
    finally:
        swap(site, "n3", at)
    green(site)


def test_another_as_on_the_apic_is_named(site: Site) -> None:
    green(site)
    dn = f"{site.peer(201)}/as"
    site.made.apic.change([(dn, Mo("bgpAsP", {"asn": "64999"}))])
    try:
        report = red(site, 201)
        assert report.findings[0].cause == "The leaf expects AS 64999, the nodes are AS 65003."
    finally:
        site.made.apic.change([(dn, Mo("bgpAsP", {"asn": "65003"}))])
    green(site)


def test_a_node_with_the_label_of_another_rack_is_named(site: Site) -> None:
    """As Calico does when a label changes: the node peers with the other rack's leaves."""
    green(site)
    at, net = site.birds["n2"], site.made.net
    swap(site, "n2", replace(at, leaves=(f"{net}.201",)))
    site.labels["n2"] = "r2"
    try:
        until(lambda: site.made.is_up(201, at.address))
        until(lambda: not site.made.is_up(101, at.address))
        report = site.report()
        row = report.sessions[1]
        assert [some[0].state for some in row.cells] == ["bad", "bad", "warn"]
        cause = report.findings[row.cells[0][0].finding - 1]
        assert cause.what == "n2 has no session with leaf 101 and leaf 102."
        assert cause.field == "machines.workers.1.rack"
    finally:
        swap(site, "n2", at)
        site.labels["n2"] = "r1"
    green(site)


def test_a_leaf_whose_bgp_has_ended_is_named(site: Site) -> None:
    green(site)
    os.kill(site.made.daemon(201, daemons.BGPD), signal.SIGKILL)
    first = red(site, 201).findings[0]
    assert first.what == "Leaf 201 has no session with n3."
    assert "nothing listens on its BGP port" in first.cause
