"""Settings of the installer: read once from the environment, frozen afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where Anchorage keeps its things and how long it waits."""

    home: Path
    """Database, key, clusters' working directories. `ANCHORAGE_HOME`, by default `var/` in the checkout."""

    cache: Path
    """What was built or downloaded once. `ANCHORAGE_CACHE`, by default `~/.cache/anchorage`."""

    database_url: str
    """SQLAlchemy URL. `ANCHORAGE_DATABASE_URL`, by default SQLite in `home`."""

    terraform: str
    """The Terraform command. `ANCHORAGE_TERRAFORM`, by default the one on PATH or the pinned one in the cache."""

    terraform_parallelism: int
    """Calls that Terraform makes at once; an APIC throttles many. `ANCHORAGE_TERRAFORM_PARALLELISM`, by default 10."""

    provider_mirror: Path | None
    """Filesystem mirror of Terraform providers for air-gapped sites. `ANCHORAGE_PROVIDER_MIRROR`, by default none."""

    apic_timeout: float
    """Seconds to wait for an answer of the APIC. `ANCHORAGE_APIC_TIMEOUT`, by default 15."""

    upload_limit: int = 20 * GIB
    """Bytes of a machine template's OVA at most. `ANCHORAGE_UPLOAD_LIMIT_GIB`, by default 20 GiB."""

    @property
    def key_file(self) -> Path:
        """File with the key that encrypts secrets at rest."""
        return self.home / "secret.key"

    @property
    def lab_home(self) -> Path:
        """Where the built-in lab keeps its state."""
        return self.home / "lab"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a wrong number raises ValueError naming the variable."""
    home = Path(environ.get("ANCHORAGE_HOME") or ROOT / "var").expanduser().resolve()
    cache = Path(environ.get("ANCHORAGE_CACHE") or "~/.cache/anchorage").expanduser().resolve()
    mirror = environ.get("ANCHORAGE_PROVIDER_MIRROR")
    return Settings(
        home=home,
        cache=cache,
        database_url=environ.get("ANCHORAGE_DATABASE_URL") or f"sqlite:///{home / 'anchorage.sqlite3'}",
        terraform=environ.get("ANCHORAGE_TERRAFORM") or "terraform",
        terraform_parallelism=int(_number(environ, "ANCHORAGE_TERRAFORM_PARALLELISM", 10)),
        provider_mirror=Path(mirror).expanduser().resolve() if mirror else None,
        apic_timeout=_number(environ, "ANCHORAGE_APIC_TIMEOUT", 15),
        upload_limit=int(_number(environ, "ANCHORAGE_UPLOAD_LIMIT_GIB", 20) * GIB),
    )


def _number(environ: Mapping[str, str], name: str, default: float) -> float:
    try:
        return float(environ.get(name) or default)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {environ[name]!r}.") from None
