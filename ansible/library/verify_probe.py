"""Ansible module: asks services, pods and leaves from this machine, all at once, and reads its BGP routes."""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: verify_probe
short_description: Asks services, pods and leaves whether they answer
description:
  - Asks all targets at once, each twice before it counts as silent. Changes nothing.
  - What was made a moment ago, services and pods, is asked for as long as I(patience) says.
options:
  targets:
    description: "Dictionaries with name, kind (tcp, http, pod, ping), address and, for all but ping, port."
    type: list
    elements: dict
    required: true
  mtu:
    description: Size in bytes, headers included, of the packets that must pass to leaves.
    type: int
    default: 1500
  pod_mtu:
    description: Size in bytes, headers included, of the packets that must pass to pods.
    type: int
    default: 1500
  timeout:
    description: Seconds to wait for one answer.
    type: int
    default: 2
  patience:
    description: Seconds that nodes may take to serve a new service and to learn the way to a new pod.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Ask a leaf
  verify_probe:
    targets: [{name: leaf 101 v4, kind: ping, address: 192.0.2.101}]
"""

RETURN = r"""
answers:
  description: Name of a target -> ok, mtu (small packets alone), refused or silent.
  type: dict
  returned: always
routes:
  description: Prefixes that the kernel has from BIRD or kube-router; null where they cannot be read.
  type: list
  returned: always
"""

YOUNG = ("http", "pod")
"""Kinds of targets that the test workload consists of."""
PAUSE = 0.2
AGENTS = ("bird", "17")
"""Whose routes are read, as the kernel notes their origin: Calico's BIRD, and kube-router, which writes 0x11 (its
pkg/routes/linux_routes.go, ZebraOriginator; iproute2 has no name for that). A node runs one of them."""


def ping(address, size, timeout):
    """Whether a packet of `size` bytes comes back; None where the machine has no ping."""
    if not shutil.which("ping"):
        return None
    headers = 48 if ":" in address else 28
    line = ["ping", "-n", "-q", "-c", "1", "-W", str(timeout), "-M", "do", "-s", str(max(size - headers, 8)), address]
    return subprocess.run(line, capture_output=True, check=False).returncode == 0


def tcp(target, timeout):
    """ok, refused or silent."""
    try:
        with socket.create_connection((target["address"], target["port"]), timeout=timeout):
            return "ok"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "silent"


def get(target, timeout):
    """Whether a web server answers /health; a connection alone proves no endpoint."""
    asking = http.client.HTTPConnection(target["address"], target["port"], timeout=timeout)
    try:
        asking.request("GET", "/health")
        return "ok" if asking.getresponse().status < 500 else "refused"
    except ConnectionRefusedError:
        return "refused"
    except (OSError, http.client.HTTPException):
        return "silent"
    finally:
        asking.close()


def both_sizes(address, mtu, timeout):
    """A ping, small and large: ok, mtu or silent; "" where nothing can be sent."""
    small = ping(address, 64, timeout)
    if small is None:
        return ""
    if not small:
        return "silent"
    return "ok" if ping(address, mtu, timeout) else "mtu"


def pod(target, mtu, timeout):
    """A pod answers on its port, and packets of full size pass."""
    found = get(target, timeout)
    return "mtu" if found == "ok" and both_sizes(target["address"], mtu, timeout) == "mtu" else found


def ask(target, params, began=None):
    """Ask twice: the first packet to a neighbour may be lost while its address is resolved.

    Services and pods are younger than that: kube-proxy refuses a service until it has seen its endpoints, and a route
    to a new block takes its way through the leaves. They are asked until they answer or the patience is used up: one
    patience for all, from `began` on, however many are asked one after another.
    """
    kinds = {
        "tcp": lambda: tcp(target, params["timeout"]),
        "http": lambda: get(target, params["timeout"]),
        "pod": lambda: pod(target, params["pod_mtu"], params["timeout"]),
        "ping": lambda: both_sizes(target["address"], params["mtu"], params["timeout"]),
    }
    until = (time.monotonic() if began is None else began) + (params["patience"] if target["kind"] in YOUNG else 0)
    found, late = kinds[target["kind"]](), False
    while found not in ("ok", "") and not late:
        late = time.monotonic() + PAUSE > until
        time.sleep(0.0 if late else PAUSE)
        found = kinds[target["kind"]]()
    return found


def routes():
    """Prefixes that the routing agent put into the kernel, without the node's own (blackholes)."""
    found = []
    for option, agent in itertools.product(("-4", "-6"), AGENTS):
        line = ["ip", "-j", option, "route", "show", "proto", agent]
        try:
            done = subprocess.run(line, capture_output=True, text=True, check=True)
            found += [one["dst"] for one in json.loads(done.stdout or "[]") if one.get("type", "unicast") == "unicast"]
        except (OSError, subprocess.CalledProcessError, ValueError):
            return None
    return sorted(set(found))


def main():
    """The module's entry point."""
    module = AnsibleModule(
        argument_spec={
            "targets": {"type": "list", "elements": "dict", "required": True},
            "mtu": {"type": "int", "default": 1500},
            "pod_mtu": {"type": "int", "default": 1500},
            "timeout": {"type": "int", "default": 2},
            "patience": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    targets, began = module.params["targets"], time.monotonic()
    with ThreadPoolExecutor(max(1, min(64, len(targets)))) as pool:
        answers = dict(pool.map(lambda target: (target["name"], ask(target, module.params, began)), targets))
    module.exit_json(changed=False, answers={name: one for name, one in answers.items() if one}, routes=routes())


if __name__ == "__main__":
    main()
