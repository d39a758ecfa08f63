"""Refusals of the simulated APIC: HTTP status, the APIC's code and text."""

from typing import Any

LIMIT = 100_000
"""Objects in one reply; over it code 503 (third-party text on the REST interface)."""


class ApicError(Exception):
    """A refusal. `code` and `text` as the APIC gives them."""

    def __init__(self, code: int, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status

    def document(self) -> dict[str, Any]:
        """The reply's JSON."""
        attributes = {"code": str(self.code), "text": self.text}
        return {"totalCount": "1", "imdata": [{"error": {"attributes": attributes}}]}


def missing_container(dn: str) -> ApicError:
    """Something was to be made below an object that is not there."""
    return ApicError(102, f"configured object ((Dn0)) not found Dn0={dn}, ")


def exists(dn: str) -> ApicError:
    """`status: created` on an existing object."""
    return ApicError(103, f"Cannot create; object {dn} already exists.")


def cannot_contain(container: str, cls: str) -> ApicError:
    """Wrong place for the class."""
    return ApicError(106, f"Cannot contain mo class {cls} in {container or 'the root'}")


def unknown_mo_class(cls: str) -> ApicError:
    """A body with a class nobody knows."""
    return ApicError(106, f"unknown mo class {cls}")


def cannot_delete(dn: str) -> ApicError:
    """Containers and implicit objects stay."""
    return ApicError(107, f"Cannot delete object {dn}")


def unknown_class(cls: str) -> ApicError:
    """A query for a class nobody knows."""
    return ApicError(122, f"unknown managed object class {cls}")


def unknown_attribute(name: str, cls: str) -> ApicError:
    """A body with an attribute nobody knows."""
    return ApicError(400, f"unknown attribute '{name}' in element '{cls}'")


def unknown_value(value: str, name: str, cls: str, dn: str) -> ApicError:
    """Not one of the enumeration."""
    return ApicError(120, f"unknown property value {value}, name {name}, class {cls} [(Dn0)] Dn0={dn}, ")


def bad_value(value: str, name: str, rn: str) -> ApicError:
    """Out of range or wrong form. Code and text from memory (unverified)."""
    return ApicError(801, f"property {name} of {rn} failed validation for value '{value}'")


def naming_missing(cls: str, name: str) -> ApicError:
    """A naming property is not given."""
    return ApicError(822, f"naming property ('{cls}.{name}') is not set.")


def read_only(cls: str) -> ApicError:
    """A class that users never write. Code and text from memory (unverified)."""
    return ApicError(170, f"Invalid access, MO: {cls}")


def bad_request(text: str) -> ApicError:
    """A request that cannot be read."""
    return ApicError(400, text)


def not_permitted(user: str, cls: str, dn: str) -> ApicError:
    """No privilege. HTTP status as in the field; the words are ours."""
    return ApicError(403, f"User {user} does not have the privilege to write class {cls}, Dn0={dn}, ", 403)


def too_big() -> ApicError:
    """Over the limit of objects."""
    return ApicError(503, "Unable to process the query, result dataset is too big", 400)


def token_invalid() -> ApicError:
    """No token, or an expired one."""
    return ApicError(403, "Token was invalid (Error: Token timeout)", 403)


def bad_login() -> ApicError:
    """User or password wrong: 401."""
    return ApicError(401, "Username or password is incorrect - FAILED local authentication", 401)


def bad_signature(why: str) -> ApicError:
    """A signed request that is not to be believed: 403. The words are ours."""
    return ApicError(403, f"Request signature is invalid: {why}", 403)


def no_role() -> ApicError:
    """A user without any role reads nothing. The words are ours."""
    return ApicError(403, "The user has no role and may not read", 403)
