"""ClusterSpec: what the user wants, read from any document, checked, completed and compared. Pure: data in, data out."""

from __future__ import annotations

from webui.spec import secrets
from webui.spec.addressing import Proposal, complete, proposals
from webui.spec.document import dump, from_yaml, json_schema, load_yaml, to_yaml
from webui.spec.model import ClusterSpec
from webui.spec.parsing import Parsed, get, parse, put
from webui.spec.problem import Problem

__all__ = [
    "ClusterSpec",
    "Parsed",
    "Problem",
    "Proposal",
    "complete",
    "dump",
    "from_yaml",
    "get",
    "json_schema",
    "load_yaml",
    "parse",
    "proposals",
    "put",
    "secrets",
    "to_yaml",
]
