"""Lists for the wizard's fields: value, label and a note, made of facts. The lists are as live as the facts are."""

from __future__ import annotations

from dataclasses import dataclass

from webui.spec.site import SiteFacts, Vrf


@dataclass(frozen=True)
class Choice:
    """One entry: what the field gets, what is shown, and what is worth knowing about it."""

    value: str
    label: str
    note: str = ""


def tenants(facts: SiteFacts) -> list[Choice]:
    """Tenants that can hold an L3Out; the fabric's own come last."""
    own = ("common", "infra", "mgmt")
    return [
        Choice(name, name, "the fabric's own" if name in own else "")
        for name in sorted(facts.tenants, key=lambda n: (n in own, n))
    ]


def vrfs(facts: SiteFacts, tenant: str | None) -> list[Choice]:
    """VRFs that an L3Out of the tenant can refer to: its own and those of common."""
    found = [vrf for vrf in facts.vrfs if tenant is None or vrf.tenant in (tenant, "common")]
    return [Choice(f"{vrf.tenant}/{vrf.name}", f"{vrf.tenant}/{vrf.name}", _vrf_note(vrf)) for vrf in found]


def contracts(facts: SiteFacts, tenant: str | None) -> list[Choice]:
    """Contracts that an external EPG of the tenant can refer to."""
    found = [one for one in facts.contracts if tenant is None or one.tenant in (tenant, "common")]
    return [Choice(f"{one.tenant}/{one.name}", f"{one.tenant}/{one.name}") for one in found]


def domains(facts: SiteFacts) -> list[Choice]:
    """Physical domains with the VLANs of their pools."""
    return [Choice(domain.name, domain.name, _ranges(domain.vlans) or "no VLAN pool") for domain in facts.domains]


def leaves(facts: SiteFacts) -> list[Choice]:
    """Leaf switches."""
    return [
        Choice(
            str(leaf.node), f"{leaf.node} {leaf.name}".strip(), ", ".join(_leaf_words(leaf.pod, leaf.model, leaf.state))
        )
        for leaf in facts.leaves
    ]


def _vrf_note(vrf: Vrf) -> str:
    words = ["BD enforcement on"] if vrf.bd_enforced else []
    words += [f"ECMP policy {policy.name}" for policy in vrf.af_policies[:1]]
    return ", ".join(words)


def _ranges(vlans: tuple[tuple[int, int], ...]) -> str:
    words = [str(first) if first == last else f"{first} to {last}" for first, last in vlans]
    return f"VLAN {', '.join(words)}" if words else ""


def _leaf_words(pod: int, model: str, state: str) -> list[str]:
    return [f"pod {pod}", *([model] if model else []), *([state] if state not in ("", "active") else [])]
