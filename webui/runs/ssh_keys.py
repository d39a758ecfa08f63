"""The ssh key of a cluster's machines: the user's own, or a pair that is made once and kept sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from cryptography.hazmat.primitives.serialization.ssh import SSHPrivateKeyTypes

from webui.runs.failures import Failure
from webui.runs.pipeline import Context
from webui.store.models import Cluster


@dataclass(frozen=True)
class KeyPair:
    """Texts in OpenSSH's form."""

    private: str = field(repr=False)
    public: str


def of_cluster(context: Context) -> KeyPair:
    """The spec's key where it gives one, else the cluster's own, made on first use. Raises Failure."""
    given = context.spec.machines.ssh_key
    pair = of_text(given.get_secret_value()) if given else _own(context)
    context.log.redactor.hide([pair.private])
    return pair


def make(comment: str) -> KeyPair:
    """A fresh Ed25519 pair."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return KeyPair(private, f"{public} {comment}")


def _own(context: Context) -> KeyPair:
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        held = context.box.open(cluster.sealed_ssh_key)
        if held is None:
            made = make(f"anchorage-{context.spec.name}")
            held = {"private": made.private, "public": made.public}
            cluster.sealed_ssh_key = context.box.seal(held)
            db.commit()
            context.say("Made an ssh key for this cluster's machines.")
    return KeyPair(held["private"], held["public"])


def of_text(text: str) -> KeyPair:
    """The pair of a private key. Raises Failure."""
    try:
        key = _load(text.strip().encode() + b"\n")
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    except (ValueError, TypeError, UnsupportedAlgorithm, AttributeError) as error:
        raise Failure(
            "The ssh key cannot be read.",
            "It is no private key in OpenSSH's or PEM form, or it has a passphrase.",
            "Give a private key without a passphrase on the Machines page, or leave it out: one is made.",
            "machines.ssh_key",
            "machines",
        ) from error
    return KeyPair(text, public)


def _load(text: bytes) -> SSHPrivateKeyTypes:
    if b"OPENSSH PRIVATE KEY" in text:
        return load_ssh_private_key(text, None)
    return load_pem_private_key(text, None)  # type: ignore[return-value]
