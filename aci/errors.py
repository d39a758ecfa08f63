"""What can go wrong with an APIC, in a network engineer's words, with the remedy and whether a retry can help."""

from collections.abc import Mapping
from typing import Any


class AciError(Exception):
    """Base. `sentence`: for people; `text`, `code`: the server's own; `status`: HTTP status, None without a reply."""

    retryable = False
    """Whether the same request can succeed later without anybody changing anything."""

    def __init__(self, sentence: str, *, text: str = "", code: str = "", status: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.text = text
        self.code = code
        self.status = status

    def __str__(self) -> str:
        said = f" (the APIC said: {self.text})" if self.text and self.status is not None else ""
        return self.sentence + said


class Unreachable(AciError):
    """No connection, or it broke."""

    retryable = True


class TimedOut(Unreachable):
    """Connected, but no answer in time."""


class BadAddress(AciError):
    """The text is not host[:port]."""


class TlsFailure(AciError):
    """The certificate was refused or TLS could not be agreed on."""


class NotAnApic(AciError):
    """Something answered, but not as an APIC does."""


class BadCredentials(AciError):
    """The private key given cannot be used."""


class BadLogin(AciError):
    """User, password or login domain refused."""


class BadSignature(AciError):
    """The request's signature was refused."""


class TokenExpired(AciError):
    """The session has ended."""

    retryable = True


class NotPermitted(AciError):
    """Signed in, but the user's roles do not allow it."""


class Rejected(AciError):
    """The APIC refused the objects sent, or the query."""


class NotFound(Rejected):
    """An object that the request stands on does not exist."""


class TooBig(Rejected):
    """The result is over the APIC's limit."""


class Throttled(AciError):
    """Too many requests."""

    retryable = True


class ServerTrouble(AciError):
    """The APIC answers with a 5xx."""

    retryable = True


def error_of(document: Any) -> tuple[str, str]:
    """(code, text) of `{"imdata":[{"error":{"attributes":{"code","text"}}}]}`; ("", "") without one."""
    try:
        attributes = document["imdata"][0]["error"]["attributes"]
    except (KeyError, IndexError, TypeError):
        return "", ""
    if not isinstance(attributes, Mapping):
        return "", ""
    return str(attributes.get("code", "")), str(attributes.get("text", ""))


def from_reply(status: int, document: Any, *, asked: str, signed: bool) -> AciError:
    """The error of a reply with an HTTP status of 400 or more. `asked`: method and path without secrets."""
    code, text = error_of(document)
    return _made(status, code, text, asked, signed)


def _made(status: int, code: str, text: str, asked: str, signed: bool) -> AciError:
    known: dict[str, Any] = {"text": text, "code": code, "status": status}
    if 401 in (status, _number(code)):
        return _unauthorized(signed, known)
    if status == 403:
        return _forbidden(text, signed, known)
    if "too big" in text:
        return TooBig("The answer would be over the APIC's limit of objects. Ask for less, or page by page.", **known)
    if status == 429 or status >= 500:
        return _in_trouble(status, known)
    return _refused(code, asked, known)


def _number(code: str) -> int:
    return int(code) if code.isdecimal() else 0


def _in_trouble(status: int, known: dict[str, Any]) -> AciError:
    if status in (429, 503):
        return Throttled("The APIC is busy and refuses requests for now. Wait a little and try again.", **known)
    return ServerTrouble("The APIC reports an internal error. Wait a little, then look at its health.", **known)


def _refused(code: str, asked: str, known: dict[str, Any]) -> AciError:
    text = known["text"]
    if code == "102":
        return NotFound(f"The APIC refused {asked}: an object it stands on does not exist.", **known)
    if not code:
        sentence = f"{asked} was answered with HTTP {known['status']}, not as an APIC does. Check the address."
        return NotAnApic(sentence, **known)
    return Rejected(f"The APIC refused {asked}. {_hint(code)}".rstrip(), **known) if text else Rejected(asked, **known)


_HINTS = {
    "103": "The object exists already.",
    "106": "An object may not stand there, or its class is unknown.",
    "107": "The object cannot be deleted while others use it.",
    "120": "A value is not one the APIC knows.",
    "122": "The class is unknown to this APIC version.",
    "400": "An attribute is unknown to this APIC version.",
    "801": "A value is outside what the APIC accepts.",
    "822": "A name is missing.",
}


def _hint(code: str) -> str:
    return _HINTS.get(code, "")


def _unauthorized(signed: bool, known: dict[str, Any]) -> AciError:
    if signed:
        return BadSignature(
            "The APIC refused the signature. Check that the user and its certificate exist there, have not expired, "
            "and belong to this private key.",
            **known,
        )
    return BadLogin("The APIC refused the sign-in. Check user name, password and login domain.", **known)


def _forbidden(text: str, signed: bool, known: dict[str, Any]) -> AciError:
    lower = text.lower()
    if signed and any(word in lower for word in ("token", "signature", "certificate")):
        return _unauthorized(signed, known)
    if "token" in lower:
        return TokenExpired("The APIC session has ended. Sign in again.", **known)
    return NotPermitted(
        "The user may not do this. Give it a role with the privilege that the APIC names, or use another user.", **known
    )
