"""BGP: AS numbers, timers, password, and the scopes that leak."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webui.spec.addressing.plan import AS_RANGES
from webui.spec.checks.registry import Subject, check
from webui.spec.parsing import label
from webui.spec.problem import Problem, blocking, warning
from webui.spec.secrets import is_reference, values_of

RESERVED_AS = {0: "RFC 7607", 23456: "AS_TRANS, RFC 6793", 65535: "RFC 7300", 4294967295: "RFC 7300"}
_PASSWORD = re.compile(r"[!-~]{1,80}")


@check
def autonomous_systems(subject: Subject) -> Iterator[Problem]:
    """The cluster has an AS of its own, one that may be used."""
    bgp = subject.spec.l3out.bgp
    path, number = "l3out.bgp.cluster_as", bgp.cluster_as
    if number is None:
        return
    remedy = f"Choose a private AS number (64512 to 65534, or from 4200000000 on).{subject.free(path, number)}"
    if number == bgp.fabric_as:
        sentence = f"The cluster's AS {number} is the fabric's: leaves and nodes would not be eBGP neighbours."
        yield blocking(path, sentence, remedy)
    elif number in RESERVED_AS:
        yield blocking(path, f"AS {number} is reserved ({RESERVED_AS[number]}).", remedy)
    elif not any(low <= number <= high for low, high in AS_RANGES):
        yield warning(path, f"AS {number} is a public AS number.", f"Use it only if it is yours. {remedy}")


@check
def fabric_autonomous_system(subject: Subject) -> Iterator[Problem]:
    """The fabric's AS as given is one that exists."""
    number = subject.spec.l3out.bgp.fabric_as
    if number in RESERVED_AS:
        sentence = f"AS {number} is reserved ({RESERVED_AS[number]}); a fabric cannot have it."
        yield blocking("l3out.bgp.fabric_as", sentence, "Read it from the APIC: System settings, BGP route reflector.")


@check
def timers(subject: Subject) -> Iterator[Problem]:
    """The hold time is at least three keepalives."""
    bgp = subject.spec.l3out.bgp
    if bgp.keepalive is None or bgp.hold is None or bgp.hold >= 3 * bgp.keepalive:
        return
    sentence = (
        f"A hold time of {bgp.hold} s is less than three keepalives of {bgp.keepalive} s: one lost packet would end "
        "sessions."
    )
    yield blocking("l3out.bgp.hold", sentence, f"Choose {3 * bgp.keepalive} s or more, or a shorter keepalive.")


@check
def stale_time(subject: Subject) -> Iterator[Problem]:
    """Stale routes are kept longer than a session takes to fail, but not for minutes."""
    bgp = subject.spec.l3out.bgp
    for path, seconds in (("l3out.bgp.stale", bgp.stale), ("l3out.bgp.max_restart", bgp.max_restart)):
        if seconds is not None and seconds > 60:
            sentence = f"{label(path)}: for {seconds} s traffic would go to a neighbour that may be dead."
            yield warning(path, sentence, "A few seconds are enough for a restart of BGP.")


@check
def password(subject: Subject) -> Iterator[Problem]:
    """The password can be written in the configuration of both ends."""
    given = subject.spec.l3out.bgp.password
    text = given.get_secret_value() if given else ""
    if not text or is_reference(text) or (_PASSWORD.fullmatch(text) and not set(text) & set("\"'`\\")):
        return
    what = "is longer than 80 characters" if len(text) > 80 else "holds characters that BGP daemons do not take"
    remedy = "Use up to 80 letters, digits and signs of ASCII, without spaces, quotes and backslashes."
    yield blocking("l3out.bgp.password", f"The BGP password {what}.", remedy)


@check
def unresolved_secrets(subject: Subject) -> Iterator[Problem]:
    """A reference to a secret leads somewhere."""
    for path, value in values_of(subject.spec):
        if is_reference(value):
            sentence = f"{label(path)}: {value.strip()} leads to nothing here."
            remedy = "On the command line set the variable or make the file; in the wizard type the secret itself."
            yield blocking(path, sentence, remedy)


@check
def scopes(subject: Subject) -> Iterator[Problem]:
    """What leaks into other VRFs is said, and combinations that do nothing are refused."""
    path = "l3out.external_epg.scopes"
    chosen = set(subject.spec.l3out.external_epg.scopes)
    if chosen and "import-security" not in chosen:
        sentence = "Without import-security the fabric does not know the cluster's traffic as this external EPG's."
        yield blocking(path, sentence, "Add import-security.")
    leaking = sorted(chosen & {"shared-rtctrl", "shared-security"})
    if len(leaking) == 1:
        other = ({"shared-rtctrl", "shared-security"} - chosen).pop()
        sentence = f"{leaking[0]} alone does not make the cluster reachable from another VRF."
        yield warning(path, sentence, f"Add {other}, or leave both out.")
    elif leaking:
        sentence = (
            "shared-rtctrl and shared-security leak the pod and service subnets into every VRF whose EPGs use the "
            "contract. "
            "The node subnet is not leaked."
        )
        yield warning(
            path,
            sentence,
            "Keep them only if another VRF must reach the cluster; the contract's scope must be global or tenant then.",
        )
