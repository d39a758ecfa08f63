"""What the stand-ins are called, and how each is told from the real provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StandIn:
    """A stand-in for one provider. `name` is also the directory of its sources."""

    name: str
    title: str
    address: str
    """Address of the provider that it stands in for."""
    version: str
    """Satisfies the root's constraint; no such version of the real provider exists."""

    @property
    def binary(self) -> str:
        """File name of the plugin."""
        return f"terraform-provider-{self.name}_v{self.version}"

    @property
    def marker(self) -> bytes:
        """Bytes in the binary: the constant Marker of its Go sources."""
        return f"ANCHORAGE-LAB-STAND-IN:{self.address.split('/', 1)[1]}".encode()


ACI = StandIn("aci", "ACI", "registry.terraform.io/ciscodevnet/aci", "2.20.9999")
VSPHERE = StandIn("vsphere", "vSphere", "registry.terraform.io/vmware/vsphere", "2.13.9999")
STAND_INS = (ACI, VSPHERE)
