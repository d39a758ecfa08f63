"""What the cluster's stages say in a plan and when they run: real stages and words, with playbooks that only tell."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from sqlalchemy.orm import Session, sessionmaker

from webui import spec as specs
from webui.lookups import manifests
from webui.runs import departures, parts, pipeline, playbook, playbook_code, plays, service, settle, vcenter_diff
from webui.runs.diff import changes_nothing
from webui.runs.execution import Executor
from webui.runs.failures import Failure
from webui.runs.pipeline import Context
from webui.runs.playbook import Job, Outcome, Receive
from webui.runs.stop import Stop
from webui.settings import Settings
from webui.store.box import Box
from webui.store.models import Cluster, Run
from webui.verify.report import Finding, Report

OURS = ("hosts.yml", "programs.yml", "control_plane.yml", "workers.yml", "network.yml", "add_ons.yml")
INSTALL = list(OURS[:5])
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
KUBECONFIG = "users: [{user: {client-key-data: planted-key}}]"
MATRIX = {"columns": ["k8s-cp-1"], "cells": {"k8s-w-1": {"k8s-cp-1": "ok"}}, "causes": []}


class Site:
    """A cluster of given machines, its spec, and the playbooks that were played."""

    def __init__(self, sessions: sessionmaker[Session], executor: Executor, box: Box, spec: dict[str, Any]) -> None:
        self.sessions, self.executor, self.box, self.spec = sessions, executor, box, spec
        self.played: list[Job] = []
        self.fails = ""
        with sessions() as db:
            made = Cluster(name="k8s-dc1")
            db.add(made)
            db.commit()
            self.id = made.id

    def cluster(self) -> Cluster:
        with self.sessions() as db:
            return db.get_one(Cluster, self.id)

    def plan(self) -> dict[str, Any]:
        """The diff of a plan of the spec as it is now."""
        return self._planned().diff or {}

    def apply(self, state: str = "succeeded") -> Run:
        """Plan and apply; the apply run. Forgets what was played before."""
        self.played.clear()
        plan = self._planned()
        with self.sessions() as db:
            run = service.request_apply(db, plan.id, "ada", enqueue=False)
        return self._carried(run.id, state)

    def again(self, state: str = "succeeded") -> Run:
        """Resume the newest run."""
        self.played.clear()
        with self.sessions() as db:
            newest = db.query(Run).order_by(Run.id.desc()).first()
            assert newest
            run = service.resume(db, newest.id, "ada", enqueue=False)
        return self._carried(run.id, state)

    def act(self, action: str) -> Run:
        self.played.clear()
        with self.sessions() as db:
            run = service.request_act(db, self.id, "ada", action, enqueue=False)
        return self._carried(run.id, "succeeded")

    def verified(self, *findings: Finding) -> None:
        """As if a verification had found this."""
        report = Report("", not findings, ("v4",), (), (), (), (), (), (), (), findings)
        with self.sessions() as db:
            row = db.get_one(Cluster, self.id)
            row.outputs = {**(row.outputs or {}), "verify": report.to_json()}
            db.commit()

    @property
    def books(self) -> list[str]:
        return [job.playbook for job in self.played]

    def play(self, job: Job, tell: Any, stop: Stop, receive: Receive) -> Outcome:
        self.played.append(job)
        if job.playbook == "control_plane.yml":
            receive("kubeconfig", KUBECONFIG)
        tell("info", "A task.", (1, playbook_code.count_tasks(job.playbook)))
        if job.playbook == self.fails:
            raise Failure("It failed.", "", "Resume.", retry=True)
        return Outcome(data={"reachability": MATRIX} if job.playbook == "hosts.yml" else {})

    def _planned(self) -> Run:
        document, secrets = specs.secrets.split(self.spec)
        with self.sessions() as db:
            row = db.get_one(Cluster, self.id)
            row.draft, row.sealed_draft_secrets, row.draft_version = (
                document,
                self.box.seal(secrets),
                row.draft_version + 1,
            )
            db.commit()
            run = service.request_plan(db, self.id, "ada", enqueue=False)
        return self._carried(run.id, "succeeded")

    def _carried(self, run_id: int, state: str) -> Run:
        self.executor.execute(run_id, Stop())
        with self.sessions() as db:
            run = db.get_one(Run, run_id)
            assert run.state == state, run.failure
            _ = run.stages
            return run


def fabric(context: Context) -> None:
    """Terraform's part, which changes nothing."""
    if context.run.kind == "plan":
        nothing = {"summary": {"keep": 54}, "sentence": "Changes nothing.", "groups": [], "drift": []}
        context.store(diff=parts.joined(context.run.diff, "fabric", nothing, "d" * 64), plan_digest="d" * 64)
    else:
        settle.applied(context, {"l3out_dn": "uni/tn-k8s-prod/out-k8s-dc1"})


