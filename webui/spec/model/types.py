"""The kinds of values that the document holds, each with its reader."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema

from webui.spec import values as read

Text = Annotated[str, BeforeValidator(read.plain)]
Block = Annotated[str, BeforeValidator(read.block)]
YamlMapping = Annotated[str, BeforeValidator(read.yaml_mapping)]
Toml = Annotated[str, BeforeValidator(read.toml)]
Certificate = Annotated[str, BeforeValidator(read.certificate)]
Secret = Annotated[SecretStr, BeforeValidator(read.secret)]
Flag = Annotated[bool, BeforeValidator(read.yes_or_no)]
Endpoint = Annotated[str, BeforeValidator(read.endpoint)]
Url = Annotated[str, BeforeValidator(read.url)]
AciName = Annotated[str, BeforeValidator(read.aci_name())]
L3OutName = Annotated[str, BeforeValidator(read.aci_name(57))]
"""A name to which Terraform adds endings for the policies that it makes.

Seven characters shorter than the APIC takes.
"""
ProfileName = Annotated[str, BeforeValidator(read.aci_name(61))]
"""A name to which Terraform adds -v4 and -v6: three characters shorter."""
TenantName = Annotated[str, BeforeValidator(read.aci_name(63, colon=False))]
VrfName = Annotated[str, BeforeValidator(read.aci_name(64, colon=False))]
HostName = Annotated[str, BeforeValidator(read.host_name)]
DomainName = Annotated[str, BeforeValidator(read.domain_name)]
Asn = Annotated[int, BeforeValidator(read.asn), Field(ge=0, le=read.ASN_MAX)]
V4 = Annotated[IPv4Address, BeforeValidator(read.address(4))]
V6 = Annotated[IPv6Address, BeforeValidator(read.address(6))]
Net4 = Annotated[IPv4Network, BeforeValidator(read.subnet(4))]
Net6 = Annotated[IPv6Network, BeforeValidator(read.subnet(6))]

ModeName = Literal["full", "bare-metal", "no-cluster"]
SiteName = Literal["lab", "apic"]
PolicyOwner = Literal["managed", "existing"]
CniName = Literal["calico", "kube-router", "aci"]
ContainerRuntimeName = Literal["containerd", "cri-o"]
LoadBalancerName = Literal["built-in", "metallb", "none"]
ScopeName = Literal["import-security", "shared-security", "shared-rtctrl"]
Mode = Annotated[ModeName, BeforeValidator(read.one_of(*get_args(ModeName)))]
SiteKind = Annotated[SiteName, BeforeValidator(read.one_of(*get_args(SiteName)))]
VrfPolicy = Annotated[PolicyOwner, BeforeValidator(read.one_of(*get_args(PolicyOwner)))]
Cni = Annotated[CniName, BeforeValidator(read.one_of(*get_args(CniName)))]
ContainerRuntime = Annotated[ContainerRuntimeName, BeforeValidator(read.one_of(*get_args(ContainerRuntimeName)))]
LoadBalancer = Annotated[LoadBalancerName, BeforeValidator(read.one_of(*get_args(LoadBalancerName)))]
Scope = Annotated[ScopeName, BeforeValidator(read.one_of(*get_args(ScopeName)))]


@dataclass(frozen=True)
class Whole:
    """Makes an integer field a whole number from `low` to `high`, both included."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            read.whole(self.low, self.high), core_schema.int_schema(ge=self.low, le=self.high)
        )


Vlan = Annotated[int, Whole(1, 4094)]
Mtu = Annotated[int, Whole(576, 9216)]
Port = Annotated[int, Whole(1, 65535)]


class Part(BaseModel):
    """A part of the document: frozen, every field optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def field(
    title: str, help_text: str, *examples: Any, unit: str | None = None, expert: bool = False, secret: bool = False
) -> Any:
    """An optional field: title and help in a network engineer's words, examples, and how the wizard treats it.

    `unit` stands inside the field, `expert` fields are folded away, `secret` ones are kept apart and never shown.
    """
    extra: dict[str, Any] = {"unit": unit} if unit else {}
    extra |= {"expert": True} if expert else {}
    extra |= {"writeOnly": True} if secret else {}
    return Field(default=None, title=title, description=help_text, examples=list(examples), json_schema_extra=extra)


def rows(title: str, help_text: str, *examples: Any, expert: bool = False) -> Any:
    """A list, empty unless given."""
    extra: dict[str, Any] = {"expert": True} if expert else {}
    return Field(default=(), title=title, description=help_text, examples=list(examples), json_schema_extra=extra)


def part(kind: type[Part], title: str, help_text: str) -> Any:
    """A group of fields, empty unless given."""
    return Field(default_factory=kind, title=title, description=help_text)


class Addresses(Part):
    """One address in each family."""

    v4: V4 | None = field("IPv4 address", "The address without a prefix length.", "198.51.100.254")
    v6: V6 | None = field(
        "IPv6 address", "Only for dual stack. The address without a prefix length.", "2001:db8:10::fffe"
    )


class Subnets(Part):
    """One subnet in each family."""

    v4: Net4 | None = field("IPv4 subnet", "The subnet with its prefix length, host bits zero.", "198.51.100.0/24")
    v6: Net6 | None = field(
        "IPv6 subnet", "Only for dual stack: leave it empty for an IPv4 cluster.", "2001:db8:10::/64"
    )


class Tls(Part):
    """How a server's certificate is verified."""

    verify: Flag | None = field(
        "Verify the certificate",
        "Refuse a server whose certificate does not verify. Switch it off only on a network that you trust: "
        "passwords could then be read in between.",
        True,
    )
    ca: Certificate | None = field(
        "CA certificate",
        "PEM text of the authority that signed the server's certificate, or of a self-signed certificate. Needed "
        "where the system's own authorities do not know it.",
        "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----",
    )

    @property
    def unverified(self) -> bool:
        """The user said in so many words that the certificate is not to be verified."""
        return self.verify is False
