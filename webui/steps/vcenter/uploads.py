"""Uploads of templates: rows that every page sees, and the work itself, which writes its progress there.

An OVA from a browser is sent on while it arrives, in the request that brings it; one on this server is read by a thread
of the web process. Either ends with the process: its heartbeat then stops, and pages say that it was interrupted.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from webui.lookups.vcenter.errors import VCenterError
from webui.lookups.vcenter.places import Place
from webui.lookups.vcenter.upload import importing
from webui.lookups.vcenter.upload.ova import Source, SourceBroken
from webui.lookups.vcenter.upload.refusal import OvaRefused
from webui.steps import drafts
from webui.steps.drafts import Edit
from webui.steps.vcenter.reading import Door, forget
from webui.store.engine import box_of
from webui.store.models import Upload, now

SILENT = dt.timedelta(minutes=3)
"""Without a heartbeat for so long, nobody works on it any more."""
ASKED_EVERY = 1.0
"""Seconds between two looks whether the user stopped it."""
REFUSALS = (OvaRefused, SourceBroken, importing.Cancelled, VCenterError)
INTERRUPTED = "Anchorage was stopped meanwhile. Look for a half-made machine of this name in vCenter."


class Busy(Exception):
    """The cluster has an upload going on."""


@dataclass(frozen=True)
class Wanted:
    """What an upload makes: the template `name` in `place`, chosen in this cluster's draft afterwards."""

    cluster_id: str
    door: Door
    place: Place
    name: str
    source: str
    total: int | None
    by: str
    start_once: bool = False
    """Start the machine once before it becomes a template, so that vCenter sees its VMware Tools."""


def newest(db: Session, cluster_id: str) -> Upload | None:
    """The newest upload of a cluster."""
    mine = select(Upload).where(Upload.cluster_id == cluster_id).order_by(Upload.id.desc()).limit(1)
    return db.scalars(mine.execution_options(populate_existing=True)).first()


def goes_on(row: Upload | None) -> bool:
    """Somebody works on it."""
    return row is not None and row.state == "running" and now() - row.heartbeat < SILENT


def begin(db: Session, wanted: Wanted) -> int:
    """Note an upload that starts now; its number. Raises Busy."""
    before = newest(db, wanted.cluster_id)
    if goes_on(before):
        raise Busy
    if before is not None and before.state == "running":
        _end(before, "failed", INTERRUPTED)
    name = PurePath(wanted.source).name if "/" not in wanted.source else wanted.source
    row = Upload(
        cluster_id=wanted.cluster_id, name=wanted.name[:80], source=name, total=wanted.total, requested_by=wanted.by
    )
    db.add(row)
    db.commit()
    return row.id


def stop(db: Session, cluster_id: str) -> None:
    """Ask the newest upload to stop; it does at its next chunk."""
    row = newest(db, cluster_id)
    if row is not None and row.state == "running":
        row.stop = True
        db.commit()


def run(sessions: sessionmaker[Session], number: int, wanted: Wanted, source: Source) -> None:
    """Do it, to the end: what comes of it stands in the row, and the template in the draft."""
    try:
        with wanted.door.open(timeout=60) as vcenter:
            made = importing.Upload(
                vcenter,
                source,
                wanted.place,
                wanted.name,
                wanted.total,
                wanted.start_once,
                report=lambda progress: _report(sessions, number, progress),
                cancelled=_asks(sessions, number),
            ).run()
    except REFUSALS as error:
        state = "stopped" if isinstance(error, importing.Cancelled) else "failed"
        _finish(sessions, number, state, " ".join([str(error), *getattr(error, "__notes__", ())]))
        return
    except BaseException:
        _finish(sessions, number, "failed", "Something in Anchorage broke; its log says what. Try again.")
        raise
    _choose(sessions, number, wanted, made)


def in_thread(sessions: sessionmaker[Session], number: int, wanted: Wanted) -> threading.Thread:
    """The same for a file on this server, beside the request."""

    def work() -> None:
        try:
            with importing.opened(wanted.source) as (file, _):
                run(sessions, number, wanted, file)
        except OvaRefused as error:
            _finish(sessions, number, "failed", str(error))

    thread = threading.Thread(target=work, name=f"upload-{number}", daemon=True)
    thread.start()
    return thread


def _asks(sessions: sessionmaker[Session], number: int) -> Callable[[], bool]:
    """Whether the user stopped it, looked up once a second."""
    last, said = 0.0, False

    def asked() -> bool:
        nonlocal last, said
        if not said and time.monotonic() - last > ASKED_EVERY:
            last = time.monotonic()
            with sessions() as db:
                said = bool(db.scalar(select(Upload.stop).where(Upload.id == number)))
        return said

    return asked


def _report(sessions: sessionmaker[Session], number: int, progress: importing.Progress) -> None:
    values = {"done": progress.done, "words": progress.words, "heartbeat": now()}
    with sessions() as db:
        db.execute(update(Upload).where(Upload.id == number).values(values))
        db.commit()


def _finish(sessions: sessionmaker[Session], number: int, state: str, words: str) -> None:
    with sessions() as db:
        row = db.get(Upload, number)
        if row is not None:
            _end(row, state, words)
            db.commit()


def _end(row: Upload, state: str, words: str) -> None:
    row.state, row.words, row.ended = state, words, now()


def _choose(sessions: sessionmaker[Session], number: int, wanted: Wanted, made: importing.Uploaded) -> None:
    """The template goes into the draft, as if the user had chosen it."""
    try:
        with sessions() as db:
            drafts.write(db, box_of(db), wanted.cluster_id, Edit("vcenter", {"vcenter.template": made.name}))
        forget(wanted.cluster_id)
    finally:
        # Last: a page that sees that it is done shows the draft and asks vCenter for its templates at once.
        with sessions() as db:
            row = db.get_one(Upload, number)
            row.done, row.template = row.total or row.done, made.name
            _end(row, "done", " ".join(["The template is there and chosen above.", *made.warnings]))
            db.commit()
