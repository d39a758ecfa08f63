"""A session with an APIC cluster: sign-in, refresh, failover between controllers, retries. Thread-safe."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from aci import mo as mos
from aci.auth import Credentials, Password, Signature, check_names, load_key, signature_cookies
from aci.conduct import Observer, Retries, SocketAccess
from aci.errors import AciError, NotAnApic, TimedOut, TokenExpired, TooBig, Unreachable
from aci.mo import Mo
from aci.query import Query, encoded_dn
from aci.replies import body_of, checked, checked_login, none_reached, objects, retry_helps
from aci.wire import Reply, Timeouts, Tls, Wire

__all__ = ["Observer", "Password", "Retries", "Session", "Signature", "SocketAccess", "Timeouts", "Tls"]

T = TypeVar("T")

MAX_CONTROLLERS = 3
PAGE_SIZE = 5000
MAX_LOGINS = 2
"""Sign-ins tried for one request: the Terraform provider sends a request three times at most, too."""


@dataclass(slots=True)
class _Token:
    value: str
    refresh_at: float
    expires_at: float
    generation: int


class Session:
    """Requests to an APIC cluster. Nothing is sent before the first request (or `login`)."""

    def __init__(
        self,
        addresses: Sequence[str],
        credentials: Credentials,
        *,
        tls: Tls | None = None,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        observer: Observer | None = None,
    ) -> None:
        if not 1 <= len(addresses) <= MAX_CONTROLLERS:
            raise ValueError(f"an APIC cluster has 1 to {MAX_CONTROLLERS} addresses here, not {len(addresses)}")
        self.tls = tls or Tls()
        self._wires = [Wire(address, self.tls, timeouts or Timeouts()) for address in addresses]
        self._observer = observer
        self._credentials = credentials
        self._key = _key_of(credentials)
        self._retries = retries or Retries()
        self._now, self._sleep = now, sleep
        self._lock = threading.RLock()
        self._current = 0
        self._token: _Token | None = None
        self._logins = 0
        self.simulated: bool | None = None
        """Whether the last reply came from the lab's simulator; None before the first."""

    @property
    def address(self) -> str:
        """The controller in use, `host[:port]`."""
        return self._wires[self._current].address

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Log out (as far as that works) and close the connections."""
        with self._lock:
            token, self._token = self._token, None
        if token is not None:
            self._log_out(token)
        for wire in self._wires:
            wire.close()

    def _log_out(self, token: _Token) -> None:
        assert isinstance(self._credentials, Password)
        body = body_of(Mo("aaaUser", {"name": self._credentials.user}))
        try:
            self._wires[self._current].send("POST", "/api/aaaLogout.json", body, _cookie(token))
        except AciError:
            return  # the token ends by itself

    def login(self) -> None:
        """Sign in now (password) so that a wrong one is seen at once. By signature: nothing to do."""
        if isinstance(self._credentials, Password):
            self._over_controllers(self._sign_in)

    def get(self, query: Query) -> list[Mo]:
        """Objects of the query. A class query over the APIC's limit is read again page by page."""
        try:
            return objects(self._request("GET", query.path))
        except TooBig:
            if not query.cls or query.page is not None:
                raise
            return [item for page in self.pages(query) for item in page]

    def get_one(self, query: Query) -> Mo | None:
        """The first object of the query, None when there is none."""
        found = self.get(query)
        return found[0] if found else None

    def pages(self, query: Query, size: int = 0) -> Iterator[list[Mo]]:
        """The query's objects, page by page; `size` objects each, PAGE_SIZE by default."""
        page, size = 0, size or PAGE_SIZE
        while found := objects(self._request("GET", query.at_page(page, size).path)):
            yield found
            if len(found) < size:
                return
            page += 1

    def count(self, query: Query) -> int:
        """How many objects the query has in all."""
        document = self._request("GET", query.at_page(0, 1).path)
        return int(document.get("totalCount", "0"))

    def post(self, dn: str, mo: Mo) -> list[Mo]:
        """Create or merge the object (and its children), as one transaction of the APIC."""
        return objects(self._request("POST", f"/api/mo/{encoded_dn(dn)}.json", mo))

    def delete(self, dn: str, cls: str) -> None:
        """Delete the object; one that is not there is no error."""
        self.post(dn, mos.deleted(cls, dn))

    def document(self, path: str, cookie: str = "") -> dict[str, Any]:
        """A GET's whole document, for paths that are no plain query. `cookie`: one more `name=value`."""
        return self._request("GET", path, cookie=cookie)

    def socket_access(self) -> SocketAccess:
        """What a websocket for subscriptions needs, at the controller in use."""
        if isinstance(self._credentials, Password):
            token = self._over_controllers(self._locked_token)
            return SocketAccess(self.address, token.value)
        try:
            document = self.document("/api/webtokenSession.json")
            value = str(document["imdata"][0]["webtokenSession"]["attributes"]["token"])
        except (KeyError, IndexError, TypeError) as error:
            raise NotAnApic("The websocket's session was answered, but not as an APIC does.") from error
        return SocketAccess(self.address, value, f"APIC-WebSocket-Session={value}")

    def _locked_token(self, wire: Wire) -> _Token:
        with self._lock:
            return self._valid_token(wire)

    def step(self) -> None:
        """Go on with the next controller: the one in use answers, but not as it should."""
        self._use((self._current + 1) % len(self._wires))

    def _request(self, method: str, path: str, mo: Mo | None = None, cookie: str = "") -> dict[str, Any]:
        body = b"" if mo is None else body_of(mo)
        delays = self._retries.delays()
        while True:
            try:
                return self._over_controllers(lambda wire: self._authorized(wire, method, path, body, cookie))
            except AciError as error:
                delay = next(delays, None) if retry_helps(error, mo) else None
                if delay is None:
                    raise
            self._sleep(delay)

    def _over_controllers(self, ask: Callable[[Wire], T]) -> T:
        """Ask the controller in use; when it cannot be reached, the next ones, each once."""
        start, last = self._current, None
        for step in range(len(self._wires)):
            at = (start + step) % len(self._wires)
            self._use(at)
            try:
                return ask(self._wires[at])
            except TimedOut:
                raise  # it was reached and may have acted: another controller is no better
            except Unreachable as error:
                last = error
        assert last is not None
        raise none_reached([wire.address for wire in self._wires], last)

    def _use(self, at: int) -> None:
        with self._lock:
            if at != self._current:
                self._current = at
                self._token = None  # a token belongs to the controller that gave it

    def _authorized(self, wire: Wire, method: str, path: str, body: bytes, cookie: str) -> dict[str, Any]:
        for _ in range(MAX_LOGINS):
            headers, token = self._credentials_for(wire, method, path, body)
            try:
                return self._answered(wire, method, path, body, _with(headers, cookie))
            except TokenExpired:
                self._forget(token)
        headers, _last = self._credentials_for(wire, method, path, body)
        return self._answered(wire, method, path, body, _with(headers, cookie))

    def _answered(self, wire: Wire, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        reply = self._observed(wire, method, path, body, headers)
        self.simulated = reply.simulated
        return checked(reply, f"{method} {path.partition('?')[0]}", signed=self._key is not None)

    def _observed(self, wire: Wire, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        if self._observer is None:
            return wire.send(method, path, body, headers)
        self._observer.before(method)
        started, status = self._now(), 0
        try:
            reply = wire.send(method, path, body, headers)
            status = reply.status
        finally:
            self._observer.after(method, status, self._now() - started)
        return reply

    def _credentials_for(self, wire: Wire, method: str, path: str, body: bytes) -> tuple[dict[str, str], _Token | None]:
        if isinstance(self._credentials, Signature):
            assert self._key is not None
            return {"Cookie": signature_cookies(self._credentials, self._key, method, path, body)}, None
        with self._lock:
            token = self._valid_token(wire)
        return _cookie(token), token

    def _valid_token(self, wire: Wire) -> _Token:
        now = self._now()
        if self._token is None or now >= self._token.expires_at:
            return self._sign_in(wire)
        if now >= self._token.refresh_at:
            return self._refresh(wire, self._token)
        return self._token

    def _refresh(self, wire: Wire, token: _Token) -> _Token:
        reply = wire.send("GET", "/api/aaaRefresh.json", b"", _cookie(token))
        return self._sign_in(wire) if reply.status >= 400 else self._keep(reply)

    def _sign_in(self, wire: Wire) -> _Token:
        assert isinstance(self._credentials, Password)
        user = {"name": self._credentials.login_name, "pwd": self._credentials.password}
        with self._lock:
            reply = wire.send("POST", "/api/aaaLogin.json", body_of(Mo("aaaUser", user)), {})
            self.simulated = reply.simulated
            checked_login(reply)
            return self._keep(reply)

    def _keep(self, reply: Reply) -> _Token:
        try:
            attributes = reply.document["imdata"][0]["aaaLogin"]["attributes"]
            value, life = str(attributes["token"]), int(attributes["refreshTimeoutSeconds"])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise NotAnApic("The sign-in was answered, but not as an APIC does. Check the address.") from error
        self._logins += 1
        now = self._now()
        self._token = _Token(value, now + life * 0.8, now + life * 0.98, self._logins)
        return self._token

    def _forget(self, token: _Token | None) -> None:
        with self._lock:
            if token is not None and self._token is not None and self._token.generation == token.generation:
                self._token = None


def _cookie(token: _Token) -> dict[str, str]:
    return {"Cookie": f"APIC-Cookie={token.value}"}


def _with(headers: dict[str, str], cookie: str) -> dict[str, str]:
    """The headers with one more cookie."""
    return headers | {"Cookie": f"{headers['Cookie']}; {cookie}"} if cookie else headers


def _key_of(credentials: Credentials) -> RSAPrivateKey | None:
    if isinstance(credentials, Password):
        return None
    check_names(credentials)
    return load_key(credentials.private_key_pem)
