"""The rules, in the order in which they build on each other."""

from __future__ import annotations

from webui.spec.addressing.context import Rule
from webui.spec.addressing.rules import autonomous, defaults, hosts, names, ranges

RULES: tuple[Rule, ...] = (
    defaults.general,
    names.names,
    defaults.l3out,
    defaults.vrf_policy,
    autonomous.fabric_as,
    autonomous.cluster_as,
    hosts.shared,
    hosts.leaf_pods,
    hosts.leaves,
    hosts.router_ids,
    hosts.machines,
    ranges.subnets,
    ranges.ingress,
    defaults.next_hop_unchanged,
    defaults.vcenter,
    defaults.cluster,
    defaults.calico_version,
    defaults.load_balancer,
)
