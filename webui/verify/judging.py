"""The judge: what was seen against what must be there. PURE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from webui.verify import checks, nodes, prefixes, sessions, settings
from webui.verify.causes import Book
from webui.verify.expected import Expected
from webui.verify.lookup import Looked
from webui.verify.report import Cell, LeafHead, Report
from webui.verify.seen import Seen


def judge(expected: Expected, seen: Seen) -> Report:
    """The report. Every red cell has a finding; what could not be asked is never red."""
    looked, book = Looked(expected, seen), Book()
    session_rows = sessions.rows(looked, book)
    node_rows = nodes.rows(looked, book)
    prefix_rows = prefixes.rows(looked, book, sessions.findings_of(looked, session_rows))
    setting_rows = settings.rows(looked, book) if expected.bgp else ()
    columns, check_rows = checks.rows(looked, book)
    report = Report(
        at=seen.at,
        green=False,
        families=expected.families,
        leaves=tuple(LeafHead(leaf.node, leaf.rack, leaf.v4, leaf.v6) for leaf in expected.leaves),
        nodes=node_rows,
        sessions=session_rows,
        prefixes=prefix_rows,
        settings=setting_rows,
        columns=columns,
        checks=check_rows,
        findings=book.findings(),
        notes=tuple(_notes(expected, seen)),
        terms=_terms(expected),
    )
    states = [cell.state for cell in cells(report)]
    return replace(report, green="bad" not in states and "ok" in states and bool(seen.fabric and seen.cluster))


def cells(report: Report) -> Iterator[Cell]:
    """Every cell of a report."""
    for node in report.nodes:
        yield from (node.ready, node.agent, node.label, node.routes)
    for session in report.sessions:
        for some in session.cells:
            yield from some
    for prefix in report.prefixes:
        yield from prefix.cells
    for setting in report.settings:
        yield setting.cell
    for check in report.checks:
        yield from check.cells


def _notes(expected: Expected, seen: Seen) -> Iterator[str]:
    yield from seen.unasked.values()
    if seen.workload and seen.workload.made and not expected.balancer:
        yield (
            "No LoadBalancer address was asked: by the spec nobody hands such addresses out "
            "(cluster.load_balancer: none)."
        )
    if seen.workload and seen.workload.problem:
        yield seen.workload.problem


def _terms(expected: Expected) -> dict[str, str]:
    return {
        "cluster_as": str(expected.cluster_as),
        "fabric_as": str(expected.fabric_as),
        "keepalive": str(expected.keepalive),
        "hold": str(expected.hold),
        "max_prefixes": str(expected.max_prefixes),
        "mtu": str(expected.mtu),
        "password": "yes" if expected.password else "no",
    }
