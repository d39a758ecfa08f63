"""`./startup.sh <port>`: prepares what is missing, then runs web and worker until Ctrl-C, and ends what it started."""

from __future__ import annotations

import argparse
import dataclasses
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import httpx

import lab.site
import lab.whole
from lab.providers.toolchain import ProviderBuildError
from webui import assets
from webui.accounts import first_admin
from webui.settings import ROOT, Settings, load
from webui.startup import terraform
from webui.startup.processes import Child
from webui.store.engine import engine, migrate, session_factory

PATIENCE = 60
"""Seconds that the web process may take until it answers."""


class CannotStart(Exception):
    """Why it does not serve, and what to do: one sentence."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What the command line said."""

    port: int
    host: str
    lab: bool
    cert: Path | None
    key: Path | None

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - a comparison, not a bind
        return f"{'https' if self.cert else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: every refusal is one sentence and exit code 1."""
    options = read_options(arguments)
    try:
        serve(options, load())
    except (
        CannotStart,
        terraform.NoTerraform,
        assets.AssetsError,
        ProviderBuildError,
        lab.site.LabError,
        ValueError,
    ) as error:
        sys.exit(f"anchorage: {error}")


def read_options(arguments: Sequence[str] | None) -> Options:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="./startup.sh", description="Serve Anchorage.")
    parser.add_argument("port", type=int, help="TCP port of the wizard")
    with_lab = "also start the built-in lab (a simulated fabric; with root, machines too)"
    parser.add_argument("--lab", action="store_true", help=with_lab)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 127.0.0.1 by default")
    parser.add_argument("--cert", type=Path, help="certificate chain (PEM), to serve HTTPS")
    parser.add_argument("--key", type=Path, help="private key of the certificate (PEM)")
    given = parser.parse_args(arguments)
    if not 1 <= given.port <= 65535:
        parser.error(f"port {given.port} is outside 1-65535. Choose a free one, for example 5001.")
    if (given.cert is None) != (given.key is None):
        parser.error("--cert and --key go together.")
    return Options(given.port, given.host, given.lab, given.cert, given.key)


def serve(options: Options, settings: Settings) -> None:
    """Prepare, start, say where, wait, end. Raises CannotStart and the errors of the parts."""
    _must_be_free(options)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = dataclasses.replace(settings, terraform=terraform.find(settings.cache, say))
    password = _prepare(settings)
    stopping = threading.Event()
    _on_signals(stopping.set)
    children = [_web(options, settings), _worker(settings)]
    had_lab = lab.whole.status(settings.lab_home) is not None
    try:
        for child in children:
            child.start()
        if options.lab:
            _start_lab(settings, stopping)
        _wait_until_it_answers(options, children[0], stopping)
        if not stopping.is_set():
            _greet(options, password)
        _watch(children, stopping)
    finally:
        _end(children, settings, lab_is_ours=not had_lab)


def say(sentence: str) -> None:
    """One line to the terminal, at once."""
    print(sentence, flush=True)  # noqa: T201 - the terminal is this program's page


def _must_be_free(options: Options) -> None:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except PermissionError:
            raise CannotStart(
                f"Port {options.port} is reserved for root. Choose one above 1023: ./startup.sh 5001"
            ) from None
        except OSError as error:
            raise CannotStart(
                f"Port {options.port} on {options.host} cannot be used ({error.strerror}). "
                f"Choose another: ./startup.sh {options.port + 1}"
            ) from None


def _prepare(settings: Settings) -> str | None:
    """Database and assets; the password of a fresh admin, else None."""
    assets.build(settings.cache, say)
    migrate(settings)
    with session_factory(engine(settings))() as db:
        password = first_admin(db)
        db.commit()
    return password


def _environ(settings: Settings) -> dict[str, str]:
    kept = {**os.environ, "ANCHORAGE_HOME": str(settings.home), "ANCHORAGE_CACHE": str(settings.cache)}
    return {**kept, "ANCHORAGE_TERRAFORM": settings.terraform, "PYTHONUNBUFFERED": "1"}


def _web(options: Options, settings: Settings) -> Child:
    host = f"[{options.host}]" if ":" in options.host else options.host
    # One process with many threads: each open run page holds one for its event stream.
    gunicorn = "-m gunicorn webui.wsgi:app --worker-class gthread --workers 1 --threads 48 --graceful-timeout 3"
    command = [sys.executable, *gunicorn.split(), "--no-control-socket", "--chdir", str(ROOT)]
    command += ["--bind", f"{host}:{options.port}"]
    if options.cert:
        command += ["--certfile", str(options.cert), "--keyfile", str(options.key)]
    return Child("web", command, settings.home / "log" / "web.log", _environ(settings))


def _worker(settings: Settings) -> Child:
    command = [sys.executable, "-m", "webui.worker"]
    return Child("worker", command, settings.home / "log" / "worker.log", _environ(settings), restart=True)


def _start_lab(settings: Settings, stopping: threading.Event) -> None:
    if not stopping.is_set():
        lab.whole.up(settings.lab_home, settings.cache, say=say)


def _wait_until_it_answers(options: Options, web: Child, stopping: threading.Event) -> None:
    until, trust = time.monotonic() + PATIENCE, _trust(options)
    while not stopping.is_set():
        if web.fallen is not None:
            raise CannotStart(f"The web process ended at once. Its last words are in {web.log}.")
        if time.monotonic() > until:
            raise CannotStart(f"The web process did not answer within {PATIENCE} s. Its log is {web.log}.")
        try:
            if httpx.get(f"{options.address}/healthz", timeout=2, verify=trust).status_code == 200:
                return
        except httpx.TransportError:
            pass
        stopping.wait(0.1)


def _trust(options: Options) -> ssl.SSLContext:
    """Trusts the very certificate it serves; its name may be another than the address asked here."""
    context = ssl.create_default_context()
    if options.cert:
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(options.cert)
    return context


def _greet(options: Options, password: str | None) -> None:
    say(f"Anchorage serves at {options.address}")
    if password:
        say(f"First sign-in: user admin, password {password}  (shown this once; change it under your name)")
    if options.host not in ("127.0.0.1", "::1", "localhost") and not options.cert:
        say("It listens beyond this machine without TLS: passwords cross the network readable. Use --cert and --key.")
    say("Ctrl-C ends it.")


def _watch(children: list[Child], stopping: threading.Event) -> None:
    """Until told to stop: a fallen worker starts again; without the web process there is nothing to serve."""
    while not stopping.wait(0.5):
        for child in children:
            if child.fallen is None:
                continue
            if not child.restart or child.falls_often():
                raise CannotStart(f"The {child.name} process ended (code {child.fallen}). Its log is {child.log}.")
            say(f"The {child.name} process ended (code {child.fallen}) and starts again; its log is {child.log}.")
            child.start()


def _end(children: list[Child], settings: Settings, *, lab_is_ours: bool) -> None:
    for child in children:
        child.stop()
    if lab_is_ours:
        lab.whole.down(settings.lab_home)


def _on_signals(act: Callable[[], None]) -> None:
    def handle(number: int, frame: FrameType | None) -> None:
        act()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


if __name__ == "__main__":
    main()
