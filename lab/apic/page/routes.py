"""Routes of the page under /lab/. No sign-in: it shows no secret and the server listens on loopback alone."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from lab.apic.core import Apic
from lab.apic.feed import Change
from lab.apic.tree import Node

HERE = Path(__file__).parent
STATIC = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
MAX_CHILDREN = 500
Leaves = Callable[[], dict[str, Any]]
"""What runs of the lab's leaves, as plain values."""

POLL = 15.0
"""Seconds without a change after which the event stream says that it lives."""


def add_routes(app: web.Application, apic: Apic, leaves: Leaves | None = None) -> None:
    """Add the page to the application."""
    routes = _Page(apic, leaves)
    app.on_shutdown.append(routes.stop)
    app.router.add_get("/", routes.home)
    app.router.add_get("/lab", routes.home)
    app.router.add_get("/lab/", routes.index)
    app.router.add_get("/lab/health", routes.health)
    app.router.add_get("/lab/node", routes.node)
    app.router.add_get("/lab/find", routes.find)
    app.router.add_get("/lab/changes", routes.changes)
    app.router.add_get("/lab/leaves", routes.leaves)
    app.router.add_get("/lab/{name}", routes.static)


def version(apic: Apic) -> str:
    """Version of the first controller."""
    running = apic.tree.of_class("firmwareCtrlrRunning")
    return running[0].get("version") if running else ""


class _Page:
    def __init__(self, apic: Apic, leaves: Leaves | None) -> None:
        self._apic, self._leaves = apic, leaves
        self._streams: set[asyncio.Task[Any]] = set()

    async def stop(self, _app: web.Application) -> None:
        """End the open event streams, which would hold the server up."""
        for task in self._streams:
            task.cancel()

    async def home(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/lab/"})

    async def index(self, _request: web.Request) -> web.StreamResponse:
        text = (HERE / "index.html").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/html", headers=SECURITY)

    async def static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in STATIC:
            return web.Response(status=404, text="Not found", headers=SECURITY)
        body = (HERE / name).read_bytes()
        return web.Response(body=body, content_type=STATIC[name], charset="utf-8", headers=SECURITY)

    async def health(self, _request: web.Request) -> web.StreamResponse:
        facts = {"simulated": True, "version": version(self._apic), "objects": len(self._apic.tree)}
        return _json(facts)

    async def node(self, request: web.Request) -> web.StreamResponse:
        """An object's attributes and its children's names; the roots for no DN."""
        dn = request.query.get("dn", "")
        with self._apic.lock:
            if not dn:
                return _json({"dn": "", "attributes": {}, "children": _children(self._apic.tree.roots())})
            node = self._apic.tree.get(dn)
            if node is None:
                return _json({"error": "There is no such object (any more)."})
            shown = self._apic.reader.rendered(node)[node.cls.name]["attributes"]
            children = _children(list(node.children.values()))
            return _json({"dn": dn, "class": node.cls.name, "attributes": shown, "children": children})

    async def find(self, request: web.Request) -> web.StreamResponse:
        """Objects whose DN or class holds the text."""
        text = request.query.get("text", "").lower()
        with self._apic.lock:
            found = [_named(node) for node in self._apic.tree if text and _holds(node, text)]
        return _json({"total": len(found), "found": found[:100]})

    async def leaves(self, _request: web.Request) -> web.StreamResponse:
        """The living leaves with their sessions; nothing where the lab has none."""
        return _json(self._leaves() if self._leaves else {"leaves": []})

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """The change feed as server-sent events, from Last-Event-ID on."""
        response = web.StreamResponse(headers={**SECURITY, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        after = request.headers.get("Last-Event-ID", "")
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        task.add_done_callback(self._streams.discard)
        async with self._apic.feed.async_queue() as queue:
            last = await _replay(response, self._apic.feed.recent(int(after) if after.isdecimal() else 0))
            try:
                await _follow(response, queue, last)
            except (ConnectionResetError, asyncio.CancelledError):
                return response
        return response


async def _replay(response: web.StreamResponse, changes: list[Change]) -> int:
    shown = changes[-100:]
    for change in shown:
        await response.write(_event(change))
    return shown[-1].number if shown else 0


async def _follow(response: web.StreamResponse, queue: "asyncio.Queue[Change]", last: int) -> None:
    while True:
        try:
            change = await asyncio.wait_for(queue.get(), POLL)
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        if change.number > last:
            await response.write(_event(change))


def _event(change: Change) -> bytes:
    return f"id: {change.number}\ndata: {json.dumps(asdict(change))}\n\n".encode()


def _holds(node: Node, text: str) -> bool:
    return text in node.dn.lower() or text in node.cls.name.lower()


def _children(nodes: list[Node]) -> list[dict[str, Any]]:
    return [_named(node) for node in nodes[:MAX_CHILDREN]]


def _named(node: Node) -> dict[str, Any]:
    return {"dn": node.dn, "rn": node.rn, "class": node.cls.name, "children": len(node.children)}


def _json(document: Any) -> web.Response:
    return web.Response(text=json.dumps(document), content_type="application/json", headers=SECURITY)
