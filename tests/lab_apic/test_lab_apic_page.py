"""The simulator's page: read-only, no secrets, no inline script, live changes."""

import json
import re
import ssl
import time

import httpx
import pytest

from aci.mo import mo


@pytest.fixture
def page(simulator):
    context = ssl.create_default_context(cadata=simulator.ca_pem)
    with httpx.Client(base_url=f"https://{simulator.address}", verify=context, timeout=30) as client:
        yield client


def test_the_page_says_that_it_is_simulated_and_has_no_inline_code(page) -> None:
    reply = page.get("/lab/")
    assert "Simulated APIC</b>: part of Anchorage's built-in lab" in reply.text
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", reply.text)
    for name in re.findall(r'(?:src|href)="(/lab/[^"]+)"', reply.text):
        assert page.get(name).status_code == 200, name


def test_objects_are_read_without_signing_in_and_without_secrets(page, admin) -> None:
    admin.post("uni/userext", mo("aaaUser", name="bob", pwd="pa55word"))
    roots = page.get("/lab/node").json()["children"]
    assert [item["dn"] for item in roots] == ["topology", "uni"]
    found = page.get("/lab/node", params={"dn": "uni/userext/user-bob"}).json()
    assert found["class"] == "aaaUser"
    assert "pwd" not in found["attributes"]
    assert "scrypt" not in json.dumps(found)
    assert "no such object" in page.get("/lab/node", params={"dn": "uni/tn-absent"}).json()["error"]


def test_search_finds_by_class_and_dn(page) -> None:
    assert page.get("/lab/find", params={"text": "l3extout"}).json()["total"] == 2
    assert page.get("/lab/find", params={"text": "BD-vmotion/subnet"}).json()["found"][0]["class"] == "fvSubnet"


def test_nothing_can_be_written_there(page) -> None:
    for path in ("/lab/", "/lab/node", "/lab/changes", "/lab/page.js"):
        assert page.post(path, json={}).status_code == 405
    assert page.get("/lab/../server.pem").status_code == 404
    assert page.get("/lab/routes.py").status_code == 404


def test_changes_arrive_as_they_are_made_and_are_not_told_twice(page, admin) -> None:
    admin.post("uni", mo("fvTenant", name="before"))
    events: list[dict] = []
    with page.stream("GET", "/lab/changes") as stream:
        lines = stream.iter_lines()
        wait_for(lines, events, "uni/tn-before/rsTenantMonPol")
        started = time.monotonic()
        admin.post("uni", mo("fvTenant", name="after"))
        wait_for(lines, events, "uni/tn-after/rsTenantMonPol")
        assert time.monotonic() - started < 12  # the stream's own sign of life comes after 15
    numbers = [event["number"] for event in events]
    assert numbers == sorted(set(numbers))
    last = str(numbers[-2])
    with page.stream("GET", "/lab/changes", headers={"Last-Event-ID": last}) as stream:
        again: list[dict] = []
        wait_for(stream.iter_lines(), again, "uni/tn-after/rsTenantMonPol")
    assert [event["number"] for event in again] == numbers[-1:]


def wait_for(lines, events: list[dict], dn: str) -> None:
    for line in lines:
        if line.startswith("data: "):
            events.append(json.loads(line[6:]))
            if events[-1]["dn"] == dn:
                return
