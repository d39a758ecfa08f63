"""ClusterSpec: what the user wants, read from any document, checked, completed, compared. Pure: data in, data out."""

from __future__ import annotations

from webui.spec import secrets
from webui.spec.change import Change, changes
from webui.spec.checks import check
from webui.spec.document import dump, from_yaml, json_schema, load_yaml, to_yaml
from webui.spec.fixed import fixed
from webui.spec.model import ClusterSpec
from webui.spec.parsing import Parsed, get, parse, put
from webui.spec.problem import Problem
from webui.spec.proposing import Proposal, complete, proposals
from webui.spec.site import SiteFacts

__all__ = [
    "Change",
    "ClusterSpec",
    "Parsed",
    "Problem",
    "Proposal",
    "SiteFacts",
    "changes",
    "check",
    "complete",
    "dump",
    "fixed",
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
