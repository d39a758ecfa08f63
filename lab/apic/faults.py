"""Trouble on demand, as data: which requests are hit, with what, how often."""

import random
import re
from dataclasses import dataclass

from lab.apic.errors import ApicError


@dataclass(slots=True)
class Rule:
    """Hits requests whose method and path match. `count`: how many more it hits, None for ever.

    `status`, `code`, `text`: an error reply (status 0: none); `delay`: seconds before anything else;
    `drop`: close the connection without a reply.
    """

    path: str = ""
    method: str = ""
    status: int = 0
    code: int = 0
    text: str = ""
    delay: float = 0.0
    drop: bool = False
    probability: float = 1.0
    count: int | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this request. `path` is a regular expression, searched in the unescaped path."""
        return self.method in ("", method) and re.search(self.path, path) is not None

    def error(self) -> ApicError | None:
        """The reply it makes, None when it only delays or drops."""
        return ApicError(self.code or self.status, self.text, self.status) if self.status else None


class Faults:
    """The rules in force, in order; the first that hits is used."""

    def __init__(self, rules: list[Rule] | None = None, rng: random.Random | None = None) -> None:
        self.rules = rules or []
        self._rng = rng or random.Random()  # noqa: S311 - chance of a fault, not a secret

    def hit(self, method: str, path: str) -> Rule | None:
        """The rule that hits this request; counts it."""
        for rule in self.rules:
            if rule.count == 0 or not rule.matches(method, path):
                continue
            if rule.probability < 1.0 and self._rng.random() >= rule.probability:
                continue
            if rule.count is not None:
                rule.count -= 1
            return rule
        return None