@pytest.fixture
def site(
    sessions: sessionmaker[Session], settings: Settings, box: Box, root: Path, monkeypatch: pytest.MonkeyPatch
) -> Site:
    spec = yaml.safe_load((root / "examples/lab.yaml").read_text())
    spec["mode"], spec["fabric"] = "bare-metal", {"site": "apic", "apics": ["apic1.example.net"], "user": "admin"}
    spec["machines"]["password"], spec["cluster"]["add_ons"] = "planted-ssh", []
    spec["l3out"]["bgp"]["cluster_as"] = 65003
    made = Site(sessions, Executor(settings, sessions, box), box, spec)
    monkeypatch.chdir(root)
    real = {name: act for name, act in pipeline.built().items() if name not in ("preflight", "machines", "verify")}
    stages = {"preflight": lambda context: None, **real, "fabric": fabric, "verify": lambda context: None}
    monkeypatch.setattr(pipeline, "built", lambda: stages)
    monkeypatch.setattr(playbook, "run_playbook", made.play)
    monkeypatch.setattr(manifests, "lay_out", lambda *_: {"calico_manifest_file": "/made/for/it"})
    return made


def said(diff: dict[str, Any], stage: str) -> list[str]:
    return [one["text"] for one in parts.steps_of(diff, stage)]


def notes(diff: dict[str, Any], stage: str) -> str:
    return " ".join(one["note"] for one in parts.steps_of(diff, stage))


def test_a_new_cluster_is_said_whole_made_whole_and_then_nothing_is_left_to_do(site: Site) -> None:
    assert site.plan()["sentence"] == (
        "Prepares 5 machines. Installs Kubernetes 1.36.3 on 3 control-plane machines. Joins 2 workers. "
        "Installs Calico and peers with 3 leaves."
    )
    site.apply()
    assert site.books == INSTALL
    assert changes_nothing(site.plan())
    assert site.apply().state == "succeeded" and site.books == []


def test_the_kubeconfig_is_kept_although_the_stage_fails_and_the_run_resumes_there(site: Site) -> None:
    site.fails = "control_plane.yml"
    site.apply("failed")
    held = site.cluster().sealed_kubeconfig
    assert held and "planted-key" not in held and site.box.open(held)["text"] == KUBECONFIG
    site.fails = "workers.yml"
    site.again("failed")
    assert site.books == ["control_plane.yml", "workers.yml"]
    site.fails = ""
    site.again()
    assert site.books == ["workers.yml", "network.yml"] and changes_nothing(site.plan())


def test_a_failed_stage_is_planned_again_and_those_before_it_are_not(site: Site) -> None:
    site.fails = "network.yml"
    site.apply("failed")
    site.fails = ""
    assert site.plan()["sentence"] == "Installs Calico and peers with 3 leaves."


def test_what_changes_on_the_machines_is_said_before_and_no_more_is_played(site: Site) -> None:
    site.apply()
    site.spec["cluster"]["registries"][0]["ca"] = PEM
    known = "Registry mirror registry.k8s.io, CA certificate: it is set."
    assert said(site.plan(), "hosts") == ["Prepares 5 machines.", known]
    site.apply()
    assert site.books == ["programs.yml"] and changes_nothing(site.plan())
    site.spec["cluster"]["ntp"] = ["198.18.0.124"]
    site.apply()
    assert site.books == ["hosts.yml"] and changes_nothing(site.plan())


