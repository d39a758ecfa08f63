"""The form of the machines' private key."""

from __future__ import annotations

import pytest

from webui.spec import check, parse

PEM = "-----BEGIN RSA PRIVATE KEY-----\n{}AAAA\n-----END RSA PRIVATE KEY-----\n"


def said(key: str, mode: str = "full") -> list[str]:
    spec = parse({"mode": mode, "machines": {"ssh_key": key}}).spec
    return [problem.sentence for problem in check(spec) if problem.field == "machines.ssh_key"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("ssh-ed25519 AAAA me@here", "public key"),
        ("AAAA", "no private key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", "no private key"),
        (PEM.format("Proc-Type: 4,ENCRYPTED\n\n"), "passphrase"),
        (PEM.replace("RSA", "ENCRYPTED").format(""), "passphrase"),
    ],
)
def test_what_cannot_sign_in_is_told(key: str, words: str) -> None:
    assert len(said(key)) == 1 and words in said(key)[0]


@pytest.mark.parametrize("key", [PEM.format(""), PEM.replace("RSA", "OPENSSH").format(""), "${file:id_ed25519}", ""])
def test_a_key_or_a_reference_to_one_is_fine(key: str) -> None:
    assert [one for one in said(key) if "leads to nothing" not in one] == []


def test_without_a_cluster_nobody_signs_in() -> None:
    assert said("AAAA", "no-cluster") == []
