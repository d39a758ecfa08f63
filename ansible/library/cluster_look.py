"""Ansible module: reads a cluster's objects and its nodes' BGP sessions by kubectl; makes a test workload on demand."""

from __future__ import annotations

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: cluster_look
short_description: Reads what a Kubernetes cluster is
description:
  - Waits a bounded time for nodes and, where documents are given, for the test workload made of them, with addresses
    of its LoadBalancer service if it has one.
options:
  documents:
    description: Objects of the test workload; none is made without.
    type: list
    elements: dict
    default: []
  agent:
    description: Label k8s-app of the routing agent's pods; empty without one.
    type: str
    default: ""
  families:
    description: Address families, v4 and v6.
    type: list
    elements: str
    default: [v4]
  patience:
    description: Seconds to wait for an older workload to be gone, and again for the new one to run.
    type: int
    default: 40
  kubeconfig:
    description: File on the machine.
    type: str
    default: /etc/kubernetes/admin.conf
"""

EXAMPLES = r"""
- name: Look
  cluster_look:
    agent: calico-node
"""

RETURN = r"""
objects:
  description: Lists of objects by resource; null where the cluster does not know the resource.
  type: dict
  returned: always
sessions:
  description: Node -> family -> what its BIRD says of its protocols.
  type: dict
  returned: always
workload:
  description: "pods (node -> addresses), service, balancer, kubernetes, problem."
  type: dict
  returned: always
