"""ClusterSpec -> kube-router: its manifests are ours. PURE. Rendered and checked against its schemas, never run.

Peers differ from rack to rack. kube-router takes them from annotations of nodes, where a password could be read by
everybody who may see nodes, or from its arguments: so there is a DaemonSet for each rack, with the passwords in a file
of a Secret. kube-router reads that file once, when it starts: the pods have a mark of the password, so that another one
makes them anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from webui.render import racks
from webui.render.overlay import MANAGED, Document
from webui.spec import ClusterSpec, versions
from webui.spec.model.types import Subnets

NAMESPACE = "kube-system"
NAME = "kube-router"
IMAGE = f"docker.io/cloudnativelabs/kube-router:{versions.KUBE_ROUTER.tag}"
PASSWORDS = "/etc/kube-router-passwords"
CONFIGURATION = "10-kuberouter.conflist"
MARK = "anchorage/password-mark"
"""Annotation of the pods: it changes with the password."""


@dataclass(frozen=True)
class Group:
    """The nodes of one rack: name of their DaemonSet, label of the rack ("" for nodes without one), their peers."""

    name: str
    label: str
    peers: tuple[str, ...]


def variables(spec: ClusterSpec) -> dict[str, Any]:
    """Of the role kube_router; its objects only where it was chosen."""
    return {"kube_router_objects": objects(spec) if spec.cluster.cni == "kube-router" else []}


def secret_variables(spec: ClusterSpec) -> dict[str, Any]:
    """The Secret with the passwords of each rack's peers."""
    return {"kube_router_secrets": secrets(spec)}


def objects(spec: ClusterSpec) -> list[Document]:
    """Everything but the Secret."""
    return [*_access(), _cni(spec), *(_daemon_set(spec, group) for group in groups(spec))]


def secrets(spec: ClusterSpec) -> list[Document]:
    """A file of passwords for each rack: one line, base64, in the order of its peers."""
    word = _password(spec)
    if not word:
        return []
    one = base64.b64encode(word.encode()).decode()
    lines = {group.name: ",".join([one] * len(group.peers)) for group in groups(spec)}
    data = {name: base64.b64encode(line.encode()).decode() for name, line in lines.items()}
    return [_object("v1", "Secret", f"{NAME}-passwords", {"type": "Opaque", "data": data})]


def _password(spec: ClusterSpec) -> str:
    given = spec.l3out.bgp.password
    return given.get_secret_value() if given else ""


@lru_cache(maxsize=8)
def _mark(password: str, cluster: str) -> str:
    """Four hexadecimal digits that change with a password. Whoever may see pods sees them: they must not give it away.

    There is no key to them, for nothing that is secret and stays the same is known here. So a guess costs what scrypt
    does (a tenth of a second, 32 MB), anew for each cluster, and one guess in 65,536 fits: none is ever confirmed. One
    new password in as many is missed for it; then the pods must be restarted by hand."""
    salt = f"anchorage {NAME} {cluster}"
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**15, r=8, p=1, maxmem=2**26).hex()[:4]


def groups(spec: ClusterSpec) -> list[Group]:
    """The racks that have nodes, each with the leaves that these peer with."""
    machines = (*spec.machines.control_plane, *spec.machines.workers)
    found = dict.fromkeys(machine.rack or "" for machine in machines)
    return [Group(_name(rack), racks.label(rack) if rack else "", _peers(spec, rack)) for rack in found]


def _peers(spec: ClusterSpec, rack: str) -> tuple[str, ...]:
    mine = [leaf for leaf in spec.l3out.anchors if not leaf.rack or leaf.rack == rack]
    return tuple(str(address) for leaf in mine for address in (leaf.v4, leaf.v6) if address is not None)


def _name(rack: str) -> str:
    """A name that every kind of object may have."""
    return f"{NAME}-{re.sub(r'[^a-z0-9]+', '-', racks.label(rack).lower()).strip('-')}" if rack else NAME


def _arguments(spec: ClusterSpec, group: Group) -> list[str]:
    bgp, network, dual = spec.l3out.bgp, spec.network, spec.l3out.node_subnet.v6 is not None
    outside = _both(network.external_services)
    flags: list[tuple[str, object]] = [
        ("run-router", True),
        ("run-firewall", True),
        ("run-service-proxy", False),  # kube-proxy does that
        ("run-loadbalancer", spec.cluster.load_balancer == "built-in"),
        ("enable-cni", True),
        ("enable-ibgp", False),
        ("enable-overlay", False),
        ("enable-pod-egress", False),
        ("enable-ipv4", True),
        ("enable-ipv6", dual),
        ("auto-mtu", False),
        ("cluster-asn", bgp.cluster_as),
        ("bgp-holdtime", f"{bgp.hold}s"),
        ("bgp-graceful-restart", True),
        ("bgp-graceful-restart-time", f"{bgp.max_restart}s"),
        *((f"advertise-{what}", True) for what in ("cluster-ip", "external-ip", "loadbalancer-ip", "pod-cidr")),
        *(("service-cluster-ip-range", net) for net in _both(network.services)),
        *(("service-external-ip-range", net) for net in outside),
        *(("loadbalancer-ip-range", net) for net in outside),
        ("peer-router-ips", ",".join(group.peers)),
        ("peer-router-asns", ",".join([str(bgp.fabric_as)] * len(group.peers))),
    ]
    if bgp.password:
        flags.append(("peer-router-passwords-file", f"{PASSWORDS}/{group.name}"))
    return [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in flags]


