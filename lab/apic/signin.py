"""Sign-in: tokens for passwords, and certificate signatures verified against the certificate in the tree.

Sources: the REST facts (tokens last 600 s; 401 for a bad login, 403 for a missing or expired token; the signature is
RSA PKCS#1 v1.5 over SHA-256 of method + path with query + body, as the Terraform provider signs).
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lab.apic import errors, passwords
from lab.apic.tree import Node, Tree

LIFETIME = 600
MAXIMUM = 86400
_LOGIN_NAME = re.compile(r"apic[#:](?P<domain>[^\\]+)\\\\?(?P<user>.+)")
_CERT_DN = re.compile(r"uni/userext/user-(?P<user>[^/]+)/usercert-[^/]+")


@dataclass(frozen=True, slots=True)
class Request:
    """What a signature covers: method, path with query as it came, body."""

    method: str
    path: str
    body: bytes


@dataclass(slots=True)
class Token:
    """A session by password."""

    user: str
    value: str
    session_id: str
    created: datetime
    expires: datetime


class SignIn:
    """Tokens and signatures. Tokens live in memory: a restart ends all sessions, as on a controller."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._tokens: dict[str, Token] = {}
        self._web_tokens: dict[str, Token] = {}

    def login(self, name: str, password: str, now: datetime) -> Token:
        """A token for user and password; 401 otherwise, with one text for every cause."""
        user = self._tree.get(f"uni/userext/user-{local_name(self._tree, name)}")
        if user is None or not passwords.matches(password, user.get("pwd")) or not is_active(user, now):
            raise errors.bad_login()
        return self._issue(user.get("name"), now, secrets.token_urlsafe(12))

    def _issue(self, user: str, now: datetime, session_id: str) -> Token:
        self._tokens = {value: token for value, token in self._tokens.items() if token.expires > now}
        token = Token(user, secrets.token_urlsafe(48), session_id, now, now + timedelta(seconds=LIFETIME))
        self._tokens[token.value] = token
        return token

    def refresh(self, value: str, now: datetime) -> Token:
        """A new token for a valid one."""
        old = self._valid(value, now)
        return self._issue(old.user, now, old.session_id)

    def logout(self, value: str) -> None:
        """End the session."""
        self._tokens.pop(value, None)

    def _valid(self, value: str, now: datetime) -> Token:
        token = self._tokens.get(value)
        if token is None or token.expires <= now:
            raise errors.token_invalid()
        return token

    def user_of(self, cookies: Mapping[str, str], request: Request, now: datetime) -> Node:
        """The signed-in user of a request, by signature or by token. Raises ApicError 403."""
        if "APIC-Request-Signature" in cookies:
            return self._signed(cookies, request, now)
        token = self._valid(cookies.get("APIC-Cookie") or cookies.get("APIC-cookie") or "", now)
        return self._active(token.user, now)

    def web_token(self, user: str, now: datetime) -> Token:
        """A session for the websocket of a user who signs requests (`webtokenSession`, as clients' sources have it)."""
        self._web_tokens = {value: token for value, token in self._web_tokens.items() if token.expires > now}
        ends = now + timedelta(seconds=MAXIMUM)
        token = Token(user, secrets.token_urlsafe(48), secrets.token_urlsafe(12), now, ends)
        self._web_tokens[token.value] = token
        return token

    def socket_session(self, value: str, now: datetime) -> str:
        """The session's id of a token in a websocket's path. Raises ApicError 403."""
        token = self._web_tokens.get(value)
        return token.session_id if token is not None and token.expires > now else self._valid(value, now).session_id

    def session_id(self, cookies: Mapping[str, str]) -> str:
        """The session's id of a request, for its subscriptions: of its token, or of its websocket when it is signed."""
        if "APIC-Request-Signature" in cookies:
            token = self._web_tokens.get(cookies.get("APIC-WebSocket-Session", ""))
        else:
            token = self._tokens.get(cookies.get("APIC-Cookie") or cookies.get("APIC-cookie") or "")
        if token is None:
            raise errors.bad_request("A signed subscription needs the cookie APIC-WebSocket-Session")
        return token.session_id

    def _active(self, name: str, now: datetime) -> Node:
        user = self._tree.get(f"uni/userext/user-{name}")
        if user is None or not is_active(user, now):
            raise errors.token_invalid()
        return user

    def _signed(self, cookies: Mapping[str, str], request: Request, now: datetime) -> Node:
        dn = cookies.get("APIC-Certificate-DN", "")
        match, held = _CERT_DN.fullmatch(dn), self._tree.get(dn)
        if match is None or held is None:
            raise errors.bad_signature(f"certificate {dn} is not known")
        if cookies.get("APIC-Certificate-Algorithm") != "v1.0":
            raise errors.bad_signature("APIC-Certificate-Algorithm is not v1.0")
        verify(held.get("data"), cookies["APIC-Request-Signature"], request, now)
        return self._active(match["user"], now)


def local_name(tree: Tree, name: str) -> str:
    r"""The local user of a sign-in name; `apic#DOMAIN\user` names a login domain, which must exist and be local."""
    match = _LOGIN_NAME.fullmatch(name)
    if match is None:
        return name
    domain = tree.get(f"uni/userext/logindomain-{match['domain']}/domainauth")
    if domain is None or domain.get("realm") != "local":
        raise errors.bad_login()
    return match["user"]


def is_active(user: Node, now: datetime) -> bool:
    """Neither disabled nor expired. `expiration` counts only with `expires=yes`."""
    if user.get("accountStatus") != "active":
        return False
    return user.get("expires") != "yes" or _not_over(user.get("expiration"), now)


def _not_over(expiration: str, now: datetime) -> bool:
    if expiration == "never":
        return True
    try:
        until = datetime.fromisoformat(expiration)
    except ValueError:
        return False
    return now < (until if until.tzinfo else until.replace(tzinfo=now.tzinfo))


def verify(certificate_pem: str, signature: str, request: Request, now: datetime) -> None:
    """Check a request's signature. Raises ApicError 403 that says what is wrong."""
    key, starts, ends = _certificate(certificate_pem)
    if not starts <= now <= ends:
        raise errors.bad_signature(f"the certificate is valid from {starts} to {ends}")
    try:
        raw = base64.b64decode(signature, validate=True)
    except binascii.Error as error:
        raise errors.bad_signature("the signature is not base64") from error
    if not any(_is_signed(key, raw, content) for content in _contents(request)):
        raise errors.bad_signature("the signature does not fit the request and the certificate")


def _contents(request: Request) -> set[bytes]:
    """The path is signed unescaped; what came raw on the wire stands for itself. GET and `{}` have no body."""
    body = b"" if request.method == "GET" or request.body == b"{}" else request.body
    paths = (request.path, unquote(request.path))
    return {request.method.encode() + path.encode() + body for path in paths}


def _is_signed(key: RSAPublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=256)
def _certificate(pem: str) -> tuple[RSAPublicKey, datetime, datetime]:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
    except ValueError as error:
        raise errors.bad_signature("the certificate cannot be read") from error
    if not isinstance(key, RSAPublicKey):
        raise errors.bad_signature("the certificate's key is not RSA")
    return key, certificate.not_valid_before_utc, certificate.not_valid_after_utc
