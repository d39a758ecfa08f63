"""Filter expressions of queries: built as text with correct quoting, e.g. `and(eq(fvBD.name,"a"),gt(x.y,"5"))`.

Operators: facts of the REST interface's query-target-filter (eq, ne, gt, ge, lt, le, bw, wcard, and, or, not).
"""


def quoted(value: str) -> str:
    """The value in double quotes; backslash and quote are escaped."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _compare(operator: str, attribute: str, *values: str) -> str:
    return f"{operator}({','.join([attribute, *map(quoted, values)])})"


def eq(attribute: str, value: str) -> str:
    """`attribute` is `Class.name`, here and below; equals."""
    return _compare("eq", attribute, value)


def ne(attribute: str, value: str) -> str:
    """Differs."""
    return _compare("ne", attribute, value)


def gt(attribute: str, value: str) -> str:
    """Greater."""
    return _compare("gt", attribute, value)


def ge(attribute: str, value: str) -> str:
    """Greater or equal."""
    return _compare("ge", attribute, value)


def lt(attribute: str, value: str) -> str:
    """Less."""
    return _compare("lt", attribute, value)


def le(attribute: str, value: str) -> str:
    """Less or equal."""
    return _compare("le", attribute, value)


def bw(attribute: str, low: str, high: str) -> str:
    """Between the two, both included."""
    return _compare("bw", attribute, low, high)


def wcard(attribute: str, part: str) -> str:
    """Contains the text (`*` stands for anything)."""
    return _compare("wcard", attribute, part)


def and_(*expressions: str) -> str:
    """All hold. One expression is passed through; none is refused."""
    return _joined("and", expressions)


def or_(*expressions: str) -> str:
    """Any holds."""
    return _joined("or", expressions)


def not_(expression: str) -> str:
    """Does not hold."""
    return f"not({expression})"


def _joined(operator: str, expressions: tuple[str, ...]) -> str:
    if not expressions:
        raise ValueError(f"{operator} needs at least one expression")
    return expressions[0] if len(expressions) == 1 else f"{operator}({','.join(expressions)})"
