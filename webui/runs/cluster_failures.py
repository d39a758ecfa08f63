"""What Kubernetes' tools say when they fail, recognised: kubeadm, containerd, etcd, the kubelet. PURE."""

from __future__ import annotations

from webui.runs.known import Known

RESUME = "Then resume."

CLUSTER = (
    Known(
        r"failCgroupV1|cgroup v1 (support|is)|cgroups? v1.*(unsupported|deprecated|maintenance)",
        "The kubelet of {host} refuses cgroup v1.",
        "Use a template whose kernel runs cgroup v2; or give the expert setting kubelet: failCgroupV1: false.",
        "cluster.expert.kubelet",
        "cluster",
    ),
    Known(
        r"x509: certificate signed by unknown authority.*(v2/|registry|pull)|(v2/|registry|pull).*x509|"
        r"(pull|v2/).*(server gave HTTP response to HTTPS client)",
        "{host} does not trust the registry.",
        "Give the CA that signed the registry mirror's certificate on the Cluster page, or correct http/https there.",
        "cluster.registries",
        "cluster",
    ),
    Known(
        r"(pull|v2/|registry).*(401 Unauthorized|403 Forbidden|authorization failed|insufficient_scope)",
        "The registry refuses {host}.",
        "Give the user and password of the registry mirror on the Cluster page.",
        "cluster.registries",
        "cluster",
    ),
    Known(
        r"manifest unknown|failed to pull (and unpack )?image|ImagePullBackOff|ErrImagePull|"
        r"pull image.*(not found|404)|could not pull|image .*not found",
        "{host} cannot get an image.",
        "Put the image that is named into the registry mirror, under its upstream's name and tag; or correct the "
        "mirror's address on the Cluster page. " + RESUME,
        "cluster.registries",
        "cluster",
        retry=True,
    ),
    Known(
        r"bootstrap token.*(expired|not found|invalid)|could not find a JWS signature|token id .* is invalid",
        "The token with which {host} was to join has expired.",
        "Resume: a new one is made.",
        "",
        "",
        retry=True,
    ),
    Known(
        r"etcd cluster is not healthy|etcdserver: (unhealthy|no leader|re-configuration|too many learner)|"
        r"etcd.*context deadline exceeded|can only promote a learner",
        "etcd is not healthy.",
        "Look at the control-plane machines that are named: is each up, is its disk fast, and is its clock right? A "
        "machine that is gone for good is removed from the spec first. " + RESUME,
        "machines.control_plane",
        "machines",
        retry=True,
    ),
    Known(
        r"(dial tcp|connect|https://)\S* ?\S*:\d+.*(connection refused|no route to host|i/o timeout|EOF)|"
        r"API server.*(not|never) (ready|healthy|answer)|kube-apiserver (is not|check) (healthy|failed)|"
        r"timed out waiting for the condition|The API does not answer",
        "The Kubernetes API does not answer.",
        "The API address is held by one control-plane machine by VRRP: it must be free in the node subnet, its VRRP "
        "router id must be nobody else's on the VLAN, and the API port open. The kubelet's log on the machine says "
        "more. " + RESUME,
        "cluster.vip.v4",
        "cluster",
        retry=True,
    ),
    Known(
        r"cni plugin not initialized|NetworkPluginNotReady|network plugin is not ready|no networks found in /etc/cni",
        "A node is not Ready: its pod network does not run.",
        "Look at the pods of the pod network in namespace kube-system: is its image there, is its BGP configured? "
        + RESUME,
        "cluster.cni",
        "cluster",
        retry=True,
    ),
    Known(
        r"\[ERROR (?!FileAvailable|Port-|DirAvailable)[A-Za-z-]+\]",
        "{host} does not meet what kubeadm asks for.",
        "Mend what it names; a check that does not matter here can be ignored among the expert settings. " + RESUME,
        "cluster.expert.ignore_preflight",
        "cluster",
        retry=True,
    ),
    Known(
        r"\[ERROR (FileAvailable|Port-|DirAvailable)",
        "{host} holds another Kubernetes, or what is left of one.",
        "If it may go, reset Kubernetes on that machine (kubeadm reset), then resume.",
        "machines",
        "machines",
        retry=True,
    ),
    Known(
        r"cannot unmarshal|strict decoding error|unknown field|invalid configuration|toml: |error parsing.*config",
        "A setting that is passed on is not understood on {host}.",
        "Correct the expert setting that it names on the Cluster page, then make a new plan.",
        "cluster.expert.kubeadm",
        "cluster",
    ),
    Known(
        r"cannot evict pod|disruption budget",
        "A machine cannot be drained: a disruption budget forbids it.",
        "Give the workload that is named room on other machines, or loosen its PodDisruptionBudget. " + RESUME,
        "machines.workers",
        "machines",
        retry=True,
    ),
)
"""The first that fits counts; the narrow ones first."""
