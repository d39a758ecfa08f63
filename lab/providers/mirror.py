"""Builds the stand-ins and, for each, the filesystem mirror through which lab sites, and they alone, use it.

A build holds the mirror, the Terraform CLI configuration `lab.tfrc` that points at it, and the binary's checksum.
Each stand-in has a mirror of its own: a run that needs one provider builds and sees no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from lab import gobuild
from lab.gobuild import Program
from lab.providers.identity import ACI, StandIn

TFRC = """\
# Terraform CLI configuration of the built-in lab: the stand-in serves lab sites alone.
# There is no way to the real provider from here, and no use of this file for a real site.
disable_checkpoint = true

provider_installation {{
  filesystem_mirror {{
    path    = {mirror}
    include = ["{address}"]
  }}
  direct {{
    exclude = ["{address}"]
  }}
}}
"""


def build(cache: Path, say: Callable[[str], None], stand_in: StandIn = ACI) -> Path:
    """Path of the Terraform CLI configuration (for TF_CLI_CONFIG_FILE) of this stand-in's mirror; builds it on first
    use. `say` gets a sentence when something takes time. Raises ProviderBuildError."""

    def finish(made: Path, home: Path) -> None:
        mirror = json.dumps(str(home / "mirror"))
        (made / "lab.tfrc").write_text(TFRC.format(mirror=mirror, address=stand_in.address))

    return gobuild.build(_program(stand_in), cache, say, finish) / "lab.tfrc"


def _program(stand_in: StandIn) -> Program:
    return Program(
        title=f"the lab's stand-in for the {stand_in.title} provider",
        kind=f"providers/{stand_in.name}",
        sources=Path(__file__).with_name(stand_in.name),
        binary=f"mirror/{stand_in.address}/{stand_in.version}/{gobuild.target()}/{stand_in.binary}",
        ldflags=f"-s -w -X main.version={stand_in.version}",
        salt=TFRC,
    )
