"""Filter expressions: `and(eq(fvTenant.name,"a"),not(wcard(fvTenant.descr,"x*")))`, parsed once.

Values are quoted strings; bare words and single quotes are taken, too. Numbers compare as numbers, all else as text.
An attribute of another class than the object's does not match (a subtree holds several classes).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.apic.errors import ApicError, bad_request

Test = Callable[[str, Mapping[str, str]], bool]
"""(class, attributes) -> matches."""

MAX_DEPTH = 64
_TOKEN = re.compile(
    r"""\s*(?:(?P<punct>[(),])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<word>[^\s(),"']+))""",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse(expression: str) -> Test:
    """The test of an expression. Raises ApicError with what is wrong."""
    parser = _Parser(_tokens(expression), expression)
    test = parser.expression(0)
    parser.end()
    return test


def _tokens(expression: str) -> list[_Token]:
    tokens, at, text = [], 0, expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _broken(expression, f"unexpected {text[at]!r}")
        tokens.append(_token(match))
        at = match.end()
    return tokens


def _token(match: re.Match[str]) -> _Token:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind in ("double", "single"):
        return _Token("value", _ESCAPED.sub(r"\1", text))
    return _Token(kind, text)


def _broken(expression: str, why: str) -> ApicError:
    return bad_request(f"Invalid filter expression {expression!r}: {why}")


class _Parser:
    def __init__(self, tokens: list[_Token], source: str) -> None:
        self._tokens, self._source, self._at = tokens, source, 0

    def _next(self, what: str) -> _Token:
        if self._at >= len(self._tokens):
            raise _broken(self._source, f"{what} expected at the end")
        self._at += 1
        return self._tokens[self._at - 1]

    def _punct(self, char: str) -> None:
        token = self._next(f"'{char}'")
        if token != _Token("punct", char):
            raise _broken(self._source, f"'{char}' expected, {token.text!r} found")

    def _peek(self, char: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at] == _Token("punct", char)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise _broken(self._source, f"{self._tokens[self._at].text!r} after the end")

    def expression(self, depth: int) -> Test:
        if depth > MAX_DEPTH:
            raise _broken(self._source, "nested too deeply")
        operator = self._next("an operator").text
        self._punct("(")
        test = self._logical(operator, depth) if operator in _LOGICAL else self._comparison(operator)
        self._punct(")")
        return test

    def _logical(self, operator: str, depth: int) -> Test:
        tests = [self.expression(depth + 1)]
        while self._peek(","):
            self._punct(",")
            tests.append(self.expression(depth + 1))
        if operator == "not" and len(tests) != 1:
            raise _broken(self._source, "not takes one expression")
        return _LOGICAL[operator](tests)

    def _comparison(self, operator: str) -> Test:
        if operator not in _COMPARISONS:
            raise _broken(self._source, f"unknown operator {operator!r}")
        count, compare = _COMPARISONS[operator]
        cls, _, name = self._next("Class.attribute").text.partition(".")
        if not name:
            raise _broken(self._source, "Class.attribute expected")
        values = [self._value() for _ in range(count)]
        return _comparing(cls, name, compare, values)

    def _value(self) -> str:
        self._punct(",")
        token = self._next("a value")
        if token.kind == "punct":
            raise _broken(self._source, f"a value expected, {token.text!r} found")
        return token.text


def _comparing(cls: str, name: str, compare: Callable[..., bool], values: list[str]) -> Test:
    def test(of: str, attributes: Mapping[str, str]) -> bool:
        return of == cls and name in attributes and compare(attributes[name], *values)

    return test


def _all(tests: list[Test]) -> Test:
    return lambda cls, attributes: all(test(cls, attributes) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda cls, attributes: any(test(cls, attributes) for test in tests)


def _not(tests: list[Test]) -> Test:
    return lambda cls, attributes: not tests[0](cls, attributes)


def order_key(value: str) -> tuple[int, float, str]:
    """Numbers before texts, numbers by size."""
    return (0, float(value), "") if _NUMBER.fullmatch(value) else (1, 0.0, value)


def _pair(left: str, right: str) -> tuple[tuple[int, float, str], tuple[int, float, str]]:
    """Both as numbers, or both as texts."""
    one, two = order_key(left), order_key(right)
    return (one, two) if one[0] == two[0] else ((1, 0.0, left), (1, 0.0, right))


def _less(left: str, right: str) -> bool:
    one, two = _pair(left, right)
    return one < two


def _contains(value: str, pattern: str) -> bool:
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.search(".*".join(parts), value, re.DOTALL) is not None


_LOGICAL: Mapping[str, Callable[[list[Test]], Test]] = {"and": _all, "or": _any, "not": _not}
_COMPARISONS: Mapping[str, tuple[int, Callable[..., bool]]] = {
    "eq": (1, lambda value, wanted: value == wanted),
    "ne": (1, lambda value, wanted: value != wanted),
    "gt": (1, lambda value, wanted: _less(wanted, value)),
    "ge": (1, lambda value, wanted: not _less(value, wanted)),
    "lt": (1, _less),
    "le": (1, lambda value, wanted: not _less(wanted, value)),
    "bw": (2, lambda value, low, high: not _less(value, low) and not _less(high, value)),
    "wcard": (1, _contains),
}
