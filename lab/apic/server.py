"""The REST interface's routes: thin, over `core.Apic`. JSON alone; each reply carries the lab's header."""

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from aci.mo import BadMo, Mo, from_json
from lab.apic import errors, page, sockets
from lab.apic.core import Apic
from lab.apic.faults import Faults
from lab.apic.queries import parse_options
from lab.apic.signin import LIFETIME, MAXIMUM, Request, Token
from lab.apic.tree import Node

LAB_HEADER = ("X-Anchorage-Lab", "apic-simulator")
MAX_BODY = 32 * 1024 * 1024
APIC: web.AppKey[Apic] = web.AppKey("apic", Apic)
FAULTS: web.AppKey[Faults] = web.AppKey("faults", Faults)
log = logging.getLogger("lab.apic")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(apic: Apic, faults: Faults | None = None, leaves: page.Leaves | None = None) -> web.Application:
    """The web application of one simulated controller. `leaves`: what to show of the lab's living leaves."""
    app = web.Application(middlewares=[_envelope], client_max_size=MAX_BODY)
    app[APIC], app[FAULTS] = apic, faults or Faults()
    app.on_response_prepare.append(_mark)
    page.add_routes(app, apic, leaves)
    sockets.add_routes(app, apic)
    app.router.add_route("*", "/api/{rest:.*}", _api)
    return app


