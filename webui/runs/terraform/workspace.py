"""A cluster's Terraform directory (0700): code, variables, and state and saved plan, which lie there encrypted.

State and plan hold secrets. They are opened for the time of a command and sealed again after it; what a killed worker
left open is sealed at the next occasion, never lost.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from webui.runs.terraform.command import PLAN, STATE
from webui.settings import ROOT, Settings
from webui.store.box import Box

SEALED_STATE, SEALED_PLAN = "terraform.tfstate.sealed", "plan.sealed"
INITIALISED = "initialised"
"""Holds the digest of the code and provider configuration that `terraform init` was last run for."""


class PlanGone(Exception):
    """The saved plan is not there, or is not the one that was reviewed."""


class Workspace:
    """One root module's directory of one cluster. `code`: the `terraform/` directory of the checkout."""

    def __init__(self, path: Path, box: Box, code: Path, root: str = "fabric") -> None:
        self.path, self._box, self._code, self._root = path, box, code, root

    @property
    def module(self) -> Path:
        """Where Terraform runs. Modules lie beside it, as in the checkout."""
        return self.path / "code" / self._root

    @property
    def data(self) -> Path:
        """TF_DATA_DIR."""
        return self.module / ".terraform"

    def prepare(self, variables: Mapping[str, Any]) -> None:
        """Lay out the current code and the variables, none of which is a secret."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        self._copy_code()
        write_private(self.module / "terraform.tfvars.json", json.dumps(variables, indent=2).encode())

    def digest(self, *parts: str) -> str:
        """Digest of the code and of what else decides which providers are used."""
        found = hashlib.sha256()
        for file in sorted(self._sources()):
            found.update(str(file.relative_to(self._code)).encode() + b"\0" + file.read_bytes() + b"\0")
        for part in parts:
            found.update(part.encode() + b"\0")
        return found.hexdigest()

    def is_initialised(self, digest: str) -> bool:
        """Whether `terraform init` was run for exactly this."""
        note = self.path / INITIALISED
        return note.exists() and note.read_text() == digest and self.data.is_dir()

    def forget_init(self) -> None:
        """Start `terraform init` from nothing: no lock file, no providers of an earlier configuration."""
        (self.path / INITIALISED).unlink(missing_ok=True)
        (self.module / ".terraform.lock.hcl").unlink(missing_ok=True)
        shutil.rmtree(self.data, ignore_errors=True)

    def note_init(self, digest: str) -> None:
        """`terraform init` succeeded. It makes no data directory where there is nothing to keep in it."""
        self.data.mkdir(exist_ok=True)
        write_private(self.path / INITIALISED, digest.encode())

    @contextmanager
    def opened(self, plan_digest: str | None = None) -> Iterator[None]:
        """State in clear for the time of the block; the saved plan too when its digest is given. Raises PlanGone."""
        self.seal_leftovers()
        try:
            self._open(SEALED_STATE, STATE)
            if plan_digest is not None:
                self._open_plan(plan_digest)
            yield
        finally:
            self.seal_leftovers()

    def plan_digest(self) -> str:
        """SHA-256 of the saved plan that lies open."""
        return hashlib.sha256((self.module / PLAN).read_bytes()).hexdigest()

    def seal_leftovers(self) -> list[str]:
        """Seal what lies open; names of what was found. A state that was cut short never replaces a whole one."""
        state, found = self.module / STATE, []
        if state.exists():
            found.append(STATE)
            self._seal(state, SEALED_STATE if _is_whole(state.read_bytes()) else f"{STATE}.damaged.sealed")
        if (self.module / PLAN).exists():
            found.append(PLAN)
            self._seal(self.module / PLAN, SEALED_PLAN)
        self._drop_copies()
        return found

    def discard_plan(self) -> None:
        """Remove the saved plan, open or sealed."""
        for file in (self.path / SEALED_PLAN, self.module / PLAN):
            file.unlink(missing_ok=True)

    def state_serial(self) -> int | None:
        """Serial of the sealed state, which rises with each change; None without one."""
        sealed = self.path / SEALED_STATE
        return int(json.loads(self._box.open_bytes(sealed.read_bytes()))["serial"]) if sealed.exists() else None

    def state_objects(self) -> dict[str, str]:
        """What the sealed state owns at the APIC: class by DN."""
        return {one["dn"]: one.get("class_name", "") for _, one in self._resources() if one.get("dn")}

    def state_values(self, kind: str) -> list[dict[str, Any]]:
        """Attributes of what the sealed state owns of a type of resource."""
        return [values for found, values in self._resources() if found == kind]

    def _resources(self) -> Iterator[tuple[str, dict[str, Any]]]:
        sealed = self.path / SEALED_STATE
        state = json.loads(self._box.open_bytes(sealed.read_bytes())) if sealed.exists() else {}
        for one in state.get("resources", []):
            if one["mode"] == "managed":
                yield from ((one["type"], instance["attributes"]) for instance in one["instances"])

    def remove(self) -> None:
        """Remove everything, after a destroy."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _copy_code(self) -> None:
        """Exactly the current sources: a file that the code no longer has goes, what Terraform wrote stays."""
        wanted = {file.relative_to(self._code) for file in self._sources()}
        code = self.path / "code"
        for file in list(code.rglob("*.tf")) if code.exists() else []:
            if file.relative_to(code) not in wanted:
                file.unlink()
        for name in wanted:
            (code / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(self._code / name, code / name)

    def _sources(self) -> list[Path]:
        folders = [self._code / self._root, self._code / "modules"]
        found = [file for folder in folders if folder.exists() for file in folder.rglob("*.tf")]
        return [file for file in found if not any(part in (".terraform", "tests") for part in file.parts)]

    def _open(self, sealed: str, name: str) -> None:
        if (self.path / sealed).exists():
            write_private(self.module / name, self._box.open_bytes((self.path / sealed).read_bytes()))

    def _open_plan(self, digest: str) -> None:
        self._open(SEALED_PLAN, PLAN)
        if not (self.module / PLAN).exists() or self.plan_digest() != digest:
            raise PlanGone

    def _seal(self, file: Path, name: str) -> None:
        write_private(self.path / name, self._box.seal_bytes(file.read_bytes()))
        file.unlink()

    def _drop_copies(self) -> None:
        """Terraform's own backups: an older state in clear."""
        for file in self.module.glob(f"{STATE}.*") if self.module.exists() else []:
            file.unlink(missing_ok=True)
        for file in self.module.glob(f".{STATE}.lock.info"):
            file.unlink(missing_ok=True)


def of_cluster(settings: Settings, cluster_id: str, box: Box, root: str = "fabric") -> Workspace:
    """The directory of a cluster's fabric, or of another of its root modules."""
    return Workspace(folder_of(settings, cluster_id) / root, box, ROOT / "terraform", root)


def folder_of(settings: Settings, cluster_id: str) -> Path:
    """The directory of a cluster's working files."""
    return settings.home / "clusters" / cluster_id


def write_private(file: Path, content: bytes) -> None:
    """Write a file (0600) so that a reader sees the old content or the new, never half of it."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _is_whole(content: bytes) -> bool:
    try:
        return "serial" in json.loads(content)
    except (ValueError, TypeError):
        return False