def test_another_mirror_is_said_where_its_images_are_asked_for_and_its_password_never(site: Site) -> None:
    site.spec["cluster"]["registries"][1] |= {"user": "puller", "password": "planted-one"}
    site.apply()
    site.spec["cluster"]["registries"][1] |= {"mirror": "https://mirror.example.net", "password": "planted-two"}
    del site.spec["cluster"]["registries"][2]
    diff = site.plan()
    changed = [
        "Registry mirror docker.io, Mirror: http://198.18.0.80:5000/docker.io becomes https://mirror.example.net.",
        "Registry mirror docker.io, Password: it is another one.",
        "Registry mirror quay.io is removed.",
    ]
    assert said(diff, "hosts") == ["Prepares 5 machines.", *changed]
    assert said(diff, "network") == changed and "planted" not in str(diff)
    site.apply()
    assert site.books == ["hosts.yml", "programs.yml", "network.yml"] and changes_nothing(site.plan())


def test_another_address_of_a_machine_is_said_and_one_that_comes_is_not_said_twice(site: Site) -> None:
    site.apply()
    site.spec["machines"]["workers"][0]["v4"] = "198.18.2.9"
    site.spec["machines"]["workers"].append({"name": "k8s-w-3", "v4": "198.18.2.6", "rack": "r1"})
    diff = site.plan()
    moved = "Machine k8s-w-1, IPv4 address: 198.18.2.4 becomes 198.18.2.9."
    assert said(diff, "hosts") == ["Prepares the machine k8s-w-3.", moved]
    assert said(diff, "workers") == ["Joins k8s-w-3.", moved]
    assert said(diff, "network") == ["Peers k8s-w-3 with leaves 101 and 102.", moved]


def test_what_is_reached_without_a_proxy_is_the_machines_affair(site: Site) -> None:
    site.apply()
    site.spec["network"]["external_services"]["v4"], site.spec["network"]["ingress"] = "198.18.6.0/24", "198.18.6.1"
    diff = site.plan()
    moved = "External service subnet (IPv4): 198.18.5.0/24 becomes 198.18.6.0/24."
    assert said(diff, "hosts") == ["Prepares 5 machines.", moved] and notes(diff, "hosts").strip() == ""
    assert moved in said(diff, "network") and "lose it" in notes(diff, "network")


def test_the_machines_that_passed_are_prepared_although_their_programs_cannot_be_had(site: Site) -> None:
    site.fails = "programs.yml"
    run = site.apply("failed")
    kept = (site.cluster().outputs or {})["hosts"]
    assert kept["reachability"] == MATRIX and len(kept["machines"]) == 5
    one, other = (playbook_code.count_tasks(book) for book in ("hosts.yml", "programs.yml"))
    assert [(step.done, step.total) for step in run.stages if step.name == "hosts"] == [(one + 1, one + other)]
    assert said(site.plan(), "hosts") == ["Prepares 5 machines."]
    site.fails = ""
    site.apply()
    assert site.books == INSTALL[1:] and (site.cluster().outputs or {})["hosts"]["reachability"] == MATRIX
    assert changes_nothing(site.plan())


def test_a_run_that_goes_on_begins_with_the_programs(site: Site) -> None:
    site.fails = "programs.yml"
    site.apply("failed")
    site.fails = ""
    site.again()
    assert site.books == INSTALL[1:] and changes_nothing(site.plan())


def test_what_failed_half_way_is_work_also_when_the_old_value_comes_back(site: Site) -> None:
    site.apply()
    site.spec["cluster"]["registries"][0]["ca"], site.fails = PEM, "programs.yml"
    site.apply("failed")
    site.spec["cluster"]["registries"][0]["ca"], site.fails = "", ""
    site.apply()
    assert site.books == ["programs.yml"] and changes_nothing(site.plan())


