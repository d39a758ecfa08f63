"""The example documents as files: what “Fill in an example” puts into a draft."""

from __future__ import annotations

from typing import Any

from webui.settings import ROOT
from webui.spec import load_yaml, secrets

FILES = {"lab": "lab.yaml", "apic": "full.yaml"}


def example(site: str) -> dict[str, Any]:
    """The document of the example for a site (lab | apic), values as text, without its references to secrets.

    For the lab it is examples/lab.yaml as it stands. Raises ValueError where the file is no document: a broken install.
    """
    document, problems = load_yaml((ROOT / "examples" / FILES[site]).read_text(encoding="utf-8"))
    if problems:
        raise ValueError(problems[0].sentence)
    return secrets.split(document)[0]