async def _mark(_request: web.Request, response: web.StreamResponse) -> None:
    """Whoever talks to the simulator can tell."""
    name, value = LAB_HEADER
    response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def _envelope(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as the APIC's error documents, and faults by rule."""
    try:
        await _faults(request)
        return await handler(request)
    except errors.ApicError as error:
        return _json(error.document(), error.status)
    except web.HTTPRequestEntityTooLarge:
        return _json(errors.bad_request("request body is too large").document(), 413)


async def _faults(request: web.Request) -> None:
    rule = request.app[FAULTS].hit(request.method, unquote(request.rel_url.raw_path))
    if rule is None:
        return
    await asyncio.sleep(rule.delay)
    if rule.drop and request.transport is not None:
        request.transport.abort()
    error = rule.error()
    if error is not None:
        raise error


def _json(document: Any, status: int = 200) -> web.Response:
    body = json.dumps(document, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, content_type="application/json")


async def _api(request: web.Request) -> web.StreamResponse:
    path, _, query = _raw_path(request).partition("?")
    if path.endswith(".xml"):
        raise errors.bad_request("The simulator speaks JSON alone: ask for .json instead of .xml")
    name = unquote(path).removeprefix("/api/").removesuffix(".json")
    if not path.endswith(".json") and name not in _SESSION:
        raise errors.bad_request(f"{path} does not end in .json")
    if name in _SESSION:
        return await _SESSION[name](request)
    return await _objects(request, name, query)


def _raw_path(request: web.Request) -> str:
    """Path and query as they came: brackets and quotes may be raw or percent-encoded."""
    raw = request.raw_path
    return raw if raw.startswith("/") else request.rel_url.raw_path_qs


async def _objects(request: web.Request, name: str, query: str) -> web.Response:
    apic, body = request.app[APIC], await request.read()
    signed = Request(request.method, _raw_path(request), body)
    user = apic.user_of(_cookies(request), signed, reads=request.method == "GET")
    kind, _, thing = name.removeprefix("node/").partition("/")
    followed = sockets.wanted(query) if request.method == "GET" and kind in ("mo", "class") else None
    if followed is not None:
        return _json(_subscribed(request, kind, thing, followed))
    if kind == "mo":
        return _json(_mo(apic, user, signed, thing))
    if kind == "class" and request.method == "GET":
        return _json(_class(apic, thing, query))
    raise errors.bad_request(f"{request.method} {request.path} is not part of the simulated interface")


def _subscribed(request: web.Request, kind: str, thing: str, seconds: int) -> dict[str, Any]:
    """A query's answer and the id of the subscription that follows it; nothing falls between the two."""
    apic, query = request.app[APIC], _raw_path(request).partition("?")[2]
    owner = apic.sign_in.session_id(_cookies(request))
    scope = sockets.scope(kind, thing, query)
    with apic.lock:
        found = apic.query_mo(thing, scope.options) if kind == "mo" else _class(apic, thing, query)
        number = request.app[sockets.SUBSCRIPTIONS].add(owner, scope, seconds)
    return {"totalCount": found["totalCount"], "subscriptionId": number, "imdata": found["imdata"]}


def _mo(apic: Apic, user: Node, asked: Request, dn: str) -> dict[str, Any]:
    method, pairs = asked.method, parse_qsl(asked.path.partition("?")[2], keep_blank_values=True)
    if method == "GET":
        return apic.query_mo(dn, parse_options(pairs))
    if method == "DELETE":
        return apic.delete(user, dn)
    if method == "POST":
        return apic.post(user, dn, _parsed(asked.body), parse_options(pairs).subtree)
    raise errors.ApicError(405, f"method {method} is not allowed", 405)


def _class(apic: Apic, thing: str, query: str) -> dict[str, Any]:
    within, _, names = thing.rpartition("/")
    return apic.query_class(names.split(","), within, parse_options(parse_qsl(query, keep_blank_values=True)))


def _parsed(body: bytes) -> Mo:
    """The body's object. `attributes` must stand before `children`, as on a controller."""
    try:
        document = json.loads(body, object_pairs_hook=_ordered)
        return from_json(document)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.bad_request(f"invalid JSON: {error}") from error
    except BadMo as error:
        raise errors.bad_request(str(error)) from error


def _ordered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if "attributes" in names and "children" in names and names.index("children") < names.index("attributes"):
        raise errors.bad_request("attributes must stand before children")
    return dict(pairs)


def _cookies(request: web.Request) -> dict[str, str]:
    """Cookies by hand: a signature's base64 holds characters that strict parsers drop."""
    found: dict[str, str] = {}
    for header in request.headers.getall("Cookie", []):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            found[name] = value.strip('"')
    return found


# ---- sessions


async def _login(request: web.Request) -> web.Response:
    if request.method != "POST":
        raise errors.ApicError(405, "aaaLogin takes POST", 405)
    apic, user = request.app[APIC], _parsed(await request.read())
    name, password = user.get("name"), user.get("pwd")
    token = await asyncio.to_thread(apic.tokened, lambda sign_in: sign_in.login(name, password, apic.clock()))
    log.info("sign-in of %s", token.user)
    return _token_reply(apic, token)


async def _refresh(request: web.Request) -> web.Response:
    """GET as the Terraform provider's and other clients do, POST as documents say."""
    apic, value = request.app[APIC], _token_cookie(request)
    return _token_reply(apic, apic.tokened(lambda sign_in: sign_in.refresh(value, apic.clock())))


async def _logout(request: web.Request) -> web.Response:
    sign_in, value = request.app[APIC].sign_in, _token_cookie(request)
    with contextlib.suppress(errors.ApicError):
        request.app[sockets.SUBSCRIPTIONS].end(sign_in.session_id({"APIC-Cookie": value}))
    sign_in.logout(value)
    return _json({"totalCount": "0", "imdata": []})


async def _web_token(request: web.Request) -> web.Response:
    """A websocket's session for a user who signs: clients' sources ask for it by a signed GET."""
    apic = request.app[APIC]
    user = apic.user_of(_cookies(request), Request(request.method, _raw_path(request), b""), reads=True)
    token = apic.tokened(lambda sign_in: sign_in.web_token(user.get("name"), apic.clock()))
    log.info("websocket session of %s", token.user)
    attributes = {"token": token.value}
    return _json({"totalCount": "1", "imdata": [{"webtokenSession": {"attributes": attributes}}]})


async def _refresh_subscription(request: web.Request) -> web.Response:
    asked = Request(request.method, _raw_path(request), b"")
    owner = sockets.owner_of(request.app[APIC], _cookies(request), asked)
    for number in request.query.get("id", "").split(","):
        request.app[sockets.SUBSCRIPTIONS].refresh(owner, number)
    return _json({"totalCount": "0", "imdata": []})


def _token_cookie(request: web.Request) -> str:
    cookies = _cookies(request)
    return cookies.get("APIC-Cookie") or cookies.get("APIC-cookie") or ""


def _token_reply(apic: Apic, token: Token) -> web.Response:
    """The attributes as public clients' samples have them; numbers are integers in strings."""
    attributes = {
        "token": token.value,
        "siteFingerprint": "anchorage-lab",
        "refreshTimeoutSeconds": str(LIFETIME),
        "maximumLifetimeSeconds": str(MAXIMUM),
        "guiIdleTimeoutSeconds": "1200",
        "restTimeoutSeconds": "90",
        "creationTime": str(int(token.created.timestamp())),
        "firstLoginTime": str(int(token.created.timestamp())),
        "userName": token.user,
        "remoteUser": "false",
        "unixUserId": "15374",
        "sessionId": token.session_id,
        "lastName": "",
        "firstName": "",
        "version": page.version(apic),
        "buildTime": "",
        "node": "topology/pod-1/node-1",
    }
    document = {"totalCount": "1", "imdata": [{"aaaLogin": {"attributes": attributes, "children": []}}]}
    reply = _json(document)
    reply.set_cookie("APIC-cookie", token.value, path="/", httponly=True, secure=True)
    return reply


_SESSION: dict[str, Handler] = {
    "aaaLogin": _login,
    "mo/aaaLogin": _login,
    "aaaRefresh": _refresh,
    "mo/aaaRefresh": _refresh,
    "aaaLogout": _logout,
    "mo/aaaLogout": _logout,
    "webtokenSession": _web_token,
    "subscriptionRefresh": _refresh_subscription,
}


async def serve(
    app: web.Application, tls: ssl.SSLContext | None, port: int, host: str = "127.0.0.1", door: Path | None = None
) -> tuple[web.AppRunner, int]:
    """Start serving on loopback, and on a Unix socket; returns the runner (to clean up) and the port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port, ssl_context=tls)
    await site.start()
    if door is not None:
        await _open_door(runner, door, tls)
    port = runner.addresses[0][1]
    return runner, port


async def _open_door(runner: web.AppRunner, door: Path, tls: ssl.SSLContext | None) -> None:
    """For machines of the lab's own network (`lab.apic.door`). Without it everything else works."""
    try:
        await web.UnixSite(runner, str(door), ssl_context=tls).start()
    except OSError as error:
        log.warning("not reachable from the lab's own network: %s", error)
