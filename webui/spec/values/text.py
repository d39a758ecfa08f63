"""Text, words, secrets and flags; and what a value that cannot be read says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import SecretStr

Reader = Callable[[Any], Any]


class Wrong(ValueError):
    """A value cannot be read: `text` says what is wrong with it, `remedy` what to write."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy


def shown(value: Any) -> str:
    """A value as it may stand in a sentence: short, and never a whole structure."""
    if isinstance(value, str | int | float):
        text = " ".join(str(value).split()) if isinstance(value, str) else _number_text(value)
        printable = "".join(c if c.isprintable() else "?" for c in text)
        return f"“{printable[:40]}…”" if len(printable) > 40 else f"“{printable}”"
    return {list: "a list", tuple: "a list", dict: "a group of fields", type(None): "nothing"}.get(
        type(value), "this value"
    )


def _number_text(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return "a very large number"


def plain(value: Any) -> str:
    """One line of text, trimmed. Whole numbers become text; other kinds are refused."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong(f"{shown(value)} is not text", "Write it as text, in quotes if it looks like a number.")
    text = value.strip() if isinstance(value, str) else _number_text(value)
    if not text.isprintable():
        raise Wrong("it holds line breaks or control characters", "Write it on one line, without special characters.")
    if len(text) > 500:
        raise Wrong(f"it is {len(text)} characters long", "Write at most 500 characters.")
    return text


def block(value: Any) -> str:
    """Text of several lines, such as a PEM certificate; trimmed at its ends."""
    if not isinstance(value, str):
        raise Wrong(f"{shown(value)} is not text", "Paste it as text.")
    if len(value) > 200_000:
        raise Wrong(f"it is {len(value)} characters long", "Paste at most 200,000 characters.")
    if any(not (c.isprintable() or c in "\r\n\t") for c in value):
        raise Wrong("it holds control characters", "Paste the text again, from a plain text file.")
    return value.replace("\r\n", "\n").strip()


def yaml_mapping(value: Any) -> str:
    """Text of several lines that is YAML with names and values."""
    text = block(value)
    try:
        found = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where else ""
        raise Wrong(f"it is no YAML{line}", "Write NAME: VALUE, indented by spaces.") from None
    if not isinstance(found, dict):
        raise Wrong("it has no names with values", "Write NAME: VALUE, indented by spaces.")
    return text


def toml(value: Any) -> str:
    """Text of several lines that is TOML."""
    text = block(value)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Wrong(f"it is no TOML: {error}", "Write [SECTION] and below it name = value.") from None
    return text


def certificate(value: Any) -> str:
    """One or more PEM certificates."""
    text = block(value)
    if "-----BEGIN CERTIFICATE-----" not in text or "-----END CERTIFICATE-----" not in text:
        raise Wrong(
            "this is no PEM certificate",
            "Paste the text from BEGIN CERTIFICATE to END CERTIFICATE, both lines included.",
        )
    return text


def secret(value: Any) -> SecretStr:
    """A password or key, taken as it is (not trimmed): spaces may belong to it."""
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong("it is not text", "Write it as text in quotes, or as ${env:NAME} or ${file:/path}.")
    text = value if isinstance(value, str) else _number_text(value)
    if len(text) > 20_000:
        raise Wrong(f"it is {len(text)} characters long", "Write at most 20,000 characters.")
    return SecretStr(text)


def yes_or_no(value: Any) -> bool:
    """true or false, also in the words that forms and YAML use."""
    if isinstance(value, bool):
        return value
    word = plain(value).lower()
    if word in ("true", "yes", "on", "y", "1"):
        return True
    if word in ("false", "no", "off", "n", "0"):
        return False
    raise Wrong(f"{shown(value)} is neither true nor false", "Write true or false.")


def one_of(*choices: str) -> Reader:
    """A reader of one word out of some; upper case is accepted."""

    def read(value: Any) -> str:
        word = plain(value).lower()
        if word not in choices:
            near = get_close_matches(word, choices, 1)
            offer = f"Did you mean {near[0]}? " if near else ""
            raise Wrong(f"{shown(value)} is not one of the choices", f"{offer}Choose {listed(choices, 'or')}.")
        return word

    return read


def listed(words: tuple[str, ...] | list[str], joint: str = "and") -> str:
    """Words as they stand in a sentence: a, b and c."""
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else "".join(words)


def matching(pattern: str, what: str, example: str) -> Reader:
    """A reader of text of one form; `what` names the form in a sentence."""
    compiled = re.compile(pattern)

    def read(value: Any) -> str:
        text = plain(value)
        if not compiled.fullmatch(text):
            raise Wrong(f"{shown(text)} is no {what}", f"Write one such as {example}.")
        return text

    return read
