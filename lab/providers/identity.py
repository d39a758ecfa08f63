"""What the stand-in is called, and how it is told from the real provider."""

from __future__ import annotations

ADDRESS = "registry.terraform.io/ciscodevnet/aci"
"""Address of the provider that it stands in for."""

VERSION = "2.20.9999"
"""Satisfies `>= 2.20`; no such version of the real provider exists."""

MARKER = b"ANCHORAGE-LAB-STAND-IN:ciscodevnet/aci"
"""Bytes in the binary: the constant Marker of aci/internal/provider/provider.go."""

BINARY = f"terraform-provider-aci_v{VERSION}"
