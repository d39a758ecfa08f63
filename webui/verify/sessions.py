"""The matrix of sessions: every node with every leaf of its rack, in each family. PURE."""

from __future__ import annotations

from collections.abc import Iterator

from webui.verify.causes import LABEL_REMEDY, Book, Cause
from webui.verify.expected import WantedLeaf, WantedNode
from webui.verify.lookup import UP, Looked
from webui.verify.report import NOT_ASKED, NOT_WANTED, Cell, SessionRow
from webui.verify.seen import Family, LeafSession
from webui.verify.session_case import Case
from webui.verify.session_causes import cause_of

WORDS = {
    "established": "Up",
    "active": "Active",
    "connect": "Connect",
    "idle": "Idle",
    "open-sent": "OpenSent",
    "open-confirm": "OpenConfirm",
    "shut": "Shut",
}
FAMILY = {"v4": "IPv4", "v6": "IPv6"}


def rows(looked: Looked, book: Book) -> tuple[SessionRow, ...]:
    """A row for each node of the spec, a cell for each leaf and family."""
    expected = looked.expected
    if not expected.bgp:
        return ()
    return tuple(
        SessionRow(
            node.name,
            node.rack,
            tuple(
                tuple(_cell(looked, book, node, leaf, family) for family in expected.families)
                for leaf in expected.leaves
            ),
        )
        for node in expected.nodes
    )


def findings_of(looked: Looked, found: tuple[SessionRow, ...]) -> dict[tuple[str, int, str], int]:
    """(node, leaf, family) -> the finding of a session that is down."""
    expected = looked.expected
    return {
        (row.node, leaf.node, family): cell.finding
        for row in found
        for leaf, some in zip(expected.leaves, row.cells, strict=True)
        for family, cell in zip(expected.families, some, strict=True)
        if cell.state == "bad" and not cell.words.startswith("Up")
    }


def _cell(looked: Looked, book: Book, node: WantedNode, leaf: WantedLeaf, family: Family) -> Cell:
    if looked.seen.fabric is None:
        return NOT_ASKED if leaf.rack == node.rack else NOT_WANTED
    found = looked.session(leaf, node, family)
    if leaf.rack != node.rack:
        return _stray(looked, book, node, leaf, family)
    if found is None or found.state != UP:
        case = Case(looked, node, leaf, family)
        state = WORDS.get(found.state, found.state.capitalize()) if found else "No session"
        return Cell("bad", state, since=found.since if found else "", finding=_note(book, case, cause_of(case)))
    return _up(looked, book, node, leaf, found)


def _note(book: Book, case: Case, cause: Cause) -> int:
    """The finding speaks of the leaf or of the node, whichever the cause belongs to."""
    several = len(case.expected.families) > 1
    tail = f" ({FAMILY[case.family]})" if several else ""
    leaf, node = f"leaf {case.leaf.node}", case.node.name
    if cause.subject == node:
        return book.note(cause, f"{node} has no session with {{}}.", f"{leaf}{tail}")
    return book.note(cause, f"L{leaf[1:]} has no session with {{}}.", f"{node}{tail}")


def _up(looked: Looked, book: Book, node: WantedNode, leaf: WantedLeaf, found: LeafSession) -> Cell:
    flaws = list(_flaws(looked, node, leaf, found))
    detail = "" if found.accepted is None else f"{found.accepted} prefix{'' if found.accepted == 1 else 'es'}"
    if not flaws:
        return Cell("ok", "Up", detail, found.since)
    numbers = [book.note(cause, what, node.name) for cause, what, _ in flaws]
    words = ", ".join(["Up", *(short for _, _, short in flaws)])
    state = "bad" if any(cause.severity == "bad" for cause, _, _ in flaws) else "warn"
    return Cell("bad" if state == "bad" else "warn", words, detail, found.since, numbers[0])


def _flaws(looked: Looked, node: WantedNode, leaf: WantedLeaf, found: LeafSession) -> Iterator[tuple[Cause, str, str]]:
    """What is wrong with a session that is up: (cause, what, short words)."""
    expected, subject = looked.expected, f"Leaf {leaf.node}"
    if found.asn is not None and found.asn != expected.cluster_as:
        cause = Cause(
            "as-up",
            subject,
            f"The session is up with AS {found.asn}; the spec says {expected.cluster_as}.",
            "Plan changes and apply, so that leaves and nodes have the spec's AS.",
            "l3out.bgp.cluster_as",
            "l3out",
        )
        yield cause, f"{subject} has sessions with another AS: {{}}.", f"AS {found.asn}"
    if found.password is not None and found.password != expected.password:
        has = "is not signed" if expected.password else "is signed"
        wants = "has a BGP password" if expected.password else "has no BGP password"
        cause = Cause(
            "password-up",
            subject,
            f"The session {has}, the spec {wants}.",
            "Plan changes and apply: the password then stands on both sides.",
            "l3out.bgp.password",
            "l3out",
        )
        yield cause, f"{subject} has sessions {has[3:]} with {{}}.", "not signed" if expected.password else "signed"
    if _slow(found, expected.hold, expected.keepalive):
        yield _timer_cause(looked, leaf, found), f"{subject} has other timers with {{}}.", f"hold {found.hold} s"


def _slow(found: LeafSession, hold: int, keepalive: int) -> bool:
    other_hold = found.hold is not None and hold > 0 and found.hold != hold
    return other_hold or (found.keepalive is not None and found.keepalive > keepalive > 0)


def _timer_cause(looked: Looked, leaf: WantedLeaf, found: LeafSession) -> Cause:
    expected, policies = looked.expected, looked.fabric.policies
    wanted = f"keepalive {expected.keepalive} s, hold {expected.hold} s"
    there = f"keepalive {found.keepalive} s, hold {found.hold} s"
    changed = policies.hold is not None and (policies.hold, policies.keepalive) != (expected.hold, expected.keepalive)
    why = (
        f"The timers' policy on the APIC says keepalive {policies.keepalive} s, hold {policies.hold} s."
        if changed
        else "The timers are agreed on when a session begins: this one began before they were changed, or the node "
        "asks for "
        "other ones."
    )
    return Cause(
        "timers",
        f"Leaf {leaf.node}",
        f"The session runs with {there}; the spec says {wanted}. {why}",
        "Plan changes and apply; if the policy is right, reset the session (clear bgp on the leaf).",
        "l3out.bgp.hold",
        "l3out",
    )


def _stray(looked: Looked, book: Book, node: WantedNode, leaf: WantedLeaf, family: Family) -> Cell:
    """A session that the racks do not want."""
    if not looked.is_up(leaf, node, family):
        return NOT_WANTED
    found = looked.nodes.get(node.name)
    label = found.labels.get("rack_id", "") if found else ""
    why = (
        f"Its label says rack {label}, the spec says {node.rack}."
        if label and label != node.label
        else "A BGPPeer of Calico selects it for this leaf."
        if looked.expected.calico
        else "Its kube-router has this leaf among its peers."
    )
    cause = Cause(
        "rack",
        node.name,
        why,
        LABEL_REMEDY,
        f"{node.path}.rack",
        "machines",
    )
    number = book.note(cause, f"{node.name} has a session with {{}} of another rack.", f"leaf {leaf.node}")
    session = looked.session(leaf, node, family)
    return Cell("warn", "Up, other rack", since=session.since if session else "", finding=number)
