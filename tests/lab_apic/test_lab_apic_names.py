"""Whatever is posted as a name: an object's DN is its container's and its RN, and names it alone; or it is refused."""

from hypothesis import given
from hypothesis import strategies as st

from aci import dn
from aci.mo import Mo, mo
from lab.apic.apply import class_of_dn
from lab.apic.classes import load
from lab.apic.core import Apic
from lab.apic.errors import ApicError

nasty = st.text(alphabet="ab/[]-{}. \"'%", max_size=8)
APIC = Apic()
CLASSES = [cls for cls in load() if cls.configurable and cls.naming and "fvTenant" in cls.containers]
RELATIONS = ["fvRsProv", "fvRsCons"]


@given(st.sampled_from(CLASSES), st.data())
def test_names_are_taken_whole_or_refused(cls, data) -> None:
    attributes = {name: data.draw(nasty) for name in cls.naming}
    post("uni/tn-common", Mo(cls.name, attributes))


@given(st.sampled_from(RELATIONS), nasty, st.booleans())
def test_relations_are_taken_whole_or_refused(cls: str, name: str, by_rn: bool) -> None:
    rn = "rsprov" if cls == "fvRsProv" else "rscons"
    attributes = {"rn": f"{rn}-{name}"} if by_rn else {"tnVzBrCPName": name}
    post("uni/tn-k8s-prod/out-core/instP-core-ext", Mo(cls, attributes))


def post(container: str, body: Mo) -> None:
    try:
        touched = APIC.change([(container, body)])
    except ApicError as error:
        assert error.status == 400
        return
    for node in touched:
        assert dn.split(node.dn) == (*dn.split(container), node.rn)
        found = class_of_dn(APIC.tree.table, node.dn)
        assert found is not None and found[0] is node.cls
        assert {name: node.get(name) for name in node.cls.naming} == found[1]


def test_each_classes_rn_is_read_back_as_it_was_made() -> None:
    table = load()
    for cls in table:
        values = {name: f"v{n}" for n, name in enumerate(cls.naming)}
        for container in cls.containers - {"*"}:
            found = table.of_rn(container, cls.rn(values))
            assert found is not None and found[0] is cls and found[1] == values, (container, cls.name)


def test_relations_point_at_classes_that_are_known_or_abstract() -> None:
    abstract = {"extnwDomP", "infraDomP", "infraADomP", "infraAccBaseGrp"}
    table = load()
    for cls in table:
        assert not cls.relation or cls.relation in table or cls.relation in abstract, cls.name
        assert all(name in table for name in (*cls.implicit, *(cls.containers - {"", "*"}))), cls.name


def test_a_class_table_agrees_with_a_public_clients(shared_dir) -> None:
    """RN forms of classes that both tables have."""
    import json
    import re

    path = shared_dir / "data" / "aci-classes.json"
    theirs = json.loads(path.read_text())
    compared = 0
    for cls in load():
        other = (theirs.get(cls.name) or {}).get("rn")
        if not other or ("<" in other and "/" in other.partition(" <")[0]):
            continue
        form = re.sub(
            r"%s", "{}", other.partition(" <")[0].rpartition("/")[2] if "[" not in other else other.partition(" <")[0]
        )
        mine = re.sub(r"\{\w+\}", "{}", cls.rn_format)
        assert mine.replace("[", "").replace("]", "") == form.replace("[", "").replace("]", ""), cls.name
        compared += 1
    assert compared > 20


def test_mo_of_a_whole_tree_can_be_posted_to_a_new_simulator() -> None:
    """Config-only of a tenant, as an export would have it, makes the same tenant elsewhere."""
    from aci.mo import from_json
    from lab.apic.queries import parse_options

    options = parse_options([("rsp-subtree", "full"), ("rsp-prop-include", "config-only")])
    source, target = Apic(), Apic()
    whole = source.query_mo("uni/tn-k8s-prod", options)["imdata"][0]
    target.change([("uni", mo("fvTenant", name="k8s-prod", status="deleted"))])
    assert target.tree.get("uni/tn-k8s-prod") is None
    target.change([("uni", from_json(whole))])
    assert target.query_mo("uni/tn-k8s-prod", options)["imdata"][0] == whole
