"""What a session makes of replies: objects, errors with sentences, and whether a request may be sent again."""

import json
from typing import Any

from aci import mo as mos
from aci.errors import (
    AciError,
    BadLogin,
    NotAnApic,
    ServerTrouble,
    Throttled,
    TokenExpired,
    Unreachable,
    from_reply,
)
from aci.mo import Mo
from aci.wire import Reply


def none_reached(addresses: list[str], last: Unreachable) -> Unreachable:
    """The error when no controller answered; `last` was said of the last one."""
    if len(addresses) == 1:
        return last
    sentence = (
        f"None of the controllers {', '.join(addresses)} can be reached. Check the addresses and the route to them."
    )
    return Unreachable(sentence, text=last.text)


def retry_helps(error: AciError, mo: Mo | None) -> bool:
    """A merge can be sent twice; `status: created` cannot, it would be refused the second time."""
    if mo is not None and any(item.get("status") == "created" for item in mo.walk()):
        return isinstance(error, Throttled)
    return isinstance(error, Throttled | ServerTrouble | Unreachable)


def checked(reply: Reply, asked: str, *, signed: bool) -> dict[str, Any]:
    """The reply's document. Raises what the APIC refused, or NotAnApic. `asked`: method and path, for people."""
    if reply.status >= 400:
        raise from_reply(reply.status, reply.document, asked=asked, signed=signed)
    if not isinstance(reply.document, dict) or not isinstance(reply.document.get("imdata"), list):
        raise NotAnApic(f"{asked} was answered, but not as an APIC does. Check the address.", status=reply.status)
    return reply.document


def checked_login(reply: Reply) -> None:
    """Raises BadLogin for a refused sign-in, else as `checked`."""
    try:
        checked(reply, "POST /api/aaaLogin.json", signed=False)
    except TokenExpired as error:
        # A 403 to a sign-in speaks of the user, not of a session: signing in again cannot help.
        sentence = "The APIC refused the sign-in. Check user name, password and login domain."
        raise BadLogin(sentence, text=error.text, code=error.code, status=error.status) from error


def objects(document: dict[str, Any]) -> list[Mo]:
    """Objects of a document, children with their dn."""
    try:
        return [mos.with_dns(mos.from_json(item)) for item in document["imdata"]]
    except mos.BadMo as error:
        raise NotAnApic(f"The APIC's answer cannot be read: {error}.") from error


def body_of(mo: Mo) -> bytes:
    """The object as the body of a request."""
    return json.dumps(mo.to_json(), separators=(",", ":"), ensure_ascii=False).encode()
