"""What kubeadm is given, as documents: pure, from values to mappings (kubeadm.k8s.io/v1beta4)."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

API = "kubeadm.k8s.io/v1beta4"


def cluster_configuration(wanted: dict[str, Any]) -> dict[str, Any]:
    """ClusterConfiguration. `wanted`: version, v4, v6, port, pods, services, block_sizes, patch.

    Without block sizes the pod network hands out its addresses itself, and nodes get no subnets of their own.
    """
    sizes = {f"node-cidr-mask-size-{family}": str(size) for family, size in _by_family(wanted).items()}
    if len(sizes) == 1:
        sizes = {"node-cidr-mask-size": next(iter(sizes.values()))}
    arguments = sizes or {"allocate-node-cidrs": "false"}
    own = {
        "apiVersion": API,
        "kind": "ClusterConfiguration",
        "kubernetesVersion": wanted["version"],
        "controlPlaneEndpoint": endpoint(wanted["v4"] or wanted["v6"], wanted["port"]),
        "networking": {"podSubnet": ",".join(wanted["pods"]), "serviceSubnet": ",".join(wanted["services"])},
        "apiServer": {"certSANs": [address for address in (wanted["v4"], wanted["v6"]) if address]},
        "controllerManager": {"extraArgs": [{"name": name, "value": arguments[name]} for name in sorted(arguments)]},
    }
    return merged(own, wanted["patch"])


def images_configuration(version: str, patch: dict[str, Any]) -> dict[str, Any]:
    """As much of ClusterConfiguration as tells which images there are, and from which registry."""
    return merged({"apiVersion": API, "kind": "ClusterConfiguration", "kubernetesVersion": version}, patch)


def _by_family(wanted: dict[str, Any]) -> dict[str, int]:
    """ipv4, ipv6 -> length of a node's block, for the families that the pods have."""
    sizes = wanted["block_sizes"]
    families = {ip_network(subnet).version for subnet in wanted["pods"]}
    return {f"ipv{family}": sizes[f"v{family}"] for family in sorted(families)} if sizes else {}


def node_registration(name: str, socket: str, addresses: list[str], ignored: list[str]) -> dict[str, Any]:
    """How a machine enters itself as a node: under its own addresses, the first of them IPv4 unless it has none."""
    own = ",".join(address for address in addresses if address)
    return {
        "name": name,
        "criSocket": socket,
        "imagePullPolicy": "IfNotPresent",
        "ignorePreflightErrors": list(ignored),
        "kubeletExtraArgs": [{"name": "node-ip", "value": own}],
    }


def endpoint(address: str, port: int) -> str:
    """ADDRESS:PORT, an IPv6 address in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def merged(base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The base with a patch over it: mappings are merged, lists of named things by their names, other lists joined."""
    found = dict(base)
    for key, value in patch.items():
        there = found.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            found[key] = merged(there, value)
        elif isinstance(there, list) and isinstance(value, list):
            found[key] = _joined(there, value)
        else:
            found[key] = value
    return found


def _joined(there: list[Any], more: list[Any]) -> list[Any]:
    names = {one["name"] for one in more if isinstance(one, dict) and "name" in one}
    kept = [one for one in there if not (isinstance(one, dict) and one.get("name") in names)]
    return kept + [one for one in more if one not in kept]


def first_member(hosts: list[str], states: Any) -> str:
    """The first control-plane machine that was taken into a cluster to the end, else the first.

    `states`: hostvars, whose `membership_state` is what the module membership found.
    """
    return next((host for host in hosts if states[host]["membership_state"]["joined"]), hosts[0])


def founder(hosts: list[str], states: Any) -> str:
    """The control-plane machine that speaks for the cluster: the first that the cluster knows as its node, else the
    first. `states`: hostvars with `membership_joined`."""
    return next((host for host in hosts if states[host]["membership_joined"]), hosts[0])


def join_secrets(command: str, upload: str) -> dict[str, str]:
    """Of what `kubeadm token create --print-join-command` prints: endpoint, token, hash; and the certificates' key,
    the last line of what `kubeadm init phase upload-certs` prints."""
    words = command.split()
    return {
        "endpoint": words[2],
        "token": words[words.index("--token") + 1],
        "hash": words[words.index("--discovery-token-ca-cert-hash") + 1],
        "key": upload.strip().splitlines()[-1].strip() if upload.strip() else "",
    }


def join_configuration(secrets: dict[str, str], registration: dict[str, Any], address: str = "") -> dict[str, Any]:
    """JoinConfiguration. `address`: of a machine that joins the control plane; empty for a worker."""
    token = {
        "apiServerEndpoint": secrets["endpoint"],
        "token": secrets["token"],
        "caCertHashes": [secrets["hash"]],
    }
    found = {
        "apiVersion": API,
        "kind": "JoinConfiguration",
        "discovery": {"bootstrapToken": token},
        "nodeRegistration": registration,
    }
    if address:
        place = {"advertiseAddress": address, "bindPort": 6443}
        found["controlPlane"] = {"localAPIEndpoint": place, "certificateKey": secrets["key"]}
    return found


def first_ready(hosts: list[str], states: Any) -> str:
    """The first of these machines whose API answered (`removals_ready`); empty without."""
    ready = (host for host in hosts if (states[host].get("removals_ready") or {}).get("rc") == 0)
    return next(ready, "")


def node_ready(node: dict[str, Any]) -> bool:
    """Whether a Node says of itself that it is Ready."""
    conditions = node.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def etcd_member(listing: dict[str, Any], name: str, address: str) -> str:
    """Id, as etcdctl takes it, of a machine's member in the output of `etcdctl member list --write-out json`; empty
    without. A member that has not started yet has no name, but a peer URL of its address."""
    place = f"https://{endpoint(address, 2380)}"
    found = (one for one in listing.get("members", []) if one.get("name") == name or place in one.get("peerURLs", []))
    return next((f"{one['ID']:x}" for one in found), "")


class FilterModule:
    """The filters, by name."""

    def filters(self) -> dict[str, Any]:
        """As Ansible asks for them."""
        return {
            "cluster_configuration": cluster_configuration,
            "images_configuration": images_configuration,
            "endpoint_of": endpoint,
            "etcd_member": etcd_member,
            "first_member": first_member,
            "first_ready": first_ready,
            "founder": founder,
            "join_configuration": join_configuration,
            "join_secrets": join_secrets,
            "merged": merged,
            "node_ready": node_ready,
            "node_registration": node_registration,
        }
