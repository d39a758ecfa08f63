"""Faults by rule: what they hit, how often, and that they are reproducible."""

import random

from lab.apic.faults import Faults, Rule


def test_a_rule_hits_its_method_and_path_as_often_as_told() -> None:
    faults = Faults([Rule(path="^/api/mo/uni/tn-a", method="POST", status=500, count=2)])
    hits = [faults.hit("POST", "/api/mo/uni/tn-a.json") for _ in range(4)]
    assert [hit is not None for hit in hits] == [True, True, False, False]
    assert faults.hit("GET", "/api/mo/uni/tn-a.json") is None
    assert faults.hit("POST", "/api/mo/uni/tn-b.json") is None


def test_probability_comes_from_the_given_chance() -> None:
    def run() -> list[bool]:
        faults = Faults([Rule(status=503, probability=0.3)], random.Random(7))
        return [faults.hit("GET", "/") is not None for _ in range(200)]

    assert run() == run()
    assert 30 < sum(run()) < 90


def test_the_first_rule_that_hits_is_used() -> None:
    first, second = Rule(status=500, count=1), Rule(status=503)
    faults = Faults([first, second])
    assert [faults.hit("GET", "/") for _ in range(2)] == [first, second]
    assert Rule(delay=1).error() is None
    error = Rule(status=400, code=107, text="in use").error()
    assert error is not None and (error.status, error.code, error.text) == (400, 107, "in use")
