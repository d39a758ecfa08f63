"""Ansible module: asks other machines and servers whether they answer, all at once. Changes nothing."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: probe
short_description: Asks machines and servers whether they answer
description:
  - Asks all targets at once, each twice before it counts as silent.
options:
  targets:
    description: "Dictionaries with name, kind (machine, gateway, http, dns, ntp), address, port and, for dns, query."
    type: list
    elements: dict
    required: true
  mtu:
    description: Size in bytes, headers included, of the packets that must pass between machines.
    type: int
    default: 1500
  timeout:
    description: Seconds to wait for one answer.
    type: int
    default: 2
"""

EXAMPLES = r"""
- name: Ask a name server
  probe:
    targets: [{name: dns, kind: dns, address: 192.0.2.53, port: 53, query: node1.example.net}]
"""

RETURN = r"""
answers:
  description: Name of a target -> what was found out (ok, or what fails).
  type: dict
  returned: always
"""


def ping(address, size, timeout):
    """Whether a packet of `size` bytes comes back; None where the machine has no ping or may not use it."""
    if not shutil.which("ping"):
        return None
    headers = 48 if ":" in address else 28
    line = ["ping", "-n", "-q", "-c", "1", "-W", str(timeout), "-M", "do", "-s", str(max(size - headers, 8)), address]
    done = subprocess.run(line, capture_output=True, check=False)
    return done.returncode == 0


def tcp(address, port, timeout):
    """open, refused or silent."""
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return "open"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "silent"


def udp(address, port, request, timeout):
    """The answer to a datagram; empty when none comes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.settimeout(timeout)
            asking.connect((address, port))
            asking.send(request)
            return asking.recv(1024)
    except OSError:
        return b""


def question(name):
    """A DNS query for the IPv4 address of a name."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.strip(".").split("."))
    return struct.pack(">6H", 0x0A0C, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)


def machine(target, mtu, timeout):
    """How another machine answers: ok, mtu (large packets do not pass), ssh (only ping does), silent."""
    reached = tcp(target["address"], target["port"], timeout)
    small = ping(target["address"], 64, timeout)
    if reached == "silent":
        return "ssh" if small else "silent"
    if small and not ping(target["address"], mtu, timeout):
        return "mtu"
    return "ok" if reached == "open" else "ssh"


def gateway(target, mtu, timeout):
    """A gateway answers pings, where the machine can send them."""
    return "ok" if ping(target["address"], 64, timeout) in (True, None) else "silent"


def http(target, mtu, timeout):
    """A web server takes connections."""
    reached = tcp(target["address"], target["port"], timeout)
    return "ok" if reached == "open" else reached


def dns(target, mtu, timeout):
    """A name server answers, whatever it says."""
    return "ok" if udp(target["address"], target["port"], question(target["query"]), timeout) else "silent"


def ntp(target, mtu, timeout):
    """A time server answers a client's request (RFC 5905: version 4, mode 3)."""
    return "ok" if len(udp(target["address"], target["port"], b"\x23" + 47 * b"\0", timeout)) >= 48 else "silent"


KINDS = {"machine": machine, "gateway": gateway, "http": http, "dns": dns, "ntp": ntp}


def ask(target, mtu, timeout):
    """Ask twice: the first packet to a neighbour may be lost while its address is resolved."""
    found = KINDS[target["kind"]](target, mtu, timeout)
    return found if found == "ok" else KINDS[target["kind"]](target, mtu, timeout)


def main():
    """The module's entry point."""
    module = AnsibleModule(
        argument_spec={
            "targets": {"type": "list", "elements": "dict", "required": True},
            "mtu": {"type": "int", "default": 1500},
            "timeout": {"type": "int", "default": 2},
        },
        supports_check_mode=True,
    )
    targets, mtu, timeout = (module.params[name] for name in ("targets", "mtu", "timeout"))
    with ThreadPoolExecutor(max(1, min(64, len(targets)))) as pool:
        answers = dict(pool.map(lambda target: (target["name"], ask(target, mtu, timeout)), targets))
    module.exit_json(changed=False, answers=answers)


if __name__ == "__main__":
    main()
