"""The filter parser against a plain model, and against nonsense."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.apic import filters
from lab.apic.errors import ApicError

NAMES = ("a", "b")
values = st.one_of(st.integers(0, 99).map(str), st.text(max_size=4))
attributes = st.fixed_dictionaries(dict.fromkeys(NAMES, values))


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def model(operator: str, value: str, wanted: str) -> bool:
    numbers = all(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", part) for part in (value, wanted))
    left, right = (float(value), float(wanted)) if numbers else (value, wanted)
    return {
        "eq": value == wanted,
        "ne": value != wanted,
        "gt": left > right,
        "ge": left >= right,
        "lt": left < right,
        "le": left <= right,
        "wcard": wanted in value,
    }[operator]


comparisons = st.tuples(
    st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le", "wcard"]),
    st.sampled_from(NAMES),
    st.one_of(st.integers(0, 99).map(str), st.text(st.characters(exclude_characters="*"), max_size=3)),
)

expressions = st.recursive(
    comparisons.map(lambda it: ("cmp", it)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("and", parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("or", parts)),
        inner.map(lambda part: ("not", [part])),
    ),
    max_leaves=6,
)


def text(node) -> str:
    kind, inner = node
    if kind == "cmp":
        operator, name, wanted = inner
        return f"{operator}(fvTenant.{name}, {quote(wanted)})"
    return f"{kind}({','.join(map(text, inner))})"


def truth(node, found: dict[str, str]) -> bool:
    kind, inner = node
    if kind == "cmp":
        operator, name, wanted = inner
        return model(operator, found[name], wanted)
    results = [truth(part, found) for part in inner]
    return {"and": all(results), "or": any(results), "not": not results[0]}[kind]


@given(expressions, attributes)
def test_any_expression_means_what_the_model_says(node, found: dict[str, str]) -> None:
    assert filters.parse(text(node))("fvTenant", found) == truth(node, found)


@given(st.text(alphabet='eqandorwcard(),."\\ x1*', max_size=30))
def test_nonsense_is_refused_or_parsed_and_never_breaks(nonsense: str) -> None:
    try:
        filters.parse(nonsense)("fvTenant", {"a": "1"})
    except ApicError as error:
        assert error.status == 400


def test_between_and_wildcards() -> None:
    assert filters.parse('bw(x.y,"10","20")')("x", {"y": "15"})
    assert not filters.parse('bw(x.y,"10","20")')("x", {"y": "9"})
    assert filters.parse('wcard(x.y,"a*z")')("x", {"y": "in a to z out"})
    assert not filters.parse('wcard(x.y,"a.z")')("x", {"y": "abz"})


def test_another_class_does_not_match() -> None:
    assert not filters.parse('eq(fvBD.name,"a")')("fvCtx", {"name": "a"})


@pytest.mark.parametrize(
    "broken", ["", "eq", "eq(", "eq(a.b)", 'eq(a,"b")', 'xx(a.b,"c")', 'eq(a.b,"c"))', "not(a,b)", "and()"]
)
def test_what_is_broken_is_said(broken: str) -> None:
    with pytest.raises(ApicError, match="Invalid filter"):
        filters.parse(broken)


def test_depth_is_bounded() -> None:
    with pytest.raises(ApicError, match="deeply"):
        filters.parse("not(" * 5000 + 'eq(a.b,"c")' + ")" * 5000)
