"""Secrets are taken out of documents, put back, resolved, and never shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.spec import check, dump, from_yaml, parse, secrets, to_yaml

DOCUMENT = {
    "name": "k8s",
    "l3out": {"bgp": {"password": "one", "cluster_as": 65003}},
    "machines": {"ssh_key": "two", "password": ""},
    "cluster": {"registries": [{"upstream": "docker.io"}, {"upstream": "registry.k8s.io", "password": "three"}]},
}


def test_every_secret_field_is_known():
    assert set(secrets.patterns()) == {
        "fabric.password",
        "l3out.bgp.password",
        "vcenter.password",
        "machines.ssh_key",
        "machines.password",
        "cluster.registries.*.password",
    }


def test_split_and_merge_give_back_the_document():
    rest, found = secrets.split(DOCUMENT)
    assert found == {"l3out.bgp.password": "one", "machines.ssh_key": "two", "cluster.registries.1.password": "three"}
    assert not any(secret in str(rest) for secret in ("one", "two", "three"))
    assert rest["l3out"]["bgp"] == {"cluster_as": 65003}
    assert secrets.merge(rest, found) == DOCUMENT
    assert DOCUMENT["l3out"]["bgp"]["password"] == "one"


def test_merge_makes_missing_sections_and_drops_what_has_no_row():
    merged = secrets.merge({"name": "k8s"}, {"l3out.bgp.password": "one", "cluster.registries.0.password": "x"})
    assert merged["l3out"] == {"bgp": {"password": "one"}}
    assert parse(merged).problems == []
    assert secrets.merge({"cluster": {"registries": []}}, {"cluster.registries.0.password": "x"}) == {
        "cluster": {"registries": []}
    }


def test_references_are_resolved_and_others_stay():
    document = {
        "l3out": {"bgp": {"password": "${env:BGP}"}},
        "machines": {"ssh_key": "${file:/keys/id}", "password": "${env:NOT_SET}"},
        "name": "${env:BGP}",
    }
    found = secrets.resolve(document, {"BGP": "s3cret"}, lambda path: f"key of {path}\n")
    assert found["l3out"]["bgp"]["password"] == "s3cret"
    assert found["machines"] == {"ssh_key": "key of /keys/id", "password": "${env:NOT_SET}"}
    assert found["name"] == "${env:BGP}"


def test_a_reference_that_leads_nowhere_is_told():
    def read(path: str) -> str:
        raise FileNotFoundError(path)

    document = secrets.resolve({"machines": {"ssh_key": "${file:/none}"}}, {}, read)
    (problem,) = [p for p in check(parse(document).spec, stage="fabric") if p.field == "machines.ssh_key"]
    assert problem.severity == "blocking"
    assert "${file:/none}" in problem.sentence


def test_exports_write_references_and_pages_a_mask():
    spec = parse(DOCUMENT).spec
    text = to_yaml(spec)
    assert "${env:ANCHORAGE_L3OUT_BGP_PASSWORD}" in text
    assert "${env:ANCHORAGE_CLUSTER_REGISTRIES_1_PASSWORD}" in text
    for shown in (text, to_yaml(spec, secrets="masked"), str(secrets.masked(DOCUMENT)), repr(spec)):
        assert not any(secret in shown for secret in (": one", ": two", ": three", "'one'", "'two'", "'three'"))
    assert dump(spec)["l3out"]["bgp"]["password"] == "one"


def test_an_export_comes_back_whole_when_its_references_are_set():
    spec = parse(DOCUMENT).spec
    names = {path: secrets.reference(path)[6:-1] for path, _ in secrets.values_of(spec)}
    environ = {names[path]: value for path, value in secrets.values_of(spec)}
    again = secrets.resolve(dump(from_yaml(to_yaml(spec)).spec), environ, lambda path: "")
    assert parse({key: value for key, value in again.items() if key != "version"}).spec == spec


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["l3out", "bgp", "password", "cluster", "registries", "machines", "ssh_key"]), inner
            )
        ),
        max_leaves=10,
    ).filter(lambda found: isinstance(found, dict))
)
def test_any_document_can_be_split_masked_and_resolved(document):
    rest, found = secrets.split(document)
    assert secrets.split(rest)[1] == {}
    secrets.masked(document)
    secrets.resolve(document, {}, lambda path: "")
    secrets.merge(rest, found)


@pytest.mark.parametrize("text", ["${env:A}", " ${file:/a b} "])
def test_a_reference_is_known_as_one(text):
    assert secrets.is_reference(text)
    assert not secrets.is_reference(text + "x")
