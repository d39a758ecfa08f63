"""(owned, fabric) -> steps and POSTs, as a table: what is made, changed, removed, and what never is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aci.mo import Mo
from l3out_sync.core.fabric import Epg, Fabric, L3Out, Subnet
from l3out_sync.core.naming import L3OutKey
from l3out_sync.core.owned import owned
from l3out_sync.core.plan import Plan, plan
from l3out_sync.core.policy import Ceilings, Policy
from l3out_sync.core.requests import halves, requests
from tests.l3out_sync.builders import HOME, MARKER, OTHER, POLICY, deployment, epg, fabric, pod, snapshot, standing

A, B, C = "198.18.64.5", "198.18.64.6", "198.18.64.7"
WEB = deployment("web", "epg=web", A)
OURS = {"annotation": MARKER, "scope": "import-security"}


def planned(items: list[Any], there: Fabric, policy: Policy = POLICY) -> Plan:
    return plan(owned(snapshot(*items), policy), there, policy)


def told(found: Plan) -> list[str]:
    """`+web`, `-web 198.18.64.5/32`, `~…`: the steps, short."""
    signs = {"create": "+", "change": "~", "delete": "-"}
    return [f"{signs[step.verb]}{step.epg.name} {step.name}".rstrip() for step in found.steps]


TABLE: list[tuple[str, list[Any], dict[str, Epg], list[str]]] = [
    ("from nothing", WEB, {}, ["+web", f"+web {A}/32"]),
    ("in step", WEB, {"web": standing(f"{A}/32")}, []),
    ("a pod came", deployment("web", "epg=web", A, B), {"web": standing(f"{A}/32")}, [f"+web {B}/32"]),
    ("a pod went", WEB, {"web": standing(f"{A}/32", f"{B}/32")}, [f"-web {B}/32"]),
    ("the workload went", [], {"web": standing(f"{A}/32")}, ["-web"]),
    (
        "one of two workloads of an EPG went",
        deployment("b", "epg=web", B),
        {"web": standing(f"{A}/32", f"{B}/32")},
        [f"-web {A}/32"],
    ),
    (
        "the annotation names another EPG",
        deployment("web", "epg=api", A),
        {"web": standing(f"{A}/32")},
        ["-web", "+api", f"+api {A}/32"],
    ),
    ("its scope was changed by hand", WEB, {"web": standing(f"{A}/32", scope="export-rtctrl")}, [f"~web {A}/32"]),
    ("the EPG was deleted by hand", WEB, {}, ["+web", f"+web {A}/32"]),
    ("orphans of a time when it was down", [], {"a": standing(f"{A}/32"), "b": standing()}, ["-a", "-b"]),
    # foreign objects
    ("a foreign EPG is joined", WEB, {"web": standing(owner="")}, [f"+web {A}/32"]),
    ("and left as it was", [], {"web": standing(f"{A}/32", owner="")}, [f"-web {A}/32"]),
    ("foreign EPGs and subnets stay", [], {"k8s-ext": standing("0.0.0.0/0", mark="", owner="")}, []),
    ("another cluster's stay", [], {"web": standing(f"{A}/32", mark=OTHER, owner=OTHER)}, []),
    ("a foreign subnet in its place serves", WEB, {"web": standing(f"{A}/32", mark="")}, []),
    ("one that classifies nothing is told", WEB, {"web": standing(f"{A}/32", mark="", scope="export-rtctrl")}, []),
    ("a foreign subnet in another EPG is told", WEB, {"x": standing(f"{A}/32", mark="", owner="")}, ["+web"]),
    (
        "an EPG of ours with a foreign subnet stays",
        [],
        {
            "web": Epg(
                MARKER,
                "",
                {f"{A}/32": Subnet(MARKER, "import-security"), "198.18.0.0/24": Subnet("", "import-security")},
            )
        },
        [f"-web {A}/32"],
    ),
    ("an EPG of ours with a foreign contract stays", [], {"web": standing(fvRsCons={"dns": ""})}, []),
    # contracts
    (
        "a new EPG has the default's contracts",
        WEB,
        {"k8s-ext": standing(owner="", fvRsProv={"x": ""}, fvRsCons={"y": ""})},
        ["+web", f"+web {A}/32", "+web x", "+web y"],
    ),
    (
        "unless said",
        deployment("web", "epg=web provided=p", A),
        {"k8s-ext": standing(owner="", fvRsProv={"x": ""})},
        ["+web", f"+web {A}/32", "+web p"],
    ),
    (
        "none, when said so",
        deployment("web", "epg=web provided=", A),
        {"k8s-ext": standing(owner="", fvRsProv={"x": ""})},
        ["+web", f"+web {A}/32"],
    ),
    (
        "the default's contract went",
        WEB,
        {"k8s-ext": standing(owner=""), "web": standing(f"{A}/32", fvRsProv={"x": MARKER})},
        ["-web x"],
    ),
    ("a contract by hand stays", WEB, {"web": standing(f"{A}/32", fvRsProv={"x": ""})}, []),
    (
        "a foreign EPG gets no default contracts",
        WEB,
        {"web": standing(f"{A}/32", owner=""), "k8s-ext": standing(owner="", fvRsProv={"x": ""})},
        [],
    ),
    (
        "it gets those that are named",
        deployment("web", "epg=web consumed=c", A),
        {"web": standing(f"{A}/32", owner="")},
        ["+web c"],
    ),
]


@pytest.mark.parametrize(("items", "there", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_steps(items: list[Any], there: dict[str, Epg], expected: list[str]) -> None:
    assert told(planned(items, fabric(there))) == expected


def test_what_is_written_is_annotation_and_scope_alone() -> None:
    found = planned(WEB, fabric())
    assert [dict(step.attributes) for step in found.steps] == [{"annotation": MARKER}, OURS]


def test_a_new_epg_is_in_the_preferred_group_when_the_default_is() -> None:
    default = Epg(annotation="", preferred="include")
    assert planned(WEB, fabric({"k8s-ext": default})).steps[0].attributes["prefGrMemb"] == "include"


def test_an_l3out_that_was_not_read_is_left_alone() -> None:
    assert planned(WEB, Fabric()).steps == []


def test_an_l3out_that_does_not_exist_is_told_on_the_annotated_object() -> None:
    found = planned(WEB, Fabric({HOME: L3Out(exists=False)}))
    assert (found.steps, [(p.reason, p.ref) for p in found.problems]) == ([], [("L3OutMissing", WEB[0].ref)])


@pytest.mark.parametrize(
    "there",
    [
        {"x": standing(f"{A}/32", mark="", owner="")},
        {"web": standing(f"{A}/32", mark="", scope="export-rtctrl")},
        {"x": standing(f"{A}/32", mark=OTHER, owner=OTHER)},
    ],
)
def test_a_subnet_of_others_is_told_on_the_pod(there: dict[str, Epg]) -> None:
    found = planned(WEB, fabric(there))
    assert [(p.reason, p.ref) for p in found.problems] == [("SubnetOfOthers", WEB[2].ref)]


def test_a_kept_epg_is_told() -> None:
    found = planned([], fabric({"web": standing(fvRsCons={"dns": ""})}))
    assert [(p.reason, p.ref) for p in found.problems] == [("EpgKept", None)]


def test_the_controller_can_keep_out_of_foreign_epgs() -> None:
    apart = Policy("c1", HOME, join=False)
    found = planned(WEB, fabric({"web": standing(f"{B}/32", owner="")}), apart)
    assert told(found) == [f"-web {B}/32"]
    assert [problem.reason for problem in found.problems] == ["EpgOfOthers"]


# ---- ceilings

MANY = [pod(f"p{n}", f"198.18.64.{n}", said="epg=web") for n in range(1, 11)]


def near(per_epg: int = 100, in_all: int = 100) -> Policy:
    return Policy("c1", HOME, ceilings=Ceilings(per_epg, in_all))


@pytest.mark.parametrize("policy", [near(per_epg=12), near(in_all=12)])
def test_a_ceiling_is_warned_of_before_it(policy: Policy) -> None:
    found = planned(MANY, fabric(), policy)
    assert (len(found.steps), {problem.reason for problem in found.problems}) == (11, {"CeilingNear"})


@pytest.mark.parametrize("policy", [near(per_epg=6), near(in_all=6)])
def test_above_a_ceiling_nothing_is_made_and_what_stands_stays(policy: Policy) -> None:
    stands = [f"198.18.64.{n}/32" for n in (9, 10)]
    found = planned(MANY, fabric({"web": standing(*stands)}), policy)
    assert [step.verb for step in found.steps] == ["create"] * 4
    assert "CeilingReached" in {problem.reason for problem in found.problems}
    rest = planned(MANY, fabric({"web": standing(*stands, *(step.name for step in found.steps))}), policy)
    assert rest.steps == []


def test_the_ceiling_is_shared_by_all_epgs() -> None:
    others = [pod(f"q{n}", f"198.18.65.{n}", said="epg=api") for n in range(1, 11)]
    found = planned([*MANY, *others], fabric(), near(in_all=15))
    assert sum(step.cls == "l3extSubnet" for step in found.steps) == 15


def test_no_ceiling_is_told_while_far_below() -> None:
    assert planned(MANY, fabric(), near()).problems == []


# ---- POSTs


def posts(items: list[Any], there: dict[str, Epg], size: int = 500) -> list[dict[str, Any]]:
    return [sent.mo.to_json() for sent in requests(planned(items, fabric(there)).steps, size)]


def test_everything_of_an_l3out_goes_in_one_post() -> None:
    items = [*deployment("web", "epg=web", A, B), *deployment("api", "epg=api", C)]
    (body,) = posts(items, {"old": standing("198.18.64.9/32")})
    assert body["l3extOut"]["attributes"] == {"dn": HOME.dn, "status": "modified"}
    epgs = {child["l3extInstP"]["attributes"]["name"]: child["l3extInstP"] for child in body["l3extOut"]["children"]}
    assert epgs["old"]["attributes"] == {"name": "old", "status": "deleted"}
    assert epgs["web"]["attributes"] == {"name": "web", "annotation": MARKER, "status": "created"}
    assert [child["l3extSubnet"]["attributes"] for child in epgs["web"]["children"]] == [
        {"ip": f"{A}/32", **OURS, "status": "created"},
        {"ip": f"{B}/32", **OURS, "status": "created"},
    ]


def test_a_foreign_epg_is_named_and_neither_made_nor_marked() -> None:
    (body,) = posts(WEB, {"web": standing(owner="")})
    assert body["l3extOut"]["children"][0]["l3extInstP"]["attributes"] == {"name": "web", "status": "modified"}


def test_batches_are_bounded_and_deletions_go_first() -> None:
    items = [pod(f"p{n}", f"198.18.64.{n}", said="epg=web") for n in range(1, 21)]
    old = standing(*(f"198.18.65.{n}/32" for n in range(1, 6)))
    sent = list(requests(planned(items, fabric({"web": old})).steps, 10))
    assert [len(each.steps) for each in sent] == [10, 10, 5]
    assert [step.verb for step in sent[0].steps] == ["delete"] * 5 + ["create"] * 5


def test_each_l3out_has_a_post_of_its_own() -> None:
    there = Fabric({HOME: L3Out(True), L3OutKey("k8s-prod", "core"): L3Out(True)})
    items = [pod("p", A, said="epg=web"), pod("q", B, said="epg=web l3out=core")]
    sent = list(requests(planned(items, there).steps, 500))
    assert {each.where.l3out for each in sent} == {"k8s", "core"}


def test_a_refused_post_is_taken_apart_by_epg_then_by_halves() -> None:
    items = [*deployment("web", "epg=web", A, B), *deployment("api", "epg=api", C)]
    (whole,) = requests(planned(items, fabric()).steps, 500)
    by_epg = halves(whole)
    assert [len(part.steps) for part in by_epg] == [2, 3]
    assert [len(part.steps) for part in halves(by_epg[1])] == [1, 2]
    (single,) = requests(planned([pod("p", A, said="epg=web")], fabric({"web": standing()})).steps, 500)
    assert halves(single) == []


# ---- what always holds

names = st.sampled_from(["web", "api", "k8s-ext"])
ips = st.sampled_from([f"198.18.64.{n}/32" for n in range(1, 7)])
marks = st.sampled_from([MARKER, "", OTHER])
contracts = st.dictionaries(st.sampled_from(["x", "y"]), marks, max_size=2)
epgs = st.builds(
    lambda owner, subnets, prov, cons: Epg(owner, "", subnets, {"fvRsProv": prov, "fvRsCons": cons}),
    marks,
    st.dictionaries(ips, st.builds(Subnet, marks, st.sampled_from(["import-security", "export-rtctrl"])), max_size=4),
    contracts,
    contracts,
)
wishes = st.lists(
    st.tuples(names, st.integers(1, 6), st.sampled_from(["", " provided=x", " consumed=x,y"])), max_size=6
)


def applied(there: Fabric, found: Plan) -> Fabric:
    """The fabric after the steps, by the same events that the APIC would send."""
    for step in found.steps:
        kind = {"create": "created", "change": "modified", "delete": "deleted"}[step.verb]
        there.apply(kind, Mo(step.cls, {"dn": step.dn, **step.attributes}))
    return there


def foreign(there: Fabric) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name, item in there.l3outs[HOME].epgs.items():
        found |= {(name,)} if item.annotation != MARKER else set()
        found |= {(name, ip, *subnet) for ip, subnet in item.subnets.items() if subnet.annotation != MARKER}
        for cls, held in item.contracts.items():
            found |= {(name, cls, contract, mark) for contract, mark in held.items() if mark != MARKER}
    return found


@given(wishes, st.dictionaries(names, epgs, max_size=3), st.booleans(), st.integers(1, 8))
def test_one_round_reaches_the_goal_and_foreign_objects_stay(
    wanted: list[tuple[str, int, str]], there: dict[str, Epg], aggregate: bool, ceiling: int
) -> None:
    policy = Policy("c1", HOME, "k8s-ext", aggregate=aggregate, ceilings=Ceilings(ceiling, ceiling * 2))
    items = [pod(f"p{n}", f"198.18.64.{last}", said=f"epg={name}{more}") for n, (name, last, more) in enumerate(wanted)]
    before = foreign(fabric(there))
    after = applied(fabric(there), planned(items, fabric(there), policy))
    assert foreign(after) == before
    assert planned(items, after, policy).steps == []
    assert after.count(MARKER) <= ceiling * 2


@given(st.lists(st.tuples(names, ips), max_size=12), st.integers(1, 5))
def test_posts_hold_every_step_once(rows: list[tuple[str, str]], size: int) -> None:
    items = [pod(f"p{n}", ip.partition("/")[0], said=f"epg={name}") for n, (name, ip) in enumerate(rows)]
    steps = planned(items, fabric()).steps
    sent = list(requests(steps, size))
    assert [step for each in sent for step in each.steps] == steps
    assert all(len(each.steps) <= size for each in sent)
    assert epg("web").where == HOME