@pytest.mark.parametrize(("kind", "fresh"), [("plan", ["k8s-w-1"]), ("apply", [])])
def test_a_machine_that_a_plan_will_make_is_new_until_it_is_made(site: Site, kind: str, fresh: list[str]) -> None:
    """In the run that made it its identity tells, also when that run is taken up again."""
    one = {"class": vcenter_diff.MACHINE, "op": "replace", "rn": "k8s-w-1"}
    group = {"title": "", "objects": [one]}
    diff = parts.joined(None, "machines", {"summary": {}, "sentence": "", "groups": [group], "drift": []})
    run = SimpleNamespace(kind=kind, diff=diff, cluster_id=site.id)
    context = cast(Context, SimpleNamespace(run=run, sessions=site.sessions))
    assert plays.fresh(context, {"k8s-w-1": "", "k8s-w-2": ""}, ["k8s-w-1", "k8s-w-2"]) == fresh


def test_a_leaf_more_is_a_peer_more_and_nothing_else(site: Site) -> None:
    site.apply()
    site.spec["l3out"]["anchors"].append(
        {"pod": 1, "node": 103, "router_id": "198.19.0.103", "v4": "198.18.2.103", "rack": "r1"}
    )
    diff = site.plan()
    assert diff["sentence"] == "Adds the BGP peer leaf-103." and "hashed anew" in notes(diff, "network")
    site.apply()
    assert site.books == ["network.yml"]


def test_a_leaf_that_goes_leaves_the_nodes_before_it_leaves_the_fabric(site: Site) -> None:
    site.apply()
    gone = site.spec["l3out"]["anchors"].pop(1)
    diff = site.plan()
    assert said(diff, "removals") == ["Takes the BGP peer leaf-102 from the nodes."] and said(diff, "network") == []
    run = site.apply()
    assert site.books == ["network.yml"] and gone["v4"] not in str(site.played[0].inventory)
    assert {one.name: one.state for one in run.stages}["network"] == "skipped"
    assert site.played[0].variables == {"calico_manifest_file": "/made/for/it"}
    assert changes_nothing(site.plan())


def test_a_leaf_that_goes_while_another_comes_is_taken_first_and_the_other_added_last(site: Site) -> None:
    site.apply()
    leaf = site.spec["l3out"]["anchors"][1]
    leaf |= {"node": 103, "router_id": "198.19.0.103", "v4": "198.18.2.103"}
    diff = site.plan()
    assert said(diff, "removals") == ["Takes the BGP peer leaf-102 from the nodes."]
    assert said(diff, "network") == ["Adds the BGP peer leaf-103."]
    site.apply()
    assert site.books == ["network.yml", "network.yml"]
    first, second = (str(job.inventory["all"]["vars"]) for job in site.played)
    assert "198.18.2.103" not in first and "198.18.2.103" in second
    assert changes_nothing(site.plan())


def test_a_worker_that_goes_is_drained_and_one_that_comes_joins_and_peers(site: Site) -> None:
    site.apply()
    site.spec["machines"]["workers"] = [
        site.spec["machines"]["workers"][1], {"name": "k8s-w-3", "v4": "198.18.2.6", "rack": "r1"},
    ]  # fmt: skip
    diff = site.plan()
    assert said(diff, "removals") == ["Drains and removes k8s-w-1."]
    assert said(diff, "workers") == ["Joins k8s-w-3."] and said(diff, "control plane") == []
    assert said(diff, "network") == ["Peers k8s-w-3 with leaves 101 and 102."]
    site.apply()
    assert site.books == ["nodes_remove.yml", "hosts.yml", "programs.yml", "workers.yml", "network.yml"]
    removal = site.played[0]
    assert removal.variables == {"removals_nodes": ["k8s-w-1"]} and "k8s-w-1" in str(removal.inventory)
    assert changes_nothing(site.plan())