def _daemon_set(spec: ClusterSpec, group: Group) -> Document:
    labels = {"k8s-app": NAME, "anchorage/rack": group.label}
    pod = {
        "priorityClassName": "system-node-critical",
        "serviceAccountName": NAME,
        "hostNetwork": True,
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _nodes(group)}},
        "initContainers": [_installer()],
        "containers": [_router(spec, group)],
        "volumes": _volumes(spec, group),
    }
    password = _password(spec)
    marked = {"annotations": {MARK: _mark(password, spec.name or "")}} if password else {}
    about = {
        "selector": {"matchLabels": labels},
        "updateStrategy": {"type": "RollingUpdate"},
        "template": {"metadata": {"labels": labels, **marked}, "spec": pod},
    }
    return _object("apps/v1", "DaemonSet", group.name, {"spec": about})


def _nodes(group: Group) -> dict[str, Any]:
    there = {"key": racks.KEY, "operator": "In", "values": [group.label]}
    rule = there if group.label else {"key": racks.KEY, "operator": "DoesNotExist"}
    return {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}


def _router(spec: ClusterSpec, group: Group) -> dict[str, Any]:
    return {
        "name": NAME,
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": _arguments(spec, group),
        "env": [
            {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "KUBE_ROUTER_CNI_CONF_FILE", "value": f"/etc/cni/net.d/{CONFIGURATION}"},
        ],
        "livenessProbe": {
            "httpGet": {"path": "/healthz", "port": 20244},
            "initialDelaySeconds": 10,
            "periodSeconds": 5,
        },
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "securityContext": {"privileged": True},
        "volumeMounts": [
            {"name": "modules", "mountPath": "/lib/modules", "readOnly": True},
            {"name": "cni", "mountPath": "/etc/cni/net.d"},
            {"name": "lock", "mountPath": "/run/xtables.lock"},
            *([{"name": "passwords", "mountPath": PASSWORDS, "readOnly": True}] if spec.l3out.bgp.password else []),
        ],
    }


def _installer() -> dict[str, Any]:
    """Lays the CNI configuration; kube-router then writes the node's pod subnet into it, which must stay."""
    target = f"/etc/cni/net.d/{CONFIGURATION}"
    return {
        "name": "install-cni",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/bin/sh", "-c", f"test -f {target} || cp /etc/kube-router/{CONFIGURATION} {target}"],
        "volumeMounts": [
            {"name": "cni", "mountPath": "/etc/cni/net.d"},
            {"name": "configuration", "mountPath": "/etc/kube-router"},
        ],
    }


def _volumes(spec: ClusterSpec, group: Group) -> list[dict[str, Any]]:
    item = {"key": group.name, "path": group.name}
    secret = {"name": "passwords", "secret": {"secretName": f"{NAME}-passwords", "items": [item]}}
    return [
        {"name": "modules", "hostPath": {"path": "/lib/modules"}},
        {"name": "cni", "hostPath": {"path": "/etc/cni/net.d", "type": "DirectoryOrCreate"}},
        {"name": "lock", "hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}},
        {"name": "configuration", "configMap": {"name": NAME}},
        *([secret] if spec.l3out.bgp.password else []),
    ]


def _cni(spec: ClusterSpec) -> Document:
    plugins: list[Mapping[str, Any]] = [
        {
            "type": "bridge",
            "bridge": "kube-bridge",
            "isDefaultGateway": True,
            "hairpinMode": True,
            "mtu": spec.cluster.calico_mtu or spec.l3out.mtu,
            "ipam": {"type": "host-local"},
        },
        {"type": "portmap", "capabilities": {"portMappings": True, "snat": True}},
    ]
    text = json.dumps({"cniVersion": "0.3.1", "name": "pods", "plugins": plugins}, indent=2)
    return _object("v1", "ConfigMap", NAME, {"data": {CONFIGURATION: text}})


def _access() -> list[Document]:
    rbac = "rbac.authorization.k8s.io"
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    bound = {"roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": NAME}, "subjects": [subject]}
    return [
        _object("v1", "ServiceAccount", NAME, {}),
        _object(f"{rbac}/v1", "ClusterRole", NAME, {"rules": _rules()}, ""),
        _object(f"{rbac}/v1", "ClusterRoleBinding", NAME, bound, ""),
    ]


def _rules() -> list[dict[str, Any]]:
    watched = ["namespaces", "pods", "services", "nodes", "endpoints"]
    reading = ["get", "list", "watch"]
    return [
        {"apiGroups": [""], "resources": watched, "verbs": reading},
        {"apiGroups": [""], "resources": ["services/status"], "verbs": ["update"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": reading},
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": reading},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update"]},
    ]


def _object(api: str, kind: str, name: str, rest: Mapping[str, Any], namespace: str = NAMESPACE) -> Document:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), "labels": dict(MANAGED)}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def _both(pair: Subnets) -> list[str]:
    return [str(net) for net in (pair.v4, pair.v6) if net is not None]
