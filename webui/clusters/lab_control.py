"""Starting and stopping the built-in lab from a page: in a thread, with what it says as its progress."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass, field
from typing import Literal

from webui.accounts import context
from webui.settings import Settings
from webui.store.models import now

log = logging.getLogger(__name__)


@dataclass
class Start:
    """A start under way or just ended: what was said, when, and why it failed."""

    began: dt.datetime
    said: list[tuple[dt.datetime, str]] = field(default_factory=list)
    trouble: str = ""
    ended: dt.datetime | None = None


@dataclass(frozen=True)
class LabView:
    """What pages show of the lab. `password` is not here: `anchorage lab status` tells it."""

    state: Literal["up", "starting", "down"]
    apic: str = ""
    page: str = ""
    user: str = ""
    start: Start | None = None
    """Of a start under way, or of the last one when it failed."""


_lock = threading.Lock()
_start: Start | None = None
"""This process's newest start; the truth about a running lab is lab.site.status."""


def view() -> LabView:
    """The lab as it is now."""
    from lab import site

    running = site.status(context.settings().lab_home)
    if running:
        return LabView("up", running.apic, running.page, running.user)
    if _start and not _start.ended:
        return LabView("starting", start=_start)
    return LabView("down", start=_start if _start and _start.trouble else None)


def start() -> bool:
    """Begin to start the lab in a thread; False when a start is under way already."""
    global _start  # noqa: PLW0603 - one lab a machine, one start at a time
    with _lock:
        if _start and not _start.ended:
            return False
        _start = Start(began=now())
        threading.Thread(target=_run, args=(_start, context.settings()), name="lab start", daemon=True).start()
    return True


def stop() -> None:
    """Stop the lab; the fabric's state is kept, its machines go."""
    from lab import whole

    whole.down(context.settings().lab_home)


def _run(this: Start, settings: Settings) -> None:
    from lab import site, whole
    from lab.providers import toolchain

    def say(sentence: str) -> None:
        this.said.append((now(), sentence))

    try:
        whole.up(settings.lab_home, settings.cache, say=say)
    except (toolchain.ProviderBuildError, site.LabError) as error:
        this.trouble = str(error)
    except Exception:
        # The entry point of a thread: nobody above would hear of it.
        log.exception("the lab did not start")
        this.trouble = "The fault is in Anchorage; its log says more."
    finally:
        this.ended = now()
