"""Section `cluster`: Kubernetes itself (modes full and bare-metal)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from webui.spec import values as read
from webui.spec.model.types import (
    Addresses,
    Block,
    Certificate,
    Cni,
    ContainerRuntime,
    DomainName,
    Endpoint,
    Flag,
    HostName,
    LoadBalancer,
    Part,
    Port,
    Secret,
    Text,
    Toml,
    Url,
    Whole,
    YamlMapping,
    field,
    part,
    rows,
)

Version = Annotated[
    str, BeforeValidator(read.matching(r"v?1\.[0-9]{1,2}(\.[0-9]{1,2})?", "Kubernetes version", "1.36.3"))
]
CalicoVersion = Annotated[
    str, BeforeValidator(read.matching(r"v?3\.[0-9]{1,2}\.[0-9]{1,3}", "Calico version", "3.32.1"))
]
Zone = Annotated[
    str, BeforeValidator(read.matching(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}", "time zone", "Europe/Rome"))
]
Registry = Annotated[
    str, BeforeValidator(read.matching(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", "registry", "registry.k8s.io"))
]


class Dns(Part):
    """Name resolution of the machines."""

    servers: tuple[Endpoint, ...] = rows(
        "DNS servers", "Addresses of the name servers that the machines ask.", ["192.0.2.53"]
    )
    domain: DomainName | None = field("DNS domain", "The machines' domain: a node is HOST.DOMAIN.", "dc1.example.net")


class Proxy(Part):
    """Proxies towards the Internet."""

    http: Url | None = field(
        "HTTP proxy",
        "Proxy for http, if machines reach the Internet only through one.",
        "http://proxy.example.net:3128",
    )
    https: Url | None = field("HTTPS proxy", "Proxy for https.", "http://proxy.example.net:3128")
    exceptions: tuple[Text, ...] = rows(
        "No proxy for",
        "Further names and subnets that are reached directly. The cluster's own are added by themselves.",
        [".example.net", "192.0.2.0/24"],
    )


class RegistryMirror(Part):
    """A mirror of one image registry."""

    upstream: Registry | None = field(
        "Registry", "The registry that is mirrored, as it stands in image names.", "registry.k8s.io"
    )
    mirror: Url | None = field("Mirror", "Where its images are fetched instead.", "https://mirror.example.net/k8s")
    ca: Certificate | None = field("CA certificate", "PEM text of the authority that signed the mirror's certificate.")
    user: Text | None = field("User", "Only if the mirror asks for one.", "puller")
    password: Secret | None = field("Password", "Password of that user.", secret=True)


class Expert(Part):
    """Settings that are passed on as they are."""

    kubeadm: YamlMapping | None = field(
        "kubeadm patch", "YAML merged into kubeadm's ClusterConfiguration.", "apiServer:\n  extraArgs: []", expert=True
    )
    kubelet: YamlMapping | None = field(
        "kubelet patch", "YAML merged into the KubeletConfiguration.", "maxPods: 200", expert=True
    )
    kube_proxy: YamlMapping | None = field(
        "kube-proxy patch", "YAML merged into the KubeProxyConfiguration.", "mode: nftables", expert=True
    )
    containerd: Toml | None = field(
        "containerd additions",
        "TOML added to containerd's configuration.",
        '[plugins."io.containerd.grpc.v1.cri"]\n  max_concurrent_downloads = 3',
        expert=True,
    )
    ignore_preflight: tuple[Text, ...] = rows(
        "Preflight checks to ignore", "Names of kubeadm's checks whose errors become warnings.", ["NumCPU"], expert=True
    )


class Cluster(Part):
    """Kubernetes and the system under it."""

    kubernetes_version: Version | None = field(
        "Kubernetes version", "The version to install. Put it in quotes in YAML.", "1.36.3"
    )
    vip: Addresses = part(
        Addresses,
        "API address",
        "The virtual address of the Kubernetes API, held by one of the control-plane machines.",
    )
    port: Port | None = field(
        "API port", "Port of the API on that address. The machines' own API servers listen on 6443.", 8443
    )
    keepalived_router_id: Annotated[int, Whole(1, 255)] | None = field(
        "VRRP router id",
        "Number of the VRRP group that holds the API address. It must differ from other VRRP groups on the same VLAN.",
        51,
        expert=True,
    )
    dns: Dns = part(Dns, "DNS", "Name resolution of the machines.")
    ntp: tuple[Endpoint, ...] = rows(
        "NTP servers", "Time servers of the machines. Certificates need right clocks.", ["192.0.2.123"]
    )
    time_zone: Zone | None = field("Time zone", "Time zone of the machines, by its name.", "Europe/Rome")
    proxy: Proxy = part(Proxy, "Proxy", "Proxies towards the Internet.")
    apt_mirror: Url | None = field(
        "Package mirror",
        "Mirror of the Linux packages, for machines without Internet.",
        "http://mirror.example.net/apt",
    )
    apt_mirror_key: Block | None = field(
        "Key of the package mirror",
        "Public key that signs the mirror, if it is not the distribution's own: PGP, ASCII-armoured.",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n…\n-----END PGP PUBLIC KEY BLOCK-----",
    )
    registries: tuple[RegistryMirror, ...] = rows(
        "Registry mirrors", "Mirrors of image registries, for machines without Internet."
    )
    cni: Cni | None = field(
        "Pod network", "calico and kube-router peer with the leaves by BGP. aci is the APIC's own plug-in.", "calico"
    )
    calico_version: CalicoVersion | None = field(
        "Calico version", "The release whose manifest and images are installed. Put it in quotes in YAML.", "3.32.1"
    )
    typha: Flag | None = field(
        "Typha",
        "Stands between Calico's nodes and the Kubernetes API, so that many nodes do not each watch it. From fifty "
        "nodes on.",
        False,
        expert=True,
    )
    ebpf: Flag | None = field(
        "eBPF dataplane", "Calico forwards with eBPF and replaces kube-proxy.", False, expert=True
    )
    calico_mtu: Annotated[int, Whole(576, 9216)] | None = field(
        "Pod MTU", "MTU of the pods. There is no encapsulation, so it may be the L3Out's.", 9000, expert=True
    )
    load_balancer: LoadBalancer | None = field(
        "Load balancer addresses",
        "Who gives services of type LoadBalancer an address of the external service subnet. built-in: the pod network "
        "itself (Calico from 3.30 on, kube-router). metallb: MetalLB's controller, without its speakers; the nodes "
        "announce by BGP all the same. none: nobody, or something of your own.",
        "built-in",
    )
    add_ons: tuple[HostName, ...] = rows("Add-ons", "What is installed on top.", ["metrics-server"])
    manifest_mirror: Url | None = field(
        "Manifest mirror",
        "Where the manifests of Calico and MetalLB are fetched instead of from their makers, at the same paths. "
        "What is fetched is checked against its pinned sum either way.",
        "https://mirror.example.net/manifests",
        expert=True,
    )
    container_runtime: ContainerRuntime | None = field(
        "Container runtime",
        "What runs the containers. cri-o comes from the package mirror or from sources that the machines have.",
        "containerd",
        expert=True,
    )
    expert: Expert = part(Expert, "Expert settings", "Passed on as they are.")
