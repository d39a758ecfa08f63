"""A key pair and a self-signed certificate for a user of the APIC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

BITS = 2048
"""The APIC takes certificates of 2048 bits everywhere; longer keys make each signed request slower."""


@dataclass(frozen=True)
class Keys:
    """PEM texts of a private key and its certificate, and when that ends (UTC)."""

    private_key_pem: str = field(repr=False)
    certificate_pem: str
    expires: dt.datetime


def make_keys(common_name: str, now: dt.datetime, days: int) -> Keys:
    """An RSA key and a certificate that is valid from a day ago (clocks differ) for so many days from now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    expires = now.replace(microsecond=0) + dt.timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(expires)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Keys(private, certificate.public_bytes(Encoding.PEM).decode(), expires)
