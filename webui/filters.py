"""What templates may use besides macros: times, ages and durations in words."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from markupsafe import Markup, escape

from webui.store.models import now


def add_filters(app: Flask) -> None:
    """Give the filters to the templates."""
    app.jinja_env.filters.update(moment=moment, age=age, duration=duration)
    app.jinja_env.globals.update(now=now, duration=duration, age=age)


def moment(at: dt.datetime | None, show: str = "time") -> Markup:
    """A <time>: UTC as text, the reader's zone by static/js/times.js. show: time, short, date, ago."""
    if at is None:
        return Markup("")
    clock = {"time": f"{at:%H:%M:%S} UTC", "short": f"{at:%H:%M} UTC"}
    text = (clock | {"date": f"{at.day} {at:%b %Y}", "ago": f"{age(at)} ago"})[show]
    return Markup('<time datetime="{}" data-show="{}" title="{}">{}</time>').format(
        at.isoformat(timespec="milliseconds"), show, f"{at.day} {at:%b %Y, %H:%M:%S} UTC", escape(text)
    )


def age(since: dt.datetime | dt.timedelta, at: dt.datetime | None = None) -> str:
    """How long ago, in its two biggest units at most: `12 d 4 h`, `7 min`, `now`."""
    span = since if isinstance(since, dt.timedelta) else (at or now()) - since
    minutes = max(0, int(span.total_seconds())) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h" if hours and days < 30 else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 and hours < 6 else f"{hours} h"
    return f"{minutes} min" if minutes else "under 1 min"


def duration(start: dt.datetime | None, end: dt.datetime | None = None) -> str:
    """`1:23` or `1:02:03` between two times; until now without an end; empty without a start."""
    if start is None:
        return ""
    seconds = max(0, int(((end or now()) - start).total_seconds()))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
