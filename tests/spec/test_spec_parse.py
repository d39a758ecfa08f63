"""Documents of every kind become a spec and problems; nothing raises."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network, IPv6Network

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.spec import ClusterSpec, check, complete, dump, from_yaml, json_schema, load_yaml, parse, put, to_yaml
from webui.spec.parsing import get, label, walk
from webui.spec.values import Wrong

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PATHS = [path for path, _, _ in walk()]
SCHEMA = jsonschema.Draft202012Validator(json_schema())
KNOWN = sorted({step for path in PATHS for step in path.split(".") if step != "*"})


def documents(depth: int = 3):
    """Nonsense that has the right names here and there."""
    if depth == 0:
        return ANYTHING
    inner = documents(depth - 1)
    return ANYTHING | st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KNOWN), inner, max_size=6)


@settings(max_examples=300)
@given(documents())
def test_any_document_is_read_completed_and_checked_without_raising(document):
    parsed = parse(document)
    assert isinstance(parsed.spec, ClusterSpec)
    check(parsed.spec)
    assert parse(dump(parsed.spec)).spec == parsed.spec


@settings(max_examples=100)
@given(st.text())
def test_any_text_is_read_without_raising(text):
    from_yaml(text)


VALUES = {
    "name": st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True),
    "mode": st.sampled_from(["full", "bare-metal", "no-cluster"]),
    "l3out.tenant": st.from_regex(r"[a-zA-Z0-9_.-]{1,20}", fullmatch=True),
    "l3out.vlan": st.integers(1, 4094),
    "l3out.mtu": st.integers(576, 9216),
    "l3out.bgp.cluster_as": st.integers(0, 2**32 - 1),
    "l3out.bgp.password": st.text(min_size=1, max_size=80).filter(str.strip),
    "l3out.node_subnet.v4": st.integers(0, 2**24 - 1).map(lambda n: str(IPv4Network((n << 8, 24)))),
    "l3out.node_subnet.v6": st.integers(0, 2**64 - 1).map(lambda n: str(IPv6Network((n << 64, 64)))),
    "l3out.external_epg.scopes": st.lists(st.sampled_from(["import-security", "shared-rtctrl"]), max_size=2),
    "l3out.floating.v4": st.ip_addresses(v=4).map(str),
    "l3out.default_route": st.booleans(),
    "fabric.tls.verify": st.booleans(),
    "cluster.ntp": st.lists(st.sampled_from(["192.0.2.1", "ntp.example.net", "[2001:db8::1]:123"]), max_size=3),
    "machines.user": st.text("abc -_01", min_size=1).filter(str.strip),
}


@st.composite
def specs(draw):
    spec = ClusterSpec()
    for path, values in VALUES.items():
        if draw(st.booleans()):
            spec = put(spec, path, draw(values))
    return spec


@settings(max_examples=100)
@given(specs())
def test_a_spec_survives_json_and_yaml(spec):
    plain = dump(spec)
    assert parse(json.loads(json.dumps(plain))) == parse(plain)
    assert parse(plain).problems == []
    assert parse(plain).spec == spec
    again = from_yaml(to_yaml(spec, secrets="plain"))
    assert again.problems == []
    assert dump(again.spec) == {"version": 1, **plain}


@pytest.mark.parametrize("value", ["0\x85", "a\u2028b", "a\u2029", "two\nlines", " x "])
def test_a_secret_of_odd_characters_is_read_as_it_was_written(value: str) -> None:
    plain = {"l3out": {"bgp": {"password": value}}}
    assert dump(from_yaml(to_yaml(parse(plain).spec, secrets="plain")).spec) == {"version": 1, **plain}


@settings(max_examples=60)
@given(specs())
def test_a_spec_fits_its_json_schema_and_completing_twice_changes_nothing(spec):
    done = complete(spec)
    assert complete(done) == done
    SCHEMA.validate(dump(done))


def test_what_forms_send_is_read():
    spec = parse(
        {
            "l3out": {
                "vlan": " 310 ",
                "mtu": "",
                "node_subnet": {"v4": " 198.18.2.0/24 "},
                "bgp": {"cluster_as": "1.10", "fabric_as": "AS65002"},
                "default_route": "on",
                "external_epg": {"scopes": "import-security, shared-rtctrl"},
            },
            "fabric": {"apics": "https://apic1.example.net/\napic2.example.net:8443", "login_domain": "   "},
        }
    ).spec
    assert spec.l3out.vlan == 310
    assert spec.l3out.mtu is None
    assert spec.l3out.node_subnet.v4 == IPv4Network("198.18.2.0/24")
    assert (spec.l3out.bgp.cluster_as, spec.l3out.bgp.fabric_as) == (65546, 65002)
    assert spec.l3out.default_route is True
    assert spec.l3out.external_epg.scopes == ("import-security", "shared-rtctrl")
    assert spec.fabric.apics == ("apic1.example.net", "apic2.example.net:8443")
    assert spec.fabric.login_domain is None


WRONG = [
    ("l3out.vlan", 4095, "4095", "1 to 4094"),
    ("l3out.vlan", "3x", "3x", "number"),
    ("l3out.vlan", True, "True", "number"),
    ("l3out.mtu", 9217, "9217", "9216"),
    ("cluster.port", 0, "0", "65535"),
    ("l3out.bgp.hold", 2, "2", "3"),
    ("l3out.bgp.cluster_as", 4294967296, "4294967296", "4294967295"),
    ("l3out.bgp.cluster_as", 1.1, "decimal", "quotes"),
    ("l3out.bgp.cluster_as", "70000.1", "70000.1", "65535"),
    ("l3out.node_subnet.v4", "198.18.2.5/24", "bits set", "198.18.2.0/24"),
    ("l3out.node_subnet.v4", "198.18.2.0", "prefix length", "/24"),
    ("l3out.node_subnet.v4", "2001:db8::/64", "not IPv4", "IPv6 in its own field"),
    ("l3out.node_subnet.v6", "198.18.2.0/24", "not IPv6", "IPv4 in its own field"),
    ("l3out.floating.v4", "198.18.2.254/24", "prefix length", "198.18.2.254"),
    ("l3out.floating.v4", "198.18.2.256", "no IPv4 address", "such as"),
    ("l3out.floating.v6", "fe80::1%eth0", "interface", "%"),
    ("l3out.tenant", "k8s:prod", "k8s:prod", "0-9"),
    ("l3out.tenant", "t" * 64, "64 characters", "63"),
    ("l3out.name", "n" * 58, "58 characters", "57"),
    ("l3out.contract.name", "näme", "näme", "a-z"),
    ("l3out.external_epg.scopes", ["import-secruity"], "import-secruity", "import-security"),
    ("mode", "ful", "ful", "Did you mean full?"),
    ("name", "K8s", "capital", "k8s"),
    ("name", "-a", "-a", "letters"),
    ("fabric.apics", ["user@apic"], "user@apic", "name or an address"),
    ("fabric.apics", ["300.1.1.1"], "300.1.1.1", "name or an address"),
    ("fabric.tls.ca", "nonsense", "PEM", "BEGIN CERTIFICATE"),
    ("cluster.proxy.http", "http://user:secret@proxy.example.net", "user name", "in clear"),
    ("cluster.kubernetes_version", 1.36, "not text", "quotes"),
    ("l3out.anchors", "101", "no list", "list"),
    ("l3out.anchors", [101], "fields are expected", "pod"),
    ("l3out", [1], "a list", "fields"),
    ("fabric.tls.verify", "maybe", "maybe", "true or false"),
]


@pytest.mark.parametrize(("path", "value", "said", "remedy"), WRONG)
def test_a_wrong_value_is_a_problem_with_a_remedy_and_is_left_out(path, value, said, remedy):
    document: dict = {}
    here = document
    *way, last = path.split(".")
    for step in way:
        here = here.setdefault(step, {})
    here[last] = value
    parsed = parse(document)
    assert len(parsed.problems) == 1
    problem = parsed.problems[0]
    assert problem.severity == "blocking"
    assert problem.field.startswith(path)
    assert problem.page in ("fabric", "l3out", "cluster")
    assert said in problem.sentence
    assert remedy in problem.remedy
    assert "secret" not in problem.sentence + problem.remedy
    assert parse(dump(parsed.spec)).problems == []


def test_rows_keep_their_places_when_one_is_nonsense():
    parsed = parse({"l3out": {"anchors": [{"node": 101}, 5, {"node": 103, "v4": "x"}]}})
    assert [anchor.node for anchor in parsed.spec.l3out.anchors] == [101, None, 103]
    assert [problem.field for problem in parsed.problems] == ["l3out.anchors.1", "l3out.anchors.2.v4"]


def test_an_unknown_field_names_the_nearest_one():
    (problem,) = parse({"l3out": {"vlam": 310}}).problems
    assert problem.field == "l3out"
    assert "vlam" in problem.sentence
    assert problem.remedy == "Did you mean vlan?"


def test_a_secret_is_never_in_a_problem_or_in_the_specs_words():
    parsed = parse({"l3out": {"bgp": {"password": ["hunter2"]}}, "machines": {"password": "hunter2"}})
    assert "hunter2" not in str(parsed.problems) + repr(parsed.spec)


def test_yaml_does_not_guess():
    spec = from_yaml("cluster: {kubernetes_version: 1.30}\nl3out: {bgp: {cluster_as: 1.10}, vlan: 0310}").spec
    assert spec.cluster.kubernetes_version == "1.30"
    assert spec.l3out.bgp.cluster_as == 65546
    assert spec.l3out.vlan == 310


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nname: b", "twice"),
        ("name: [", "line 1"),
        ("- 1", "a list"),
        ("just words", "fields are expected"),
        ("[" * 5000, "deeply"),
        ("name: !!python/object:os.system x", "valid YAML"),
    ],
)
def test_broken_yaml_is_one_problem(text, said):
    document, problems = load_yaml(text)
    assert document == {}
    assert len(problems) == 1
    assert said in problems[0].sentence


def test_an_alias_bomb_does_no_harm():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    parsed = from_yaml(bomb + "name: *i\n")
    assert all(len(problem.sentence) < 300 for problem in parsed.problems)


def test_every_field_has_a_title_and_help_and_examples_where_they_help():
    for path, shape, info in walk():
        assert info.title, path
        assert info.description, path
        assert info.description.endswith("."), path
        if shape.kind in ("value", "values") and not shape.secret and "ca" not in path.split("."):
            assert info.examples, path


def test_examples_of_fields_are_right():
    for path, _, info in walk():
        for example in info.examples or ():
            if "*" not in path and not isinstance(example, dict) and "ca" not in path.split("."):
                try:
                    put(ClusterSpec(), path, example)
                except Wrong as wrong:
                    pytest.fail(f"{path}: {wrong.text}")


def test_put_sets_what_get_finds():
    spec = parse({"l3out": {"anchors": [{}, {}]}}).spec
    changed = put(spec, "l3out.anchors.1.v4", "198.18.2.101")
    assert get(changed, "l3out.anchors.1.v4") == IPv4Address("198.18.2.101")
    assert get(changed, "l3out.anchors.7.v4") is None
    assert get(spec, "l3out.anchors.1.v4") is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("l3out.vlan", "VLAN"),
        ("l3out.node_subnet.v4", "Node subnet (IPv4)"),
        ("l3out.anchors.1.router_id", "Anchor leaves 2, Router id"),
        ("fabric.tls.ca", "TLS, CA certificate"),
    ],
)
def test_a_field_is_called_by_its_title(path, words):
    assert label(path) == words
