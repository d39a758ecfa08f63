"""How the page of a run bears a log of 100,000 lines. Run: .venv/bin/python tests/bench/log_page.py [lines]

Measures in headless Chromium: the page with the whole log already there (load, scrolling, search), and the page that
follows a run which writes as fast as the database takes it (frames per second, lines in the page, memory).
Exits with 1 when a limit below is passed.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "web")]

from playwright.sync_api import BrowserContext, Page, sync_playwright  # noqa: E402
from rowsmaker import cluster, run  # noqa: E402
from sqlalchemy import insert  # noqa: E402
from sqlalchemy.orm import Session, sessionmaker  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from webui import assets  # noqa: E402
from webui.accounts import passwords  # noqa: E402
from webui.app import create_app  # noqa: E402
from webui.settings import load  # noqa: E402
from webui.store.engine import engine, migrate, session_factory  # noqa: E402
from webui.store.models import Event, Run, User, now  # noqa: E402

PASSWORD = "correct horse battery"
LIMITS = {
    "load, ms": 2500,
    "lines in the page": 2000,
    "memory of scripts, MiB": 40,
    "scroll up 10 times, ms": 6000,
    "search, ms": 2500,
    "longest frame while following, ms": 500,
    "behind at the end, s": 10,
}

FRAMES = """() => {
  window.frames_seen = [];
  let last = performance.now();
  const tick = (at) => { window.frames_seen.push(at - last); last = at; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""


def write(sessions: sessionmaker[Session], run_id: int, first: int, count: int) -> None:
    """Lines as Terraform's events give them."""
    rows = [
        {
            "run_id": run_id,
            "n": n,
            "at": now(),
            "level": "warning" if n % 500 == 0 else "info",
            "stage": "fabric",
            "text": f"aci_rest_managed.bgpPeerP[{n}]: creation complete after 0 s [id=uni/tn-k8s-prod/out-k8s-dc1/{n}]",
        }
        for n in range(first, first + count)
    ]
    with sessions() as db:
        db.execute(insert(Event), rows)
        db.get_one(Run, run_id).last_event = first + count - 1
        db.commit()


def until(page: Page, script: str) -> None:
    """Wait for a condition; the page's policy forbids Playwright's own way of asking."""
    deadline = time.monotonic() + 60
    while not page.evaluate(script):
        assert time.monotonic() < deadline, script
        page.wait_for_timeout(10)


def whole(page: Page, url: str, lines: int) -> dict[str, float]:
    """The page of a run that has ended."""
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(f'#log > div[data-n="{lines}"]')
    found = {"load, ms": (time.perf_counter() - began) * 1000}
    began = time.perf_counter()
    for _ in range(10):
        first = page.evaluate("Number(document.querySelector('#log > div').dataset.n)")
        page.evaluate("document.getElementById('log').scrollTop = 0")
        until(page, f"Number(document.querySelector('#log > div').dataset.n) < {first}")
    found["scroll up 10 times, ms"] = (time.perf_counter() - began) * 1000
    began = time.perf_counter()
    page.fill("#find", f"peerP[{lines // 2}]")
    until(page, "document.querySelectorAll('#log > div').length === 1")
    found["search, ms"] = (time.perf_counter() - began) * 1000
    return found


def followed(page: Page, url: str, sessions: sessionmaker[Session], run_id: int, lines: int) -> dict[str, float]:
    """The page of a run that writes all of its lines meanwhile."""
    page.goto(url)
    page.wait_for_timeout(500)
    page.evaluate(FRAMES)

    def work() -> None:
        for first in range(1, lines + 1, 500):
            write(sessions, run_id, first, 500)

    began = time.perf_counter()
    writer = threading.Thread(target=work)
    writer.start()
    while writer.is_alive():
        page.wait_for_timeout(50)
    written = time.perf_counter()
    page.wait_for_selector(f'#log > div[data-n="{lines}"]', timeout=60000)
    seen = page.evaluate("window.frames_seen")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    return {
        "written in, s": written - began,
        "behind at the end, s": time.perf_counter() - written,
        "frames a second while following": len(seen) / (sum(seen) / 1000),
        "longest frame while following, ms": max(seen),
        "lines in the page": page.evaluate("document.querySelectorAll('#log > div').length"),
        "memory of scripts, MiB": used / 2**20,
    }


def sign_in(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#name", "bench")
    page.fill("#password", PASSWORD)
    page.click("main button.pri")
    page.wait_for_url("**/")
    return page


def measure(lines: int) -> dict[str, float]:
    """Both measures on a database of its own."""
    with tempfile.TemporaryDirectory() as home:
        settings = load({"ANCHORAGE_HOME": home})
        migrate(settings)
        assets.build(settings.cache, print)
        sessions = session_factory(engine(settings))
        with sessions() as db:
            db.add(User(name="bench", role="viewer", password_hash=passwords.hashed(PASSWORD)))
            done = run(db, cluster(db, "ended"), "apply", "succeeded").id
            going = run(db, cluster(db, "going"), "apply", "running").id
        for first in range(1, lines + 1, 5000):
            write(sessions, done, first, min(5000, lines + 1 - first))
        server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
        server.daemon_threads = True  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            context = browser.new_context(
                base_url=f"http://127.0.0.1:{server.server_port}", viewport={"width": 1440, "height": 900}
            )
            page = sign_in(context)
            found = whole(page, f"/runs/{done}", lines) | followed(page, f"/runs/{going}", sessions, going, lines)
            browser.close()
        server.shutdown()
        return found


def main() -> int:
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    found = measure(lines)
    print(f"{lines:,} lines")
    for name, value in found.items():
        limit = LIMITS.get(name)
        print(f"  {name:36} {value:10,.1f}" + (f"   limit {limit:,}" if limit else ""))
    return int(any(found[name] > limit for name, limit in LIMITS.items()))


if __name__ == "__main__":
    sys.exit(main())
