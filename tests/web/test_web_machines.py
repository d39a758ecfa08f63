"""Machines on a cluster's page, and what an operator takes away: state, addresses, the ssh key."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from rowsmaker import cluster
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtools import Browser

from webui.clusters.machines import csv_of, machines
from webui.clusters.reachability import Cell, matrix
from webui.store.box import load_box
from webui.store.models import Audit, Cluster

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nanchorage-test-key\n-----END OPENSSH PRIVATE KEY-----\n"
ROWS = {
    "control_plane": [{"name": "k8s-cp-1", "v4": "198.18.2.1", "rack": "r1"}],
    "workers": [{"name": "k8s-w-1", "v4": "198.18.2.4", "rack": "r1"}, {"name": "k8s-w-2", "v4": "198.18.2.5"}],
}
MADE = {
    "k8s-cp-1": {"role": "control-plane", "address": "198.18.2.1", "mac": "00:50:56:00:00:01", "uuid": "u1"},
    "k8s-w-1": {"role": "worker", "address": "198.18.2.99", "mac": "00:50:56:00:00:02", "uuid": "u2"},
}


def applied(db: Session, settings: Any = None, mode: str = "full", **outputs: Any) -> Cluster:
    row = cluster(db, applied=True)
    row.applied = {**(row.applied or {}), "mode": mode, "machines": ROWS}
    row.outputs = {**(row.outputs or {}), **outputs}
    if settings is not None:
        row.sealed_ssh_key = load_box(settings.key_file).seal({"private": KEY, "public": "ssh-ed25519 AAAA"})
    db.commit()
    return row


def test_each_machine_stands_there_with_address_mac_rack_and_state(signed_in: Callable[..., Browser], db) -> None:
    row = applied(db, machines=MADE, hosts={"machines": {"k8s-cp-1": "u1", "k8s-w-1": "other"}})
    page = signed_in("operator").get(f"/clusters/{row.id}").text
    for words in ("00:50:56:00:00:01", "198.18.2.4", "vCenter reports 198.18.2.99", "Prepared", "Not made"):
        assert words in page, words
    assert page.count(">Prepared<") == 1, "a machine that was made anew is not prepared"
    assert "Add or remove workers" in page and "/machines#workers" in page


def test_bare_metal_is_prepared_and_never_made(signed_in: Callable[..., Browser], db) -> None:
    row = applied(db, mode="bare-metal", hosts={"machines": {"k8s-cp-1": ""}})
    page = signed_in("operator").get(f"/clusters/{row.id}").text
    assert page.count(">Prepared<") == 1 and "Not prepared" in page and "never made or removed" in page


def test_without_a_cluster_there_are_no_machines(signed_in: Callable[..., Browser], db) -> None:
    page = signed_in("operator").get(f"/clusters/{cluster(db, applied=True).id}").text
    assert "Add or remove workers" not in page and 'id="machines"' not in page and "Your nodes" in page


def test_the_topology_is_drawn_and_told_as_a_table(signed_in: Callable[..., Browser], db) -> None:
    page = signed_in("viewer").get(f"/clusters/{applied(db).id}").text
    assert "data-topology=" in page and "2 anchor leaves of" in page
    assert "Leaf 101, Leaf 102" in page, "whom a machine peers with"


def test_an_operator_takes_state_and_addresses_and_a_viewer_does_not(signed_in: Callable[..., Browser], db) -> None:
    row = applied(db, machines=MADE)
    operator, viewer = signed_in("operator"), signed_in("viewer")
    state = operator.get(f"/clusters/{row.id}/state.json")
    assert state.json["name"] == "k8s-dc1" and state.json["outputs"]["machines"]["k8s-cp-1"]["uuid"] == "u1"
    table = operator.get(f"/clusters/{row.id}/addresses.csv").text.splitlines()
    assert table[0] == "name,role,rack,ipv4,ipv6,mac"
    assert table[1] == "k8s-cp-1,control plane,r1,198.18.2.1,,00:50:56:00:00:01" and len(table) == 4
    for path in ("state.json", "addresses.csv"):
        assert viewer.get(f"/clusters/{row.id}/{path}").status_code == 403
    assert "Downloads" not in viewer.get(f"/clusters/{row.id}").text


def test_the_ssh_key_goes_to_operators_by_post_and_is_audited(signed_in: Callable[..., Browser], db, settings) -> None:
    row = applied(db, settings)
    operator, viewer = signed_in("operator"), signed_in("viewer")
    path = f"/clusters/{row.id}/ssh-key"
    assert KEY[:60] not in operator.get(f"/clusters/{row.id}").text
    assert operator.get(path).status_code == 405 and viewer.post(path).status_code == 403
    answer = operator.post(path)
    assert answer.text == KEY and "attachment" in answer.headers["Content-Disposition"]
    notes = db.scalars(select(Audit).where(Audit.action == "ssh-key.downloaded")).all()
    assert [(note.user, note.target) for note in notes] == [("operator", "k8s-dc1")]
    assert all("PRIVATE" not in note.detail for note in notes)


def test_where_no_key_was_made_it_says_so(signed_in: Callable[..., Browser], db) -> None:
    row = applied(db)
    answer = signed_in("operator").post(f"/clusters/{row.id}/ssh-key")
    assert answer.status_code == 404 and "no ssh key of its own" in answer.text


@pytest.mark.parametrize("name", ["=1+1", "@x", 'a"b', "a,b", "a\nb"])
def test_no_cell_of_the_table_is_a_formula_or_breaks_its_row(name: str) -> None:
    text = csv_of(machines({"machines": {"workers": [{"name": name, "v4": "198.18.2.1"}]}}, None))
    assert not any(line.startswith(("=", "@")) for line in text.splitlines())
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2 and rows[1][3] == "198.18.2.1"


@pytest.mark.parametrize("document", [None, {}, {"machines": 5}, {"machines": {"workers": [None, 3, "x"]}}])
def test_any_document_has_a_list_of_machines(document: object) -> None:
    assert machines(document, {"machines": {"gone": {"role": "worker", "v4": "198.18.2.9"}}})[-1].name == "gone"


def test_who_reaches_whom_stands_there_as_it_was_told(signed_in: Callable[..., Browser], db) -> None:
    cells = {"k8s-cp-1": {"k8s-w-1": "ok", "mirror": "silent"}, "k8s-w-1": {"k8s-cp-1": "mtu"}}
    told = {"cells": cells, "columns": ["k8s-cp-1", "k8s-w-1", "mirror"], "causes": ["The mirror is down."]}
    row = applied(db, machines=MADE, hosts={"machines": {}, "reachability": told})
    page = signed_in("viewer").get(f"/clusters/{row.id}").text
    for words in ("Who reaches whom", "Not live", "small packets only", "silent", "The mirror is down."):
        assert words in page, words
    found = matrix(row.outputs)
    assert found and not found.whole and [cell.kind for cell in found.rows[1][1]] == ["warn", "", ""]


@pytest.mark.parametrize("told", [None, 3, {}, {"cells": {}}, {"cells": {"a": 5}, "columns": ["b"]}, {"cells": []}])
def test_any_outputs_have_a_matrix_or_none(told: object) -> None:
    found = matrix({"hosts": {"reachability": told}})
    assert found is None or found.rows == (("a", (Cell("", "not asked"),)),)
