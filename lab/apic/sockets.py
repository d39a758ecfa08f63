"""Routes of subscriptions: the websocket `/socket<token>`, `subscriptionRefresh`, `webtokenSession`."""

import asyncio
import contextlib
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from lab.apic import errors
from lab.apic.core import Apic
from lab.apic.queries import parse_options
from lab.apic.signin import Request
from lab.apic.subscriptions import LIFETIME, Channel, Scope, Subscriptions

SUBSCRIPTIONS: web.AppKey[Subscriptions] = web.AppKey("subscriptions", Subscriptions)
MOST_SECONDS = 86_400


def add_routes(app: web.Application, apic: Apic) -> None:
    """Add the websocket, and a controller's subscriptions to the application."""
    subscriptions = app[SUBSCRIPTIONS] = Subscriptions(apic)
    app.on_shutdown.append(_close)

    async def socket(request: web.Request) -> web.StreamResponse:
        owner = apic.sign_in.socket_session(request.match_info["token"], apic.clock())
        response = web.WebSocketResponse(compress=False)
        await response.prepare(request)
        channel = subscriptions.attach(owner)
        try:
            await _serve(response, channel)
        finally:
            subscriptions.detach(owner, channel)
        return response

    app.router.add_get("/socket{token}", socket)


async def _close(app: web.Application) -> None:
    app[SUBSCRIPTIONS].close()


async def _serve(response: web.WebSocketResponse, channel: Channel) -> None:
    """Events out until either side ends; what comes in is not looked at."""
    reader = asyncio.create_task(_until_closed(response, channel))
    try:
        while (text := await channel.queue.get()) is not None:
            await response.send_str(text)
    except ConnectionError:
        return
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        await response.close()


async def _until_closed(response: web.WebSocketResponse, channel: Channel) -> None:
    async for message in response:
        if message.type == WSMsgType.ERROR:
            break
    channel.put(None)


def wanted(query: str) -> int | None:
    """Seconds that a subscription which a query string asks for lasts; None when it asks for none."""
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    if pairs.get("subscription", "no") != "yes":
        return None
    given = pairs.get("refresh-timeout", str(LIFETIME))
    if not given.isdecimal() or not 0 < int(given) <= MOST_SECONDS:
        raise errors.bad_request(f"refresh-timeout takes seconds from 1 to {MOST_SECONDS}, not {given!r}")
    return int(given)


def scope(kind: str, thing: str, query: str) -> Scope:
    """What a query is about. `kind`: mo or class; `thing`: the DN, or `[DN/]class,class`."""
    options = parse_options(parse_qsl(query, keep_blank_values=True))
    if kind == "mo":
        return Scope(thing, frozenset(), options)
    within, _, names = thing.rpartition("/")
    return Scope(within, frozenset(names.split(",")), options)


def owner_of(apic: Apic, cookies: Mapping[str, str], asked: Request) -> str:
    """The session that a request belongs to. Raises ApicError for a signed one without a websocket's session."""
    apic.user_of(dict(cookies), asked, reads=True)
    return apic.sign_in.session_id(cookies)
