"""DNs: brackets hold slashes, and joining undoes splitting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aci import dn

plain = st.text(
    st.characters(codec="utf-8", exclude_characters="[]/", exclude_categories=["Cs"]), min_size=1, max_size=8
)
bracketed = st.recursive(
    st.one_of(plain, st.just("a/b")), lambda inner: inner.map(lambda text: f"[{text}/{text}]"), max_leaves=4
).map(lambda text: f"[{text}]")
rns = st.lists(st.one_of(plain, plain.flatmap(lambda a: bracketed.map(lambda b: a + b))), min_size=1, max_size=6)


def test_a_slash_in_brackets_belongs_to_its_rn() -> None:
    whole = "uni/tn-a/out-b/lnodep-c/lifp-d/vlifp-[topology/pod-1/node-101]-[vlan-310]/peerP-[10.0.0.0/24]"
    assert dn.split(whole)[-2:] == ("vlifp-[topology/pod-1/node-101]-[vlan-310]", "peerP-[10.0.0.0/24]")
    assert dn.rn(whole) == "peerP-[10.0.0.0/24]"
    assert dn.parent(whole).endswith("[vlan-310]")


def test_brackets_nest() -> None:
    nested = "uni/infra/a-[uni/vmmp-[VMware/x]/dom-y]/b"
    assert dn.split(nested) == ("uni", "infra", "a-[uni/vmmp-[VMware/x]/dom-y]", "b")


@given(rns)
def test_splitting_undoes_joining(parts: list[str]) -> None:
    assert dn.split(dn.join(*parts)) == tuple(parts)


@given(rns)
def test_parent_and_rn_make_the_dn_again(parts: list[str]) -> None:
    whole = dn.join(*parts)
    assert dn.join(dn.parent(whole), dn.rn(whole)) == whole
    assert list(dn.ancestors(whole)) == [dn.join(*parts[:n]) for n in range(len(parts) - 1, 0, -1)]


@pytest.mark.parametrize("broken", ["uni/tn-[a", "uni/tn-a]", "uni//tn-a", "/uni", "uni/", "a]b[c"])
def test_it_refuses_what_is_no_dn(broken: str) -> None:
    with pytest.raises(dn.BadDn):
        dn.split(broken)


def test_within_compares_whole_names() -> None:
    assert dn.is_within("uni/tn-a/ctx-b", "uni/tn-a")
    assert not dn.is_within("uni/tn-ab", "uni/tn-a")
