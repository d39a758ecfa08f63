"""The command line without Terraform: files, problems, users, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.lab_apic_server import Simulator
from webui.accounts.passwords import fits
from webui.cli import difftext
from webui.settings import load
from webui.store.engine import engine, session_factory
from webui.store.models import Cluster, Run, User


def test_check_of_the_example_finds_nothing_wrong(anchorage: Any) -> None:
    found = anchorage.json("check", "SPEC")
    assert found["ok"] and found["problems"] == []
    assert found["derived"]["l3out.floating.v4"]["value"] == "198.18.2.254"
    assert anchorage("check", "SPEC").output.endswith("no problems, no warnings.\n")


def test_check_names_field_sentence_and_remedy_and_exits_with_1(anchorage: Any) -> None:
    anchorage.spec["l3out"]["vlan"] = 5000
    result = anchorage("check", "SPEC")
    assert result.exit_code == 1 and "Problem  l3out.vlan" in result.output
    (problem,) = anchorage.json("check", "SPEC", code=1)["problems"]
    assert problem["field"] == "l3out.vlan" and problem["sentence"] and problem["remedy"]


def test_overlapping_subnets_stop_a_plan_before_anything_is_asked(anchorage: Any) -> None:
    anchorage.spec["network"]["pods"]["v4"] = "198.18.2.0/25"
    result = anchorage("plan", "SPEC")
    assert result.exit_code == 1 and "network.pods.v4" in result.stderr and "Traceback" not in result.output
    assert not (anchorage.home / "anchorage.sqlite3").exists()


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "name: [", "\x00", "{}", "name: k8s\nname: k8s\n", "l3out: 7"])
def test_nonsense_gets_sentences(anchorage: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "nonsense.yaml"
    file.write_text(text)
    for command in ("check", "plan"):
        result = anchorage(command, str(file))
        assert result.exit_code == 1 and "Traceback" not in result.output and "unexpected" not in result.output


def test_a_missing_file_is_said(anchorage: Any) -> None:
    result = anchorage("check", "/nowhere/spec.yaml")
    assert result.exit_code == 1 and "There is no file /nowhere/spec.yaml" in result.stderr


def test_a_spec_is_read_from_standard_input(anchorage: Any) -> None:
    assert anchorage("check", "-", stdin=json.dumps(anchorage.spec)).exit_code == 0


def test_without_the_lab_it_says_how_to_start_it(anchorage: Any) -> None:
    assert "anchorage lab up" in anchorage("lab", "status").stderr
    result = anchorage("plan", "SPEC")
    assert result.exit_code == 1 and "The lab is not up" in result.stderr and "anchorage lab up" in result.stderr


def test_lab_status_says_where_it_is(anchorage: Any, lab: Simulator) -> None:
    found = anchorage.json("lab", "status")
    assert found["up"] and f"https://{found['apic']}" == lab.url and lab.password not in str(found)


def test_render_writes_variables_and_spec_without_secrets(
    anchorage: Any, lab: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchorage.spec["l3out"]["bgp"]["password"] = "planted-Pa55"
    done = anchorage.json("render", "SPEC", str(tmp_path / "out"))
    assert done["secrets"] == ["TF_VAR_bgp_password"]
    texts = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert set(texts) == {"spec.yaml", "terraform.tfvars.json", "inventory.json"} and "planted" not in str(texts)
    assert json.loads(texts["inventory.json"])["all"]["vars"]["network_gateway_v4"] == "198.18.2.253"
    variables = json.loads(texts["terraform.tfvars.json"])
    assert variables["apic_url"] == lab.url and variables["floating"]["v4"] == "198.18.2.254"
    monkeypatch.setenv("ANCHORAGE_L3OUT_BGP_PASSWORD", "planted-Pa55")
    assert anchorage("check", str(tmp_path / "out/spec.yaml")).exit_code == 0


def test_a_dead_apic_is_said_with_its_remedy(anchorage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    anchorage.spec["fabric"] = {"site": "apic", "apics": ["127.0.0.1:1"], "user": "admin"}
    monkeypatch.setenv("ANCHORAGE_APIC_PASSWORD", "planted-Pa55")
    result = anchorage("plan", "SPEC")
    assert result.exit_code == 1 and "127.0.0.1:1" in result.stderr
    assert "Traceback" not in result.output and "planted" not in result.output


def test_a_wrong_password_is_said_with_where_it_came_from(
    anchorage: Any, lab: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca, address = lab.ca_file.read_text(), lab.url.removeprefix("https://")
    anchorage.spec["fabric"] = {"site": "apic", "apics": [address], "user": "admin", "tls": {"ca": ca}}
    monkeypatch.setenv("ANCHORAGE_APIC_PASSWORD", "planted-Pa55")
    result = anchorage("plan", "SPEC")
    assert result.exit_code == 1 and "refused the sign-in" in result.stderr
    assert "ANCHORAGE_APIC_PASSWORD" in result.stderr and "planted" not in result.output


def test_the_password_is_asked_for_by_name_where_there_is_no_terminal(anchorage: Any, lab: Simulator) -> None:
    address = lab.url.removeprefix("https://")
    anchorage.spec["fabric"] = {"site": "apic", "apics": [address], "user": "admin"}
    assert "ANCHORAGE_APIC_PASSWORD" in anchorage("plan", "SPEC").stderr


def test_the_admin_password_of_a_file_is_not_kept(
    anchorage: Any, lab: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchorage.spec["fabric"] = {"site": "apic", "apics": ["127.0.0.1:1"], "user": "admin", "password": "planted-Pa55"}
    anchorage("plan", "SPEC")
    settings = load()
    made = session_factory(engine(settings))
    with made() as db:
        cluster = db.query(Cluster).one()
        assert "planted" not in str(cluster.draft) and made.kw["info"]["box"].open(cluster.sealed_draft_secrets) == {}


def test_an_unknown_cluster_is_not_destroyed(anchorage: Any) -> None:
    result = anchorage("destroy", "SPEC", "--yes")
    assert result.exit_code == 1 and "There is no cluster k8s-dc1 here" in result.stderr


def test_users_are_added_with_a_password_from_standard_input(anchorage: Any) -> None:
    assert anchorage("user", "add", "ada", "--role", "admin", stdin="a long password\n").exit_code == 0
    with session_factory(engine(load()))() as db:
        user = db.query(User).one()
        assert (user.name, user.role) == ("ada", "admin") and fits(user.password_hash, "a long password")
    assert anchorage.json("user", "list") == [{"name": "ada", "role": "admin", "active": True}]
    assert anchorage("user", "password", "ada", stdin="another password\n").exit_code == 0
    with session_factory(engine(load()))() as db:
        assert fits(db.query(User).one().password_hash, "another password")


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("user", "add", "ada"), "short\n", "Too short"),
        (("user", "password", "nobody"), "a long password\n", "There is no user nobody"),
        (("user", "add", "a b"), "a long password\n", "A user name starts"),
    ],
)
def test_users_are_refused_in_a_sentence(anchorage: Any, words: tuple[str, ...], stdin: str, said: str) -> None:
    result = anchorage(*words, stdin=stdin)
    assert result.exit_code == 1 and said in result.stderr
    assert anchorage.json("user", "list") == []


def test_a_generated_password_is_shown_once(anchorage: Any) -> None:
    made = anchorage.json("user", "add", "bob", "--generate")
    with session_factory(engine(load()))() as db:
        assert fits(db.query(User).one().password_hash, made["password"])


def test_runs_are_listed_and_an_active_one_is_respected(anchorage: Any, lab: Simulator) -> None:
    assert anchorage("runs").output == "There are no runs yet.\n"
    with session_factory(engine(load()))() as db:
        cluster = Cluster(name="k8s-dc1", site="lab")
        cluster.runs = [Run(number=1, kind="plan", state="succeeded", diff={"sentence": "Changes nothing."})]
        db.add(cluster)
        db.commit()
    lines = anchorage("runs", "k8s-dc1").output.splitlines()
    assert lines[0].startswith("CLUSTER") and lines[1].endswith("Changes nothing.")
    assert anchorage.json("runs")[0]["state"] == "succeeded"
    assert "no run 7" in anchorage("run-log", "k8s-dc1", "7").stderr
    assert "There is no cluster other" in anchorage("runs", "other").stderr


def test_a_trace_is_shown_only_on_request(anchorage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCHORAGE_APIC_TIMEOUT", "soon")
    result = anchorage("runs")
    assert result.exit_code == 1 and "ANCHORAGE_APIC_TIMEOUT must be a number" in result.stderr
    monkeypatch.setenv("ANCHORAGE_DEBUG", "1")
    assert isinstance(anchorage("runs").exception, ValueError)


def test_a_diff_reads_as_text() -> None:
    one = {
        "op": "change", "class": "bgpPeerPfxPol", "dn": "x", "rn": "x", "title": "BGP prefix limit k8s", "note": "",
        "attributes": [{"name": "maxPfx", "before": "500", "after": "600", "note": "Sessions are not reset."}],
    }  # fmt: skip
    step = {"text": "Adds the BGP peer leaf-103.", "note": "Flows are hashed anew once."}
    diff = {
        "summary": {"add": 0, "change": 1, "destroy": 0, "keep": 53}, "sentence": "Changes 1 object.", "drift": [],
        "groups": [{"title": "BGP policies", "objects": [one]}],
        "parts": {"fabric": {}, "network": {"steps": [step]}},
    }  # fmt: skip
    assert [text for text, _ in difftext.lines(diff)] == [
        "BGP policies",
        "  ~ BGP prefix limit k8s  (bgpPeerPfxPol)",
        "      maxPfx  500 -> 600   Sessions are not reset.",
        "",
        "Network",
        "  Adds the BGP peer leaf-103.",
        "      Flows are hashed anew once.",
        "",
        "0 to add, 1 to change, 0 to remove; 53 stay as they are.",
        "Changes 1 object.",
    ]


def test_the_schema_accepts_the_example_and_refuses_another_mode(anchorage: Any) -> None:
    schema = json.loads(anchorage("schema").output)
    jsonschema.validate(anchorage.spec, schema)
    with pytest.raises(jsonschema.ValidationError, match="half-cluster"):
        jsonschema.validate(anchorage.spec | {"mode": "half-cluster"}, schema)
