"""Messages, failures and secrets in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aci import errors
from webui.runs import apic_failures, failures, words
from webui.runs.redact import SHOWN, Redactor
from webui.runs.terraform.environment import apic_login, for_init, for_work, provider_configuration
from webui.runs.terraform.messages import Diagnostic, Reader, Said


def line(kind: str, seconds: float = 0, **more: Any) -> str:
    at = f"2026-01-02T03:04:{5 + seconds:09.6f}Z"
    return json.dumps({"@level": "info", "@message": "m", "@timestamp": at, "type": kind, **more})


def hook(
    name: str, action: str, dn: str = "", kind: str = "aci_rest_managed", key: str | None = None
) -> dict[str, Any]:
    resource = {"addr": f"{kind}.{name}", "resource_type": kind, "resource_name": name, "resource_key": key}
    return {"hook": {"resource": resource, "action": action, **({"id_key": "id", "id_value": dn} if dn else {})}}


def read(reader: Reader, *lines: str) -> list[Said]:
    return [said for one in lines for said in reader.read(one)]


def test_an_object_that_was_made_is_named_with_its_time_and_the_progress() -> None:
    started = line("apply_start", **hook("l3extOut", "create"))
    ended = line("apply_complete", 0.3, **hook("l3extOut", "create", "uni/tn-k8s/out-k8s-dc1"))
    assert read(Reader(total=54), started, ended) == [Said("l3extOut k8s-dc1: created in 0.3 s", done=1, total=54)]


def test_a_removed_object_is_named_by_the_dn_that_its_start_told() -> None:
    started = line("apply_start", **hook("bgpPeerPfxPol", "delete", "uni/tn-k8s/bgpPfxP-k8s"))
    assert read(Reader(total=1), started, line("apply_complete", 1, **hook("bgpPeerPfxPol", "delete")))[0].text == (
        "bgpPeerPfxPol k8s: removed in 1.0 s"
    )


def test_a_part_of_an_object_counts_with_the_object() -> None:
    dn = "uni/tn-k8s/out-k8s/lnodep-n/lifp-v4/vlifp-[topology/pod-1/node-101]-[vlan-310]/peerP-[198.18.2.0/24]"
    lines = [line("apply_complete", **hook(name, "create", dn)) for name in ("bgpPeerP", "bgpPeerP_password")]
    said = read(Reader(total=1), *lines)
    assert [one.text for one in said] == [
        "bgpPeerP 198.18.2.0/24 on node-101: created in 0.0 s",
        "bgpPeerP 198.18.2.0/24 on node-101: password written in 0.0 s",
    ]
    assert [(one.done, one.total) for one in said] == [(1, 1), (1, 1)]


def test_helpers_of_the_configuration_are_not_shown() -> None:
    assert read(Reader(), line("apply_complete", **hook("password", "create", "x", "terraform_data"))) == []


def test_an_error_is_kept_and_shown() -> None:
    reader = Reader()
    told = {"severity": "error", "summary": "Broken", "detail": "for a reason", "address": "a.b"}
    assert read(reader, json.dumps({"@level": "error", "@message": "x", "type": "diagnostic", "diagnostic": told})) == [
        Said("Broken: for a reason", "error")
    ]
    assert reader.diagnostics == [Diagnostic("error", "Broken", "for a reason", "a.b")]


@given(st.text())
def test_any_line_of_text_is_read(text: str) -> None:
    for one in text.splitlines():
        read(Reader(), one)


@pytest.mark.parametrize(
    ("cls", "dn", "text"),
    [
        ("l3extOut", "uni/tn-k8s/out-k8s-dc1", "l3extOut k8s-dc1"),
        ("bgpExtP", "uni/tn-k8s/out-a/bgpExtP", "bgpExtP"),
        ("l3extRsNodeL3OutAtt", "uni/tn-a/out-b/lnodep-c/rsnodeL3OutAtt-[topology/pod-1/node-101]",
         "l3extRsNodeL3OutAtt node-101"),
        ("fvRsCtxToBgpCtxAfPol", "uni/tn-a/ctx-b/rsctxToBgpCtxAfPol-[k8s]-ipv4-ucast", "fvRsCtxToBgpCtxAfPol k8s"),
        ("rtctrlMatchRtDest", "uni/tn-a/subj-b/dest-[fd00::/64]", "rtctrlMatchRtDest fd00::/64"),
    ],
)  # fmt: skip
def test_objects_have_short_names(cls: str, dn: str, text: str) -> None:
    assert words.short(cls, dn) == text


@pytest.mark.parametrize(
    ("text", "what", "retry"),
    [
        ("Failed to query available provider packages: could not retrieve the list", "provider for ACI", True),
        ("Error acquiring the state lock: resource temporarily unavailable", "Another Terraform", True),
        ("Saved plan is stale", "no longer fits", False),
        ("write /x: no space left on device", "disk", True),
        ("x509: certificate signed by unknown authority", "certificate was refused", False),
        ("Error code 403: no privilege to write class l3extOut", "does not let", True),
        ("dial tcp 192.0.2.1:443: connect: connection refused", "cannot be reached", True),
        ("context deadline exceeded", "cannot be reached", True),
        ("The post rest request failed: error code 120: property mtu out of range", "refused an object", False),
        ("Resource precondition failed: The tenant k8s does not exist.", "does not fit the fabric", False),
    ],
)
def test_known_errors_have_a_card(text: str, what: str, retry: bool) -> None:
    card = failures.of_diagnostics([Diagnostic("error", text, "")]).card()
    assert what in card["what"] and card["retry"] is retry and card["remedy"].endswith(".")


def test_an_unknown_error_keeps_its_words() -> None:
    card = failures.of_diagnostics([Diagnostic("error", "Strange", "things happen")]).card()
    assert card["cause"] == "Strange: things happen"


def test_the_error_that_is_recognised_is_told_first() -> None:
    found = [Diagnostic("error", "Strange", ""), Diagnostic("error", "connection refused", "")]
    card = failures.of_diagnostics(found)
    assert "cannot be reached" in card.what and "1 more" in card.cause


@pytest.mark.parametrize(
    ("error", "field", "retry"),
    [
        (errors.TlsFailure("no"), "fabric.tls.ca", False),
        (errors.BadSignature("no"), "fabric.user", False),
        (errors.Unreachable("no"), "fabric.apics", True),
        (errors.TimedOut("no"), "fabric.apics", True),
        (errors.NotPermitted("no"), "fabric.user", True),
        (errors.Rejected("no", text="their text", status=400), "", False),
    ],
)
def test_errors_of_the_client_have_cards(error: errors.AciError, field: str, retry: bool) -> None:
    card = apic_failures.of_error(error).card()
    assert (card["field"], card["retry"]) == (field, retry) and str(error) == card["cause"]


secrets = st.text(min_size=4).filter(lambda text: text.strip() and text not in SHOWN)


@given(secrets, st.text(), st.text())
def test_a_secret_never_survives_plain_or_in_json(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    assert secret not in redactor.text(before + secret + after).replace(SHOWN, "")
    assert secret not in str(redactor.value({"a": [secret, {"b": secret}]})).replace(SHOWN, "")


def test_a_key_is_taken_out_line_by_line() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\n"
    assert "MIIE" not in Redactor([key]).text("the line MIIEvQIBADANBgkqhkiG9w0B alone")


def test_terraform_gets_a_short_environment_and_secrets_only_to_work() -> None:
    ours = {"PATH": "/bin", "HTTPS_PROXY": "http://p", "ANCHORAGE_APIC_PASSWORD": "planted", "TF_LOG": "trace"}
    init = for_init(ours, Path("/d"), Path("/d/rc"))
    assert set(init) == {
        "PATH", "HTTPS_PROXY", "TF_IN_AUTOMATION", "TF_INPUT", "CHECKPOINT_DISABLE", "TF_DATA_DIR",
        "TF_CLI_CONFIG_FILE",
    }  # fmt: skip
    credential = {"user": "u", "cert_name": "c", "private_key": "k"}
    work = for_work(init, apic_login(credential), {"bgp_password": "p"}, Path("/d/ca.pem"))
    assert (
        work["TF_VAR_bgp_password"] == "p" and work["SSL_CERT_FILE"] == "/d/ca.pem" and work["ACI_PRIVATE_KEY"] == "k"
    )


def test_providers_come_from_the_registry_or_from_the_mirror_alone() -> None:
    assert "direct {}" in provider_configuration(None)
    text = provider_configuration(Path('/m/a "b"'))
    assert 'path = "/m/a \\"b\\""' in text and "direct" not in text