"""

SPACE = "anchorage-verify"
RESOURCES = {
    "nodes": ["nodes"],
    "services": ["services", "--all-namespaces"],
    "slices": ["endpointslices.discovery.k8s.io", "--all-namespaces"],
    "blocks": ["ipamblocks.crd.projectcalico.org"],
    "peers": ["bgppeers.crd.projectcalico.org"],
}
NOISE = ("annotations", "managedFields", "ownerReferences", "finalizers", "generateName", "selfLink", "uid")


class Kubectl:
    """kubectl on this machine."""

    def __init__(self, kubeconfig):
        self.start = ["kubectl", f"--kubeconfig={kubeconfig}", "--request-timeout=15s"]

    def run(self, *words, text=None):
        """Exit code, standard output, standard error."""
        try:
            done = subprocess.run(
                [*self.start, *words], input=text, capture_output=True, text=True, timeout=40, check=False
            )
        except subprocess.TimeoutExpired:
            return 1, "", "kubectl did not end in time"
        return done.returncode, done.stdout, done.stderr

    def items(self, *words):
        """Objects, without what nobody reads; None where they cannot be had."""
        code, out, _ = self.run("get", *words, "--output=json")
        return [lean(one) for one in json.loads(out)["items"]] if code == 0 else None


def lean(found):
    """The object without noise: it is sent over and looked at as a whole."""
    for name in NOISE:
        found.get("metadata", {}).pop(name, None)
    found.get("status", {}).pop("images", None)
    return found


def ready(node):
    """Whether a node is ready."""
    return any(
        one["type"] == "Ready" and one["status"] == "True" for one in node.get("status", {}).get("conditions", [])
    )


def leaving(kubectl):
    """Whether the namespace of an older workload is being removed."""
    code, out, _ = kubectl.run("get", "namespace", SPACE, "--ignore-not-found", "--output=json")
    return code == 0 and bool(out.strip()) and bool(json.loads(out)["metadata"].get("deletionTimestamp"))


def make(kubectl, documents, until):
    """Apply the workload; an old one that is still going is waited for. What went wrong, or "".

    What lies in a namespace that is being removed can still be changed: so nothing is applied before it is gone.
    """
    while time.monotonic() < until and leaving(kubectl):
        time.sleep(0.5)
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
    while True:
        line = ["apply", "--server-side", "--force-conflicts", "--field-manager=anchorage", "--filename=-"]
        code, _, said = kubectl.run(*line, text=text)
        if code == 0:
            return ""
        if "being terminated" not in said or time.monotonic() > until:
            return f"The test workload could not be made: {said.strip()[:300]}"
        time.sleep(0.5)


def state(kubectl, families):
    """The workload as it is now."""
    pods = kubectl.items("pods", f"--namespace={SPACE}") or []
    services = {one["metadata"]["name"]: one for one in kubectl.items("services", f"--namespace={SPACE}") or []}
    running = {}
    for pod in pods:
        good = any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))
        if good and not pod["metadata"].get("deletionTimestamp"):
            running[pod["spec"]["nodeName"]] = [one["ip"] for one in pod["status"].get("podIPs", [])]
    balancer = services.get("verify-balancer", {}).get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return {
        "pods": running,
        "service": services.get("verify", {}).get("spec", {}).get("clusterIPs", []),
        "balancer": [one["ip"] for one in balancer if one.get("ip")],
        "problem": "",
    }


def addresses(documents, families):
    """How many addresses the LoadBalancer is to have: none where the workload has no such service."""
    return len(families) if any(one.get("spec", {}).get("type") == "LoadBalancer" for one in documents) else 0


def wait(kubectl, params, until):
    """Until every ready node runs a test pod and the LoadBalancer has its addresses; else as far as it came."""
    made, wanted = bool(params["documents"]), addresses(params["documents"], params["families"])
    while True:
        nodes = kubectl.items(*RESOURCES["nodes"]) or []
        good = [node["metadata"]["name"] for node in nodes if ready(node)]
        found = (
            state(kubectl, params["families"]) if made else {"pods": {}, "service": [], "balancer": [], "problem": ""}
        )
        whole = len(found["balancer"]) >= wanted and set(good) <= set(found["pods"])
        if nodes and len(good) == len(nodes) and (whole or not made):
            return found
        if time.monotonic() > until:
            lost = sorted(set(good) - set(found["pods"])) if made else []
            found["problem"] = f"The test pods did not run in time on {', '.join(lost)}." if lost else ""
            return found
        time.sleep(0.5)


def birds(kubectl, agents, nodes, families):
    """What BIRD says on each node that is ready: the others would not answer."""
    good = {node["metadata"]["name"] for node in nodes if ready(node)}
    running = [pod for pod in agents if pod["status"].get("phase") == "Running" and pod["spec"].get("nodeName") in good]
    asked = [(pod, family) for pod in running for family in families]

    def ask(one):
        pod, family = one
        socket = "bird.ctl" if family == "v4" else "bird6.ctl"
        line = ["birdcl", "-s", f"/var/run/calico/{socket}", "show", "protocols", "all"]
        where = ["exec", "--namespace=kube-system", pod["metadata"]["name"], "--container=calico-node", "--"]
        code, out, _ = kubectl.run(*where, *line)
        return pod["spec"]["nodeName"], family, out if code == 0 else ""

    found = {}
    with ThreadPoolExecutor(8) as pool:
        for node, family, text in pool.map(ask, asked):
            if text:
                found.setdefault(node, {})[family] = text
    return found


def look(kubectl, params):
    """Everything."""
    patience = params["patience"]
    problem = make(kubectl, params["documents"], time.monotonic() + patience) if params["documents"] else ""
    # The older workload's going took its own time: the new one's begins now.
    workload = wait(kubectl, params, time.monotonic() + patience)
    workload |= {"problem": problem or workload["problem"], "made": bool(params["documents"])}
    objects = {name: kubectl.items(*words) for name, words in RESOURCES.items()}
    agents = ["pods", "--namespace=kube-system", f"--selector=k8s-app={params['agent']}"]
    objects["agents"] = kubectl.items(*agents) if params["agent"] else None
    kubernetes = [
        one["spec"]["clusterIP"]
        for one in objects["services"] or []
        if (one["metadata"]["namespace"], one["metadata"]["name"]) == ("default", "kubernetes")
    ]
    workload["kubernetes"] = next(iter(kubernetes), "")
    calico = objects["agents"] if params["agent"] == "calico-node" else None
    sessions = birds(kubectl, calico or [], objects["nodes"] or [], params["families"])
    return {"objects": objects, "workload": workload, "sessions": sessions}


def main():
    """The module's entry point."""
    module = AnsibleModule(
        argument_spec={
            "documents": {"type": "list", "elements": "dict", "default": []},
            "agent": {"type": "str", "default": ""},
            "families": {"type": "list", "elements": "str", "default": ["v4"]},
            "patience": {"type": "int", "default": 40},
            "kubeconfig": {"type": "str", "default": "/etc/kubernetes/admin.conf"},
        }
    )
    kubectl = Kubectl(module.params["kubeconfig"])
    module.exit_json(changed=bool(module.params["documents"]), **look(kubectl, module.params))


if __name__ == "__main__":
    main()
