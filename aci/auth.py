"""Credentials, and how a request is signed.

Signature: RSA PKCS#1 v1.5 over SHA-256 of METHOD + path with query (unescaped) + body, in four cookies; as measured
against the real Terraform provider.
"""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from aci.errors import BadCredentials


@dataclass(frozen=True, slots=True)
class Password:
    """Sign-in by password; `login_domain` of a remote or named local realm, "" for the default one."""

    user: str
    password: str = field(repr=False)
    login_domain: str = ""

    @property
    def login_name(self) -> str:
        r"""The name as aaaLogin wants it: `apic#DOMAIN\user` with a login domain."""
        return f"apic#{self.login_domain}\\{self.user}" if self.login_domain else self.user


@dataclass(frozen=True, slots=True)
class Signature:
    """Sign each request with the private key of a certificate known as `usercert-{cert_name}` of the local user."""

    user: str
    cert_name: str
    private_key_pem: str = field(repr=False)

    @property
    def cert_dn(self) -> str:
        """DN of the certificate's object."""
        return f"uni/userext/user-{self.user}/usercert-{self.cert_name}"


Credentials = Password | Signature
_COOKIE_SAFE = re.compile(r"[A-Za-z0-9_.@:-]+")


def check_names(credentials: Signature) -> None:
    """User and certificate names go into a cookie. Raises BadCredentials for what the APIC would not take either."""
    for name in (credentials.user, credentials.cert_name):
        if not _COOKIE_SAFE.fullmatch(name):
            raise BadCredentials(f"{name!r} cannot be the name of a local user or certificate of an APIC.")


def load_key(pem: str) -> RSAPrivateKey:
    """RSA key of a PEM text without passphrase. Raises BadCredentials."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadCredentials("The private key cannot be read. Give an RSA key in PEM without a passphrase.") from error
    if not isinstance(key, RSAPrivateKey):
        raise BadCredentials("The private key is not an RSA key. The APIC verifies RSA signatures alone.")
    return key


def payload(method: str, path: str, body: bytes) -> bytes:
    """The bytes that are signed. A GET has no body; a body of exactly `{}` is left out."""
    signed_body = b"" if method == "GET" or body == b"{}" else body
    return method.encode() + unquote(path).encode() + signed_body


def signature_cookies(credentials: Signature, key: RSAPrivateKey, method: str, path: str, body: bytes) -> str:
    """The Cookie header of a signed request."""
    signature = key.sign(payload(method, path, body), padding.PKCS1v15(), hashes.SHA256())
    cookies = {
        "APIC-Request-Signature": base64.b64encode(signature).decode(),
        "APIC-Certificate-Algorithm": "v1.0",
        "APIC-Certificate-Fingerprint": "fingerprint",
        "APIC-Certificate-DN": credentials.cert_dn,
    }
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