def test_a_worker_that_goes_alone_is_work_of_the_removal_alone(site: Site) -> None:
    site.apply()
    del site.spec["machines"]["workers"][0]
    site.apply()
    assert "workers.yml" not in site.books and site.books[0] == "nodes_remove.yml"
    assert changes_nothing(site.plan())


def test_a_removal_that_failed_later_is_not_done_twice(site: Site) -> None:
    site.apply()
    site.spec["machines"]["workers"][0] = {"name": "k8s-w-3", "v4": "198.18.2.6", "rack": "r1"}
    site.fails = "workers.yml"
    site.apply("failed")
    site.fails = ""
    diff = site.plan()
    assert said(diff, "removals") == [] and said(diff, "workers") == ["Joins k8s-w-3."]
    assert site.apply() and "nodes_remove.yml" not in site.books


def test_a_master_less_says_what_it_means_for_etcd_and_leaves_the_load_balancer(site: Site) -> None:
    site.apply()
    site.spec["machines"]["control_plane"].pop()
    diff = site.plan()
    assert said(diff, "removals") == ["Removes k8s-cp-3 from the control plane."]
    assert "2 in all: of them none may be lost." in notes(diff, "removals")
    assert said(diff, "control plane") == ["Takes k8s-cp-3 from behind the API address."]
    site.apply()
    assert site.books[0] == "nodes_remove.yml" and "control_plane.yml" in site.books


def test_a_machine_that_changes_its_role_leaves_and_joins(site: Site) -> None:
    site.apply()
    site.spec["machines"]["control_plane"].append(site.spec["machines"]["workers"].pop(0))
    diff = site.plan()
    assert said(diff, "removals") == ["Drains and removes k8s-w-1."]
    assert said(diff, "control plane") == ["Joins k8s-w-1 to the control plane."]
    assert said(diff, "hosts") == ["Prepares the machine k8s-w-1."]
    assert said(diff, "network") == ["Peers k8s-w-1 with leaves 101 and 102."]
    site.apply()
    assert site.books == ["nodes_remove.yml", "hosts.yml", "programs.yml", "control_plane.yml", "network.yml"]
    assert changes_nothing(site.plan())


def test_a_machine_gets_what_its_new_role_needs_also_where_there_is_no_kubernetes(site: Site) -> None:
    site.apply()
    site.act("reset")
    site.spec["machines"]["control_plane"].append(site.spec["machines"]["workers"].pop(0))
    assert said(site.plan(), "hosts") == ["Prepares the machine k8s-w-1."]
    site.apply()
    assert site.books == INSTALL and changes_nothing(site.plan())


@pytest.mark.parametrize("also", [(), ("k8s-cp-1", "k8s-cp-2", "k8s-cp-3")])
def test_a_machine_that_left_and_comes_back_is_prepared_again(site: Site, also: tuple[str, ...]) -> None:
    """It may have been made anew meanwhile; nothing of ours tells. Also where the cluster ends with it."""
    site.apply()
    machines = site.spec["machines"]
    site.spec["machines"] = {**machines, "workers": machines["workers"][1:]}
    if also:
        rows = enumerate(machines["control_plane"], 1)
        site.spec["machines"]["control_plane"] = [{**row, "name": f"new-cp-{number}"} for number, row in rows]
    site.fails = "hosts.yml"
    site.apply("failed")
    site.spec["machines"], site.fails = machines, ""
    assert site.plan()["prepares"] == [*also, "k8s-w-1"]


def test_a_control_plane_that_goes_as_a_whole_ends_the_cluster_and_says_so(site: Site) -> None:
    site.apply()
    rows = enumerate(site.spec["machines"]["control_plane"], 1)
    site.spec["machines"]["control_plane"] = [{**row, "name": f"new-cp-{number}"} for number, row in rows]
    diff = site.plan()
    assert said(diff, "removals") == ["Gives up the cluster on 5 machines."]
    assert "all that it held is lost" in notes(diff, "removals")
    assert said(diff, "control plane") == ["Installs Kubernetes 1.36.3 on 3 control-plane machines."]
    site.apply()
    assert site.books[0] == "reset.yml" and site.played[0].limit == "k8s-w-1:k8s-w-2"
    assert site.books[1:] == INSTALL and changes_nothing(site.plan())


