"""Mode no-cluster: what the user's own cluster needs to peer with the leaves, as files. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from webui.render import archive_words, calico
from webui.render.archive_words import MANIFEST, PASSWORD, PEERS, RESOURCES, V3
from webui.render.overlay import Document
from webui.spec import ClusterSpec

README = "README.md"
CALICOS = ("IPPool", "BGPConfiguration")
"""What goes with the peers. Felix's configuration is left alone: what else it holds is the user's own."""

Documents = Mapping[str, Sequence[Mapping[str, Any]]]


def archive(spec: ClusterSpec, documents: Documents | None = None) -> dict[str, str]:
    """File name -> text, in the order in which they are applied; the spec is complete.

    `documents["calico"]`: Calico's manifest with our changes, where it could be had. The file with the BGP password is
    as secret as the password."""
    found: dict[str, list[Document]] = {
        MANIFEST: [dict(one) for one in (documents or {}).get("calico", ())],
        PASSWORD: [*calico.secrets(spec), *calico.reader(spec)],
        RESOURCES: [one for one in calico.resources(spec) if one["kind"] in CALICOS],
        PEERS: calico.peers(spec),
    }
    files = {name: _yaml(objects) for name, objects in found.items() if objects}
    other = {f"{V3}/{name}": _yaml(_as_v3(found[name])) for name in (RESOURCES, PEERS)}
    return {README: archive_words.readme(spec, list(files)), **files, **other}


def _as_v3(objects: Iterable[Mapping[str, Any]]) -> list[Document]:
    return [{**one, "apiVersion": "projectcalico.org/v3"} for one in objects]


def _yaml(objects: Iterable[Mapping[str, Any]]) -> str:
    return str(yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False, width=120, explicit_start=True))


class _Dumper(yaml.SafeDumper):
    """YAML without anchors: people read these files."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out."""
        return True
