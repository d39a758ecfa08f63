"""The annotation: what is accepted, what is refused, and what people are told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l3out_sync.core.annotation import OptOut, Wish, Wrong, read

ACCEPTED = [
    ("epg=web", Wish("web")),
    (" epg=web ", Wish("web")),
    ("epg=web,pods=none", Wish("web", pods="none")),
    ("epg=web pods=ready services=no", Wish("web", pods="ready", services=False)),
    ("epg=web; tenant=t; l3out=o", Wish("web", tenant="t", l3out="o")),
    ("epg=web, provided=b,a, consumed=c", Wish("web", provided=("a", "b"), consumed=("c",))),
    ("epg=web provided=", Wish("web", provided=())),
    ('{"epg": "web"}', Wish("web")),
    ('{"epg": "web", "l3out": "other"}', Wish("web", l3out="other")),
    ('{"epg": "web", "tenant": "t", "l3out": "o", "pods": "all"}', Wish("web", "t", "o", pods="all")),
    ('{"epg": "web", "services": true, "provided": ["b", "a", "a"]}', Wish("web", services=True, provided=("a", "b"))),
    ("none", OptOut()),
    ("None", OptOut()),
]
REFUSED = [
    ("", "it is empty"),
    ("web", "'web' is not name=value"),
    ("epg=", "epg is empty"),
    ("epg=web epg=api", "epg is given twice"),
    ("pods=all", "epg is missing"),
    ("epg=web colour=red", "'colour' is not one of"),
    ("epg=web pods=some", "pods must be one of all, ready, none"),
    ("epg=web services=perhaps", "services must be true or false"),
    ("epg=web tenant=t", "a tenant is given without an l3out"),
    ("epg=w/eb", "epg holds characters"),
    ("epg=" + "x" * 65, "epg has 65 characters, the APIC takes 64"),
    ('{"epg": "web"', "it is not JSON"),
    ('{"epg": "web", "epg": "api"}', "epg is given twice"),
    ('{"epg": 5}', "epg must be text"),
    ('{"epg": "web", "provided": "a"}', "provided must be a list"),
    ('{"epg": "web", "provided": ["a b"]}', "provided holds characters"),
    ('{"epg": "web", "services": "yes"}', "services must be true or false"),
]


@pytest.mark.parametrize(("text", "wish"), ACCEPTED)
def test_what_is_accepted(text: str, wish: object) -> None:
    assert read(text, None) == wish


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_is_refused_says_why_and_what_to_write(text: str, why: str) -> None:
    wrong = read(text, None)
    assert isinstance(wrong, Wrong)
    assert why in wrong.message
    assert "anchorage.internal/l3out" in wrong.message
    assert "epg=web" in wrong.remedy


def test_no_annotation_is_nothing() -> None:
    assert read(None, None) is None


def test_the_references_annotation_is_taken_unchanged() -> None:
    text = '{"tenant": "k8s-prod", "l3out": "k8s", "epg": "web"}'
    assert read(None, text) == Wish("web", "k8s-prod", "k8s")


def test_ours_goes_before_the_references() -> None:
    assert read("epg=ours", '{"tenant": "t", "l3out": "o", "epg": "theirs"}') == Wish("ours")


@pytest.mark.parametrize("text", ["epg=web", "none", '{"epg": "web", "pods": "all"}', "[]"])
def test_the_references_key_takes_its_own_form_alone(text: str) -> None:
    assert isinstance(read(None, text), Wrong)


def test_a_name_of_64_characters_is_kept_whole() -> None:
    assert read("epg=" + "x" * 64, None) == Wish("x" * 64)


@given(st.text())
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    assert isinstance(read(text, None), Wish | OptOut | Wrong)
    assert isinstance(read(None, text), Wish | OptOut | Wrong)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    assert isinstance(read("{" + json.dumps(value), None), Wrong)
    assert read(json.dumps({"epg": "web", "pods": value}), None) is not None
