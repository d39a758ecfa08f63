"""A run's log as a stream of server-sent events, as pages of lines, and as a file."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from webui.accounts import context
from webui.clusters import find, run_view
from webui.runs import service
from webui.store.models import ACTIVE, Run

bp = Blueprint("run_stream", __name__)

BATCH = 500
"""Lines of one event."""
PAUSE = 0.4
"""Seconds between two looks at the database."""
HEARTBEAT = 15.0
"""Seconds after which an empty comment shows that the connection lives; proxies close silent ones."""
LONGEST = 600.0
"""Seconds of one connection; the browser then follows on from the last line by itself."""


@bp.get("/runs/<int:run_id>/events")
def events(run_id: int) -> ResponseReturnValue:
    """Follow the run from `Last-Event-ID` (or ?after=): `log` (lines), `state` (parts of the page), `end`."""
    find.run(context.db(), run_id)
    given = request.headers.get("Last-Event-ID") or request.args.get("after", "0")
    after = int(given) if given.isdigit() else 0
    # The stream lives long: it must not keep a connection of the pool while it waits.
    context.db().close()
    return Response(
        stream_with_context(_follow(run_id, after)),
        mimetype="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


def _follow(run_id: int, after: int) -> Iterator[str]:
    sent: dict[str, str] = {}
    began = spoke = time.monotonic()
    yield "retry: 1500\n\n"
    while time.monotonic() - began < LONGEST:
        news, after, ended = _look(run_id, after, sent)
        yield from news
        if ended:
            yield run_view.sse("end", {})
            return
        if news:
            spoke = time.monotonic()
            continue
        if time.monotonic() - spoke > HEARTBEAT:
            spoke = time.monotonic()
            yield ": still here\n\n"
        time.sleep(PAUSE)


def _look(run_id: int, after: int, sent: dict[str, str]) -> tuple[list[str], int, bool]:
    """(events to send, last line that they hold, whether the run has ended and all of it was sent)."""
    with context.sessions()() as db:
        # The state is read before the lines: a run seen as ended has written all of them.
        run = db.get(Run, run_id)
        if run is None:
            return [], after, True
        ended = run.state not in ACTIVE
        lines = service.events_after(db, run_id, after, limit=BATCH)
        parts = run_view.parts(db, run)
    news = [run_view.sse("log", [run_view.line(one) for one in lines], lines[-1].n)] if lines else []
    fresh = {name: html for name, html in parts.items() if sent.get(name) != html}
    sent.update(fresh)
    if fresh:
        news.append(run_view.sse("state", {"parts": fresh}))
    return news, lines[-1].n if lines else after, ended and len(lines) < BATCH


@bp.get("/runs/<int:run_id>/lines")
def lines(run_id: int) -> ResponseReturnValue:
    """Up to 1,000 lines before or after a number, filtered by level and text, for scrolling and searching."""
    find.run(context.db(), run_id)
    found = run_view.lines(
        context.db(),
        run_id,
        before=request.args.get("before", type=int),
        after=request.args.get("after", type=int),
        level=request.args.get("level", ""),
        q=request.args.get("q", "").strip(),
        limit=min(1000, max(1, request.args.get("limit", 500, type=int))),
    )
    return {"lines": [run_view.line(event) for event in found]}


@bp.get("/runs/<int:run_id>/log.txt")
def log_file(run_id: int) -> Response:
    """The whole log as text."""
    run = find.run(context.db(), run_id)
    name = f"{run.cluster.name or 'draft'}-run-{run.number}.log"
    sessions = context.sessions()
    context.db().close()

    def text() -> Iterator[str]:
        with sessions() as db:
            for line in service.log_lines(db, run_id):
                yield line if line.endswith("\n") else line + "\n"

    safe = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in name)
    return Response(text(), mimetype="text/plain", headers={"Content-Disposition": f'attachment; filename="{safe}"'})
