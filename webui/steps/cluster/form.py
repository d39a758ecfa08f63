"""Fields of the Cluster page: Kubernetes, its API address, and the system under it."""

from __future__ import annotations

from webui.spec import add_ons
from webui.steps.document import LONGEST_TEXT
from webui.steps.fields import Area, Choice, Column, Flag, Look, Rows, Several, Text, page_form

CNI = (
    ("calico", "Calico", "Peers with the leaves by BGP. Network policies, an eBPF dataplane if wanted."),
    ("kube-router", "kube-router", "Peers with the leaves by BGP. Small. Experimental: never run with this Anchorage."),
    ("aci", "Cisco ACI CNI", "The APIC's own plug-in: endpoints instead of routes."),
)
ADD_ONS = tuple((one.name, one.title, one.words) for one in add_ons.ADD_ONS.values())
RUNTIMES = (
    ("containerd", "containerd", "From the distribution or the package mirror."),
    ("cri-o", "CRI-O", "From the package mirror or the machines' own sources. Never run with this Anchorage."),
)
LOAD_BALANCERS = (
    ("built-in", "The pod network", "Calico from 3.30 on, or kube-router, hands them out itself."),
    ("metallb", "MetalLB", "Its controller alone: the nodes announce the addresses by BGP all the same."),
    ("none", "Nobody", "Or something of your own."),
)
REGISTRIES = "cluster.registries"
MIRROR = (
    Column("upstream", "Registry", Look(topic="registries", placeholder="registry.k8s.io")),
    Column("mirror", "Mirror", Look(topic="registries", placeholder="https://mirror.example.net/k8s")),
    Column("user", "User", Look(topic="registries", placeholder="only if asked for")),
)

KUBERNETES = {
    "cluster.kubernetes_version": Text("Kubernetes version", Look("As 1.36.3.", topic="version", longest=100)),
    "cluster.vip.v4": Text("API address, IPv4", Look("Held by one control-plane machine at a time.", topic="vip")),
    "cluster.vip.v6": Text("API address, IPv6", Look("As for IPv4.", topic="vip")),
    "cluster.port": Text("API port", Look("Of that address.", topic="vip", longest=100)),
}
SYSTEM = {
    "cluster.dns.servers": Text(
        "DNS servers", Look("Addresses, with commas between.", placeholder="192.0.2.53", topic="dns")
    ),
    "cluster.dns.domain": Text(
        "DNS domain", Look("A node is HOST.DOMAIN.", placeholder="dc1.example.net", topic="dns")
    ),
    "cluster.ntp": Text(
        "NTP servers", Look("With commas between. Empty: the distribution's.", placeholder="192.0.2.123", topic="ntp")
    ),
    "cluster.time_zone": Text("Time zone", Look("By its name.", placeholder="UTC", options="zones", topic="ntp")),
}
SUPPLY = {
    "cluster.proxy.http": Text("HTTP proxy", Look(placeholder="http://proxy.example.net:3128", topic="proxy")),
    "cluster.proxy.https": Text("HTTPS proxy", Look(placeholder="http://proxy.example.net:3128", topic="proxy")),
    "cluster.proxy.exceptions": Text(
        "No proxy for",
        Look("With commas between. The cluster's own are added.", placeholder=".example.net", topic="proxy"),
    ),
    "cluster.apt_mirror": Text(
        "Package mirror",
        Look("Empty: the distribution's own.", placeholder="http://mirror.example.net/apt", topic="mirror"),
    ),
    "cluster.manifest_mirror": Text(
        "Manifest mirror",
        Look("Empty: their makers' servers.", placeholder="https://mirror.example.net/manifests", topic="manifests"),
    ),
    REGISTRIES: Rows("Image registries", MIRROR, most=12, look=Look(topic="registries"), key="upstream"),
}
NETWORK = {
    "cluster.cni": Choice("Pod network", CNI, Look(topic="cni")),
    "cluster.calico_version": Text("Calico version", Look("As 3.32.1.", topic="calico", longest=100)),
    "cluster.calico_mtu": Text(
        "MTU of the pods", Look("Not more than the L3Out's.", "bytes", topic="cni", longest=100)
    ),
    "cluster.typha": Flag("Typha", Look("Spares the Kubernetes API from fifty nodes on.", topic="typha")),
    "cluster.ebpf": Flag("eBPF dataplane", Look("Calico forwards with eBPF and replaces kube-proxy.", topic="ebpf")),
    "cluster.load_balancer": Choice("Addresses of LoadBalancer services", LOAD_BALANCERS, Look(topic="load-balancer")),
    "cluster.add_ons": Several("Add-ons", ADD_ONS, Look(topic="add-ons")),
}
EXPERT = {
    "cluster.container_runtime": Choice("Container runtime", RUNTIMES, Look(topic="runtime")),
    "cluster.keepalived_router_id": Text(
        "VRRP router id", Look("1 to 255, no other group's on this VLAN.", topic="vip", longest=100)
    ),
    "cluster.expert.ignore_preflight": Text(
        "Preflight checks to ignore", Look("Names of kubeadm's checks, with commas between.", topic="expert")
    ),
    "cluster.expert.kubeadm": Area("kubeadm patch", Look("YAML, merged into ClusterConfiguration.", topic="expert")),
    "cluster.expert.kubelet": Area("kubelet patch", Look("YAML, merged into KubeletConfiguration.", topic="expert")),
    "cluster.expert.kube_proxy": Area(
        "kube-proxy patch", Look("YAML, merged into KubeProxyConfiguration.", topic="expert")
    ),
    "cluster.expert.containerd": Area(
        "containerd additions", Look("TOML, added to its configuration.", topic="expert", longest=LONGEST_TEXT)
    ),
}

ClusterForm = page_form("ClusterForm", {**KUBERNETES, **SYSTEM, **SUPPLY, **NETWORK, **EXPERT})
