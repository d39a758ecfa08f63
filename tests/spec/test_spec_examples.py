"""The examples that ship: each is read and checked whole, without blocking problems."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webui.examples import example
from webui.render import tfvars
from webui.spec import check, complete, dump, load_yaml, parse, secrets

NAMES = ("lab", "lab-dual-stack", "full", "bare-metal", "no-cluster")


KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


def resolved(root: Path, name: str):
    document, problems = load_yaml((root / "examples" / f"{name}.yaml").read_text())
    assert problems == []
    environ = {"BGP_PASSWORD": "s3cret", "VCENTER_PASSWORD": "x", "MIRROR_PASSWORD": "x", "MACHINES_PASSWORD": "x"}
    return secrets.resolve(document, environ, lambda path: KEY)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stage", ["fabric", "all"])
def test_an_example_has_no_blocking_problem(root, name, stage):
    parsed = parse(resolved(root, name))
    assert parsed.problems == []
    assert [p for p in check(parsed.spec, stage=stage) if p.severity == "blocking"] == []


@pytest.mark.parametrize("name", ["lab", "lab-dual-stack", "full", "bare-metal"])
def test_only_the_leaking_example_warns_of_anything(root, name):
    assert check(parse(resolved(root, name)).spec) == []


def test_the_example_that_leaks_warns_of_it(root):
    fields = [p.field for p in check(parse(resolved(root, "no-cluster")).spec)]
    assert fields == ["l3out.external_epg.scopes"]


def test_every_example_in_the_folder_is_tested(root):
    assert {path.stem for path in (root / "examples").glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_becomes_variables_without_gaps(root, name):
    found = tfvars(complete(parse(resolved(root, name)).spec), "https://apic.example.net")
    assert None not in _leaves(found)


def test_the_lab_examples_can_stand_side_by_side(root):
    one, other = (complete(parse(resolved(root, name)).spec) for name in ("lab", "lab-dual-stack"))
    assert one.l3out.vlan != other.l3out.vlan
    assert one.l3out.name != other.l3out.name
    assert one.l3out.bgp.cluster_as != other.l3out.bgp.cluster_as
    for mine in (one.l3out.node_subnet, one.network.pods, one.network.services, one.network.external_services):
        for theirs in (other.l3out.node_subnet, other.network.pods, other.network.services):
            assert not mine.v4.overlaps(theirs.v4)


def test_fill_in_an_example_gives_the_lab_file(root):
    assert parse(example("lab")).spec == parse(resolved(root, "lab")).spec


def test_fill_in_an_example_of_a_real_site_holds_no_secret():
    assert "${" not in str(example("apic"))


def test_real_sites_use_documentation_addresses_alone(root):
    for name in ("full", "bare-metal", "no-cluster"):
        text = str(dump(parse(resolved(root, name)).spec))
        for address in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text):
            assert re.match(r"192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|198\.1[89]\.", address), address


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
