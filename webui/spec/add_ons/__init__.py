"""What can be installed on top: one file an add-on beside this one, NAME.toml. Read once, when this module is loaded.

An add-on is added by adding its file here and its role, ansible/roles/addon_NAME: wizard, checks, plan and playbook
go by the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from webui.spec.versions import Tried

Place = Literal["machines", "cluster"]


@dataclass(frozen=True)
class Warned:
    """Why an add-on is better not chosen, and what instead."""

    sentence: str
    remedy: str


@dataclass(frozen=True)
class AddOn:
    """An add-on. `words` say what it is for, `note` what else should be known.

    `place`: on the control-plane machines themselves, or as objects of the cluster. `needs_address`: it takes the
    ingress address. `behind_ingress`: it is reached through an ingress controller. `asks_others`: it asks the other
    programs on the machine, so they are there before.
    """

    name: str
    title: str
    words: str
    version: str
    tried: Tried
    place: Place
    images: Mapping[str, str] = field(default_factory=dict)
    needs_address: bool = False
    behind_ingress: bool = False
    asks_others: bool = False
    ingress_class: str = ""
    note: str = ""
    warning: Warned | None = None

    @property
    def role(self) -> str:
        """Its role's name."""
        return f"addon_{self.name.replace('-', '_')}"


def _read(path: Path) -> AddOn:
    about: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    warned = about.pop("warning", None)
    return AddOn(name=path.stem, warning=Warned(**warned) if warned else None, **about)


ADD_ONS: Mapping[str, AddOn] = {
    found.name: found
    for found in sorted(map(_read, Path(__file__).parent.glob("*.toml")), key=lambda one: (one.place, one.name))
}


def chosen(names: Iterable[str]) -> list[AddOn]:
    """The add-ons of these names that there are, in the order of their installation: what others stand on first."""
    wanted = [one for one in map(ADD_ONS.get, set(names)) if one]
    return sorted(wanted, key=lambda one: (not one.needs_address, one.asks_others, one.place, one.name))
