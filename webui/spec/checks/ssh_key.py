"""The private key that signs in to the machines: its form, as far as the text tells."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec import secrets
from webui.spec.checks.registry import Subject, check
from webui.spec.problem import Problem, blocking

FIELD = "machines.ssh_key"


@check
def ssh_key(subject: Subject) -> Iterator[Problem]:
    """A private key, not the public one, and without a passphrase."""
    given = subject.spec.machines.ssh_key
    text = given.get_secret_value().strip() if given else ""
    if not text or secrets.is_reference(text) or not subject.cluster:
        return
    if text.startswith(("ssh-", "ecdsa-")):
        yield blocking(FIELD, "This is the public key.", "Paste the private one: the file without .pub.")
    elif not text.startswith("-----BEGIN ") or "PRIVATE KEY-----" not in text or "-----END " not in text:
        yield blocking(FIELD, "This is no private key in OpenSSH's or PEM form.", "Paste the whole file, all lines.")
    elif "ENCRYPTED" in text:
        yield blocking(FIELD, "The private key has a passphrase.", "Give one without: ssh-keygen -p removes it.")
