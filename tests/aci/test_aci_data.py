"""Objects, filters and queries as plain data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aci import filters, query
from aci.mo import BadMo, Mo, batches, deleted, from_json, mo
from lab.apic import filters as server

words = st.text(min_size=1, max_size=6)
attributes = st.dictionaries(words, st.text(max_size=10), max_size=4)
objects = st.recursive(
    st.builds(Mo, words, attributes),
    lambda below: st.builds(Mo, words, attributes, st.lists(below, max_size=3).map(tuple)),
    max_leaves=8,
)


@given(objects)
def test_json_round_trip_keeps_everything(item: Mo) -> None:
    assert from_json(json.loads(json.dumps(item.to_json()))) == item


def test_attributes_stand_before_children() -> None:
    body = mo("fvTenant", mo("fvCtx", name="main"), name="k8s").to_json()
    assert list(body["fvTenant"]) == ["attributes", "children"]


def test_an_mo_cannot_be_changed_behind_ones_back() -> None:
    source = {"name": "a"}
    item = Mo("fvTenant", source)
    source["name"] = "b"
    assert item["name"] == "a"
    with pytest.raises(TypeError):
        item.attributes["name"] = "c"  # type: ignore[index]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"a": {}, "b": {}},
        {"a": []},
        {"a": {"attributes": []}},
        {"a": {"attributes": {"x": {}}}},
        {"a": {"children": {}}},
    ],
)
def test_it_refuses_json_that_is_no_object(document: object) -> None:
    with pytest.raises(BadMo):
        from_json(document)


def test_deletion_is_a_status_as_the_provider_sends_it() -> None:
    assert deleted("fvTenant", "uni/tn-a").to_json() == {
        "fvTenant": {"attributes": {"dn": "uni/tn-a", "status": "deleted"}}
    }


def test_batches_keep_order_and_size() -> None:
    items = [mo("fvCtx", name=str(n)) for n in range(7)]
    found = list(batches(items, 3))
    assert [len(part) for part in found] == [3, 3, 1]
    assert [item for part in found for item in part] == items


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_value_survives_quoting(wanted: str, other: str) -> None:
    test = server.parse(filters.eq("fvTenant.descr", wanted))
    assert test("fvTenant", {"descr": wanted})
    assert test("fvTenant", {"descr": other}) == (wanted == other)


def test_filters_nest() -> None:
    text = filters.and_(
        filters.eq("a.b", 'x"y'), filters.or_(filters.gt("a.c", "1"), filters.not_(filters.wcard("a.d", "z")))
    )
    assert text == r'and(eq(a.b,"x\"y"),or(gt(a.c,"1"),not(wcard(a.d,"z"))))'
    assert filters.and_(filters.ne("a.b", "c")) == 'ne(a.b,"c")'
    with pytest.raises(ValueError, match="at least one"):
        filters.or_()


def test_a_query_is_its_path() -> None:
    asked = query.Query(dn="uni/tn-a", cls="fvRsCons", page=0, page_size=10, order_by=("fvRsCons.dn|asc",))
    assert asked.path == "/api/node/class/uni/tn-a/fvRsCons.json?order-by=fvRsCons.dn|asc&page=0&page-size=10"
    assert query.mo("uni/tn-a/out-[x/y]").path == "/api/mo/uni/tn-a/out-[x/y].json"


def test_what_would_end_a_path_is_encoded() -> None:
    assert query.mo("uni/tn-a?b#c%d").path == "/api/mo/uni/tn-a%3Fb%23c%25d.json"
    assert "&" not in query.below("uni", filter=filters.eq("a.b", "c&d=e+f")).path.partition("filter=")[2].replace(
        "&target", ""
    )


def test_a_query_needs_something_to_ask_for() -> None:
    with pytest.raises(ValueError, match="DN or a class"):
        query.Query()
