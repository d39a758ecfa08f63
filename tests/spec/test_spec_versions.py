"""The tested-versions table, what it proposes and what it says."""

from __future__ import annotations

import copy
import datetime as dt
import re
from typing import Any

import pytest

from webui.examples import example
from webui.spec import Problem, check, complete, parse, versions
from webui.spec.site import SiteFacts, Version
from webui.spec.vcenter_site import Template, VCenterFacts


def document(site: str = "apic", **cluster: Any) -> dict[str, Any]:
    found = copy.deepcopy(example("lab"))
    found["cluster"] |= cluster
    found["machines"] |= {"password": "s3cret"}
    found["mode"] = "bare-metal"
    found["fabric"] = {"site": site, "apics": ["apic1"], "user": "admin"}
    return found


def said(found: dict[str, Any], facts: SiteFacts | None = None) -> dict[str, Problem]:
    return {problem.field: problem for problem in check(parse(found).spec, facts)}


@pytest.mark.parametrize(
    ("cluster", "field", "severity", "words"),
    [
        ({"apt_mirror": None}, "cluster.apt_mirror", "warning", "own sources must have kubeadm"),
        ({"kubernetes_version": "1.37.1"}, "cluster.kubernetes_version", "warning", "was not tried"),
        ({"kubernetes_version": "1.40"}, "cluster.kubernetes_version", "warning", "was not tried"),
        ({"kubernetes_version": "v1.34.4"}, "cluster.kubernetes_version", "warning", "no longer supported"),
        ({"kubernetes_version": "1.31.9"}, "cluster.kubernetes_version", "blocking", "cannot be installed"),
        ({"kubernetes_version": "1.19.0"}, "cluster.kubernetes_version", "blocking", "cannot be installed"),
        ({"calico_version": "3.27.0"}, "cluster.calico_version", "blocking", "no pinned manifest"),
        ({"calico_version": "3.28.5"}, "cluster.calico_version", "warning", "no longer supported"),
        ({"calico_version": "v3.31.7"}, "cluster.calico_version", "warning", "not tested with Kubernetes 1.36"),
        ({"calico_version": "3.28.5", "load_balancer": "built-in"}, "cluster.load_balancer", "blocking", "3.30"),
        ({"load_balancer": "none", "add_ons": ["ingress"]}, "cluster.load_balancer", "blocking", "ingress"),
        ({"typha": "yes", "cni": "kube-router"}, "cluster.typha", "blocking", "part of Calico"),
        ({"cni": "kube-router"}, "cluster.cni", "warning", "never run"),
        ({"cni": "aci"}, "cluster.cni", "blocking", "does not install"),
        ({"container_runtime": "cri-o"}, "cluster.container_runtime", "warning", "never run"),
        ({"ebpf": "yes"}, "cluster.ebpf", "warning", "never run"),
    ],
)
def test_what_is_outside_the_table_is_told(cluster: dict[str, str], field: str, severity: str, words: str) -> None:
    found = said(document(**cluster)).get(field)
    assert found is not None
    assert (found.severity, words in found.sentence) == (severity, True), found


def test_what_is_proposed_has_no_problem() -> None:
    assert said(document(kubernetes_version=None, calico_version=None)) == {}


def test_the_lab_has_one_calico_and_says_so_of_the_others() -> None:
    on_lab = said(document("lab", calico_version="3.32.1"))
    assert on_lab["cluster.calico_version"].severity == "blocking"
    assert "Choose 3.28.5" in on_lab["cluster.calico_version"].remedy
    assert "cluster.calico_version" not in said(document("lab", calico_version="3.28.5"))


@pytest.mark.parametrize(
    ("site", "kubernetes", "release"),
    [
        ("apic", "1.36.3", "3.32.1"),
        ("apic", "1.33.1", "3.31.7"),
        ("apic", "1.50", "3.32.1"),
        ("lab", "1.36.3", "3.28.5"),
    ],
)
def test_the_calico_that_fits_is_proposed(site: str, kubernetes: str, release: str) -> None:
    completed = complete(parse(document(site, kubernetes_version=kubernetes)).spec)
    assert completed.cluster.calico_version == release
    handed_out = "metallb" if site == "lab" else "built-in"
    assert completed.cluster.load_balancer == handed_out


def test_a_newer_anchorage_does_not_raise_an_applied_calico() -> None:
    applied = complete(parse(document(calico_version="3.31.7")).spec)
    assert complete(parse(document()).spec, applied=applied).cluster.calico_version == "3.31.7"


def test_many_nodes_want_typha() -> None:
    many = document()
    many["machines"]["workers"] = [{"name": f"w{n}", "v4": f"198.18.2.{n + 10}", "rack": "r1"} for n in range(60)]
    assert "63 nodes" in said(many)["cluster.typha"].sentence
    many["cluster"]["typha"] = "yes"
    assert "cluster.typha" not in said(many)


def test_an_aci_release_from_the_future_is_told() -> None:
    for text, told in (("6.1(2f)", False), ("6.2(1a)", True), ("7.0(1a)", True)):
        facts = SiteFacts(dt.datetime.now(dt.UTC), version=Version.read(text))
        found = said(document(), facts).get("fabric.apics")
        assert (found is not None and "newer" in found.sentence) is told


@pytest.mark.parametrize(
    ("guest", "name"),
    [
        ("Debian GNU/Linux 13 (64-bit)", "Debian 13"),
        ("Debian GNU/Linux 12 (64-bit)", "Debian 12"),
        ("Ubuntu 24.04.1 LTS", "Ubuntu 24.04"),
        ("Ubuntu Linux (64-bit)", None),
        ("Debian GNU/Linux 11 (64-bit)", None),  # what older vCenters call newer ones too
        ("Other 5.x or later Linux (64-bit)", None),
        ("", None),
    ],
)
def test_a_system_is_known_by_what_vcenter_calls_it(guest: str, name: str | None) -> None:
    assert versions.system(guest) == name


@pytest.mark.parametrize(("guest", "told"), [("Debian GNU/Linux 13 (64-bit)", True), ("Debian GNU/Linux 12", False)])
def test_a_template_whose_system_was_not_run_is_told(guest: str, told: bool) -> None:
    found = document("lab") | {"mode": "full"}
    there = VCenterFacts(
        dt.datetime.now(dt.UTC), datacenters=("DC1",), templates=(Template("DC1", "debian-12-cloud", guest),)
    )
    problems = [one for one in check(parse(found).spec, vcenter=there) if "was not run" in one.sentence]
    assert bool(problems) is told
    for one in problems:
        assert (one.severity, one.field, one.page) == ("warning", "vcenter.template", "vcenter")
        assert one.sentence.startswith("Debian 13, the system of template debian-12-cloud,")
        assert one.remedy.startswith("Choose Debian 12,")


def test_without_a_cluster_nothing_is_said_of_versions() -> None:
    found = document(kubernetes_version="1.19", calico_version="3.1.0", cni="aci")
    found["mode"] = "no-cluster"
    assert not any(field.startswith("cluster.") for field in said(found))


def test_every_file_of_the_table_is_pinned() -> None:
    for release in (*versions.CALICO, versions.METALLB):
        assert release.sums
        assert release.url.endswith("manifests")
        assert release.tag in release.url
        assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in release.sums.values())


def test_the_proposed_release_is_one_that_was_run() -> None:
    row = versions.kubernetes(versions.PROPOSED_KUBERNETES)
    assert row is not None
    assert (row.tried, row.state) == ("run", "")