def test_another_bgp_password_is_work_of_the_network_alone_and_is_stored_nowhere_in_clear(site: Site) -> None:
    site.spec["l3out"]["bgp"]["password"] = "planted-one"
    site.apply()
    site.spec["l3out"]["bgp"]["password"] = "planted-two"
    diff = site.plan()
    assert [stage for stage in OURS if said(diff, stage.removesuffix(".yml").replace("_", " "))] == ["network.yml"]
    assert "Sessions close until both sides have it" in notes(diff, "network")
    site.apply()
    assert site.books == ["network.yml"]
    assert base64.b64encode(b"planted-two").decode() in str(site.played[0].secrets)
    with site.sessions() as db:
        rows = str([(run.document, run.diff, run.outputs) for run in db.query(Run)])
    assert "planted" not in rows + str(site.cluster().outputs)


def test_an_add_on_more_and_one_less_concern_the_add_ons_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.spec["cluster"]["add_ons"] = ["helm", "metrics-server"]
    site.apply()
    assert site.books == [*INSTALL, "add_ons.yml"]
    site.spec["cluster"]["add_ons"] = ["helm", "ingress"]
    diff = site.plan()
    assert diff["sentence"] == "Installs ingress. Removes metrics-server."
    site.apply()
    assert site.books == ["add_ons.yml"]


def test_what_l3out_sync_made_goes_from_the_fabric_with_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[tuple[str, ...]] = []
    monkeypatch.setattr(departures, "depart", lambda context, spec: left.append(spec.cluster.add_ons))
    site.spec["cluster"]["add_ons"] = ["helm", departures.SYNC]
    site.apply()
    assert left == []
    site.spec["cluster"]["add_ons"] = ["helm"]
    site.apply()
    assert left == [("helm", departures.SYNC)]


def test_a_reset_takes_kubernetes_and_its_kubeconfig_and_the_next_plan_installs_anew(site: Site) -> None:
    with pytest.raises(service.Refused, match="no Kubernetes yet"):
        site.act("reset")
    site.apply()
    run = site.act("reset")
    assert site.books == ["reset.yml"]
    assert {one.name for one in run.stages if one.state == "done"} == {"preflight", "removals"}
    assert site.cluster().sealed_kubeconfig is None and "hosts" in (site.cluster().outputs or {})
    assert site.plan()["sentence"].startswith("Installs Kubernetes 1.36.3 on 3 control-plane machines.")


def test_old_values_are_news_after_new_ones_came_half_way(site: Site) -> None:
    """Some nodes may have the new password already."""
    site.spec["l3out"]["bgp"]["password"] = "planted-one"
    site.apply()
    site.spec["l3out"]["bgp"]["password"] = "planted-two"
    site.fails = "network.yml"
    site.apply("failed")
    site.fails = ""
    site.spec["l3out"]["bgp"]["password"] = "planted-one"
    assert said(site.plan(), "network") != []
    site.apply()
    assert site.books == ["network.yml"] and changes_nothing(site.plan())


def test_what_somebody_changed_in_the_cluster_is_set_back_once_it_was_seen(site: Site) -> None:
    """The spec is the same; only the verification knows."""
    site.apply()
    gone = Finding(1, "bad", "k8s-w-1 is not in the cluster.", "", "", kind="node-gone", subject="k8s-w-1")
    peer = Finding(2, "bad", "Leaf 101 has no session with k8s-w-2.", "", "", kind="bgppeer-gone", subject="Leaf 101")
    site.verified(gone, peer)
    diff = site.plan()
    assert said(diff, "hosts") == said(diff, "control plane") == []
    assert said(diff, "workers") == ["Joins k8s-w-1."]
    assert said(diff, "network") == [
        "Peers k8s-w-1 with leaves 101 and 102.",
        "Sets back what the last verification found: Leaf 101 has no session with k8s-w-2.",
    ]
    site.apply()
    assert site.books == ["workers.yml", "network.yml"]
    site.verified()
    assert changes_nothing(site.plan())


