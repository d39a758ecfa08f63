"""Add-ons: that they exist, what they need of each other, and which are better not chosen."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from webui.spec.add_ons import ADD_ONS, chosen
from webui.spec.checks.registry import Subject, check
from webui.spec.problem import Problem, blocking, warning
from webui.spec.values import listed

FIELD = "cluster.add_ons"


@check
def known(subject: Subject) -> Iterator[Problem]:
    """Every add-on is one that there is."""
    for n, name in enumerate(subject.spec.cluster.add_ons if subject.cluster else ()):
        if name not in ADD_ONS:
            near = get_close_matches(name, ADD_ONS, 1, 0.5)
            remedy = f"Did you mean {near[0]}?" if near else f"Choose of {listed(list(ADD_ONS))}."
            yield blocking(f"{FIELD}.{n}", f"There is no add-on {name}.", remedy)


@check
def discouraged(subject: Subject) -> Iterator[Problem]:
    """What its makers gave up is said so."""
    for n, name in enumerate(subject.spec.cluster.add_ons if subject.cluster else ()):
        found = ADD_ONS.get(name)
        if found and found.warning:
            yield warning(f"{FIELD}.{n}", found.warning.sentence, found.warning.remedy)


@check
def one_ingress(subject: Subject) -> Iterator[Problem]:
    """One ingress controller has the ingress address, and it must have one."""
    wanted = chosen(subject.spec.cluster.add_ons) if subject.cluster else []
    holders = [one.name for one in wanted if one.needs_address]
    if len(holders) > 1:
        sentence = f"The add-ons {listed(holders)} would both take the ingress address."
        yield blocking(FIELD, sentence, "Choose one of them.")
    elif holders and subject.spec.network.ingress is None and subject.stage == "all":
        sentence = f"The add-on {holders[0]} needs the ingress address, and none is given."
        yield blocking("network.ingress", sentence, "Give an address of the external service subnet.")
    behind = [one.name for one in wanted if one.behind_ingress]
    if behind and not holders:
        sentence = f"The add-on {listed(behind)} is reached through an ingress controller, and none is chosen."
        yield warning(FIELD, sentence, "Add ingress; without it the add-on is reached from inside the cluster alone.")
