"""From a spec's fabric section to a session."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from aci.errors import BadLogin, TlsFailure
from lab.site import LabSite
from webui.lookups import LabDown, connect, read_facts, target
from webui.settings import load
from webui.spec import parse

SETTINGS = load({})


def section(**fields):
    return parse({"fabric": fields}).spec.fabric


def lab_of(fabric, password: str) -> LabSite:
    return LabSite(fabric.address, "", fabric.ca, "admin", password, 0, Path())


def tenants(session) -> tuple[str, ...]:
    with session:
        return read_facts(session, lambda: dt.datetime.now(dt.UTC)).tenants


def test_the_lab_brings_its_address_authority_and_user(fabric):
    lab = lab_of(fabric, "lookups-admin-password")
    assert "k8s-prod" in tenants(connect(section(site="lab"), lab.password, SETTINGS, lab))


def test_a_real_site_is_verified_by_its_pinned_authority(fabric):
    fields = {"apics": [fabric.address], "user": "admin", "tls": {"ca": fabric.ca}}
    assert "k8s-prod" in tenants(connect(section(**fields), "lookups-admin-password", SETTINGS))
    with pytest.raises(TlsFailure):
        tenants(connect(section(apics=[fabric.address], user="admin"), "x", SETTINGS))


def test_verification_is_left_out_only_when_the_spec_says_so(fabric):
    fields = {"apics": [fabric.address], "user": "admin", "tls": {"verify": "no"}}
    assert "k8s-prod" in tenants(connect(section(**fields), "lookups-admin-password", SETTINGS))


def test_a_wrong_password_is_told(fabric):
    fields = {"apics": [fabric.address], "user": "admin", "tls": {"ca": fabric.ca}}
    with pytest.raises(BadLogin, match="user name, password"):
        tenants(connect(section(**fields), "wrong", SETTINGS))


def test_a_lab_that_is_down_is_told():
    with pytest.raises(LabDown, match="anchorage lab up"):
        connect(section(site="lab"), "x", SETTINGS)


@pytest.mark.parametrize(("fields", "words"), [({}, "No APIC address"), ({"apics": ["a"]}, "No user")])
def test_what_is_missing_is_told(fields, words):
    with pytest.raises(ValueError, match=words):
        connect(section(**fields), "x", SETTINGS)


def test_at_most_three_controllers_are_asked():
    assert target(section(apics=["a", "b", "c", "d"]), None).addresses == ("a", "b", "c")
