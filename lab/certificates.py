"""The lab's own certificate authority: one CA per home, one server certificate for loopback.

The CA's private key is not kept: it signs the server certificate and is forgotten, so that nobody can misuse it.
"""

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=825)
RENEW_BEFORE = timedelta(days=30)
NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1", "198.18.0.81")
"""Loopback, and where the APIC stands on the lab's own network (lab.machines.network)."""


def write_private(path: Path, text: str) -> None:
    """Write a 0600 file at once: never readable for others, never half written."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


def is_current(ca_path: Path, server_path: Path) -> bool:
    """Whether both files are there and the certificate lasts for a while."""
    if not (ca_path.exists() and server_path.exists()):
        return False
    try:
        held = x509.load_pem_x509_certificate(server_path.read_bytes())
    except ValueError:
        return False
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    named = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return named >= set(ADDRESSES) and held.not_valid_after_utc - RENEW_BEFORE > datetime.now(UTC)


def make(ca_path: Path, server_path: Path) -> None:
    """A new CA and, signed by it, key and certificate for loopback. RSA 2048, for the sake of older clients."""
    ca_key, server_key = _key(), _key()
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Anchorage lab CA (simulated site)")])
    ca = _ca(ca_name, ca_key)
    server = _server(ca_name, ca_key, server_key)
    private = server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(server_path, server.public_bytes(Encoding.PEM).decode() + private.decode())
    write_private(ca_path, ca.public_bytes(Encoding.PEM).decode())


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _ca(name: x509.Name, key: rsa.RSAPrivateKey) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())


def _server(issuer: x509.Name, ca_key: rsa.RSAPrivateKey, key: rsa.RSAPrivateKey) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Anchorage simulated APIC")])
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(subject, issuer, key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