def test_a_verification_does_not_make_a_plan_stale(site: Site) -> None:
    site.apply()
    site.spec["l3out"]["bgp"]["max_restart"] = 9
    plan = site._planned()
    site.act("verify")
    with site.sessions() as db:
        assert service.request_apply(db, plan.id, "ada", enqueue=False).state == "queued"


def test_a_destroy_of_given_machines_says_that_kubernetes_stays(site: Site) -> None:
    site.apply()
    with site.sessions() as db:
        run = service.request_plan(db, site.id, "ada", "destroy", enqueue=False)
    diff = site._carried(run.id, "succeeded").diff or {}
    assert said(diff, "removals") == ["Leaves Kubernetes on the machines as it is."]
    assert "reset Kubernetes first" in notes(diff, "removals")


@pytest.mark.parametrize("book", ["hosts.yml", "network.yml", "add_ons.yml"])
def test_a_playbook_names_the_variables_of_its_own_roles(book: str) -> None:
    words = playbook_code.words(book)
    own = {"hosts.yml": "proxies_http", "network.yml": "calico_", "add_ons.yml": "add_ons_"}
    assert any(word.startswith(own[book]) for word in words)
    others = {start for name, start in own.items() if name != book}
    assert not [word for word in words if any(word == start for start in others)]


def test_an_installed_cluster_keeps_what_it_was_made_with(root: Path) -> None:
    spec = yaml.safe_load((root / "examples/lab.yaml").read_text())
    installed = specs.parse(spec).spec
    spec["network"]["services"]["v4"], spec["cluster"]["kubernetes_version"] = "198.18.12.0/24", "1.36.4"
    found = specs.fixed(installed, specs.parse(spec).spec)
    assert {problem.field for problem in found} == {"network.services.v4", "cluster.kubernetes_version"}
    assert all(problem.severity == "blocking" and "eset Kubernetes" in problem.remedy for problem in found)


@pytest.mark.parametrize(("was", "will"), [(None, "maxPods: 9"), ("maxPods: 9", "maxPods: 8"), ("maxPods: 9", "")])
def test_what_kubeadm_has_laid_down_is_not_changed_by_a_patch(root: Path, was: str | None, will: str) -> None:
    spec = yaml.safe_load((root / "examples/lab.yaml").read_text())
    spec["cluster"].setdefault("expert", {})["kubelet"] = was
    installed = specs.parse(spec).spec
    spec["cluster"]["expert"] |= {"kubelet": will or None, "containerd": "[debug]\n  level = 'debug'"}
    (problem,) = specs.fixed(installed, specs.parse(spec).spec)
    assert problem.field == "cluster.expert.kubelet"
    assert "reset Kubernetes" in problem.remedy


def test_a_runtime_stays_and_its_mirrors_are_the_nodes_affair(root: Path) -> None:
    spec = yaml.safe_load((root / "examples/lab.yaml").read_text())
    spec["cluster"]["container_runtime"] = "containerd"
    installed = specs.parse(spec).spec
    spec["cluster"]["container_runtime"] = "cri-o"
    spec["cluster"]["registries"] = []
    wanted = specs.parse(spec).spec
    assert [problem.field for problem in specs.fixed(installed, wanted)] == ["cluster.container_runtime"]
    found = {change.field: change.stages for change in specs.changes(installed, wanted)}
    assert found["cluster.registries.0"] == ("hosts", "network", "add-ons")


def test_a_mark_tells_secrets_apart_and_gives_none_away(box: Box) -> None:
    assert box.mark({"a": "one"}) == box.mark({"a": "one"}) != box.mark({"a": "two"})
    from cryptography.fernet import Fernet

    assert Box(Fernet.generate_key()).mark({"a": "one"}) != box.mark({"a": "one"})
