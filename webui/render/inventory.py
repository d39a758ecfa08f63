"""ClusterSpec -> Ansible's inventory and the variables of the roles. The spec is complete; secrets are not in here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from webui.render import add_ons, calico, kubernetes, l3out_sync
from webui.spec import ClusterSpec, versions
from webui.spec.model import Machine
from webui.spec.model.types import Addresses, Subnets

Values = dict[str, Any]

PARTS = (kubernetes, calico, add_ons, l3out_sync)
"""Modules of this package with variables of their own, plain ones and secret ones."""


def inventory(spec: ClusterSpec) -> Values:
    """The content of an inventory in JSON: groups `control_plane` and `workers` below `cluster`, variables for all."""
    machines = spec.machines
    groups = {"control_plane": _hosts(machines.control_plane), "workers": _hosts(machines.workers)}
    return {"all": {"vars": _variables(spec), "children": {"cluster": {"children": groups}}}}


def _hosts(machines: tuple[Machine, ...]) -> Values:
    return {"hosts": {str(machine.name): _host(machine) for machine in machines}}


def _host(machine: Machine) -> Values:
    v6 = {"node_v6": str(machine.v6)} if machine.v6 else {}
    return {"ansible_host": str(machine.v4), "node_v4": str(machine.v4), **v6, "node_rack": machine.rack or ""}


def _variables(spec: ClusterSpec) -> Values:
    """Each role's variables begin with its name."""
    own = {"ansible_user": spec.machines.user, "supported_systems": dict(versions.SYSTEMS)}
    own |= {**_network(spec), **_software(spec), **_reachability(spec)}
    return own | {name: value for part in PARTS for name, value in part.variables(spec).items()}


def secret_variables(spec: ClusterSpec) -> Values:
    """Variables that are secret: never in the inventory that is compared and kept, but in `Job.secrets`."""
    return {name: value for part in PARTS for name, value in part.secret_variables(spec).items()}


def _network(spec: ClusterSpec) -> Values:
    l3out, cluster = spec.l3out, spec.cluster
    subnets = l3out.node_subnet
    return {
        "names_domain": cluster.dns.domain or "",
        "network_mtu": l3out.mtu,
        "network_prefix_v4": subnets.v4.prefixlen if subnets.v4 else 0,
        "network_prefix_v6": subnets.v6.prefixlen if subnets.v6 else 0,
        "network_gateway_v4": str(l3out.secondary.v4),
        "network_gateway_v6": str(l3out.secondary.v6 or ""),
        "network_dns_servers": list(cluster.dns.servers),
        "network_domain": cluster.dns.domain or "",
        "network_virtual_addresses": _both(cluster.vip),
    }


def _software(spec: ClusterSpec) -> Values:
    cluster = spec.cluster
    return {
        "proxies_http": cluster.proxy.http or "",
        "proxies_https": cluster.proxy.https or "",
        "proxies_exceptions": no_proxy(spec),
        **_proxies_environment(spec),
        "packages_mirror": (cluster.apt_mirror or "").rstrip("/"),
        "packages_mirror_key": cluster.apt_mirror_key or "",
        "time_servers": list(cluster.ntp),
        "time_zone": cluster.time_zone or "",
        "kernel_ipv6": spec.l3out.node_subnet.v6 is not None,
    }


def _proxies_environment(spec: ClusterSpec) -> Values:
    """For what fetches by itself: sudo keeps nothing of /etc/environment, and ctr has none of containerd's settings.

    Left out without a proxy. Programs read one or the other case. An address holds no credentials: none is taken.
    """
    proxy = spec.cluster.proxy
    found = {name: url for name, url in (("http_proxy", proxy.http), ("https_proxy", proxy.https)) if url}
    if not found:
        return {}
    found["no_proxy"] = ",".join(no_proxy(spec))
    return {"proxies_environment": found | {name.upper(): value for name, value in found.items()}}


def _reachability(spec: ClusterSpec) -> Values:
    cluster = spec.cluster
    return {
        "reachability_mtu": spec.l3out.mtu,
        "reachability_gateways": _both(spec.l3out.secondary),
        "reachability_mirror": cluster.apt_mirror or "",
        "reachability_dns_servers": list(cluster.dns.servers),
        "reachability_time_servers": list(cluster.ntp),
    }


def no_proxy(spec: ClusterSpec) -> list[str]:
    """What is reached without a proxy: what the user named, the mirrors, and all that belongs to the cluster."""
    network, cluster = spec.network, spec.cluster
    parts = (spec.l3out.node_subnet, network.pods, network.services, network.external_services)
    domain = [f".{cluster.dns.domain}"] if cluster.dns.domain else []
    own = ["localhost", "127.0.0.1", ".svc", ".cluster.local", *domain, *(net for part in parts for net in _both(part))]
    return list(dict.fromkeys([*own, *_mirrors(spec), *cluster.proxy.exceptions]))


def _mirrors(spec: ClusterSpec) -> list[str]:
    """Hosts of the mirrors that machines ask: they stand within the site, where the Internet is not reached."""
    urls = (spec.cluster.apt_mirror, *(one.mirror for one in spec.cluster.registries))
    return [host for url in urls if url and (host := urlsplit(url).hostname)]


def _both(pair: Addresses | Subnets) -> list[str]:
    return [str(value) for value in (pair.v4, pair.v6) if value is not None]
