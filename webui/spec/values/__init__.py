"""How one value is read: from YAML, JSON or a form, where everything is text.

Each reader takes any JSON value and returns the typed one, or raises `Wrong`, which says what is wrong and what to
write instead.
Readers leave values alone that are typed already, so that a model can be built from what was read.
"""

from __future__ import annotations

from webui.spec.values.names import aci_name, domain_name, endpoint, host_name, url
from webui.spec.values.net import Address, Network, address, covers, subnet
from webui.spec.values.numbers import ASN_MAX, asn, whole
from webui.spec.values.text import (
    Reader,
    Wrong,
    block,
    certificate,
    listed,
    matching,
    one_of,
    plain,
    secret,
    shown,
    toml,
    yaml_mapping,
    yes_or_no,
)

__all__ = [
    "ASN_MAX",
    "Address",
    "Network",
    "Reader",
    "Wrong",
    "aci_name",
    "address",
    "asn",
    "block",
    "certificate",
    "covers",
    "domain_name",
    "endpoint",
    "host_name",
    "listed",
    "matching",
    "one_of",
    "plain",
    "secret",
    "shown",
    "subnet",
    "toml",
    "url",
    "whole",
    "yaml_mapping",
    "yes_or_no",
]
