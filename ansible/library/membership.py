"""Ansible module: what of a cluster is on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: membership
short_description: Tells whether a machine belongs to a cluster, or only has something of one
description:
  - Two notes of ours say that its installation was begun, and that the machine was taken in to the end.
  - With the first alone, what kubeadm has left is of an installation that was cut off; with none, somebody else's.
options:
  notes:
    description: The directory that holds the notes, begun and member.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Look what of a cluster is here
  membership:
    notes: /var/lib/anchorage/kubernetes
"""

RETURN = r"""
joined:
  description: Whether the machine was taken into a cluster to the end.
  type: bool
  returned: success
begun:
  description: Whether we began to install Kubernetes here.
  type: bool
  returned: success
traces:
  description: What kubeadm has made here.
  type: list
  elements: str
  returned: success
authority:
  description: SHA-256 of the certificate authority of that cluster; empty without.
  type: str
  returned: success
"""

AUTHORITY = "/etc/kubernetes/pki/ca.crt"
PLACES = (AUTHORITY, "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/admin.conf", "/var/lib/kubelet/config.yaml")
FOLDERS = ("/etc/kubernetes/manifests", "/var/lib/etcd")


def look(notes):
    """What is there."""
    traces = [place for place in PLACES if Path(place).exists()]
    traces += [str(one) for folder in FOLDERS if Path(folder).is_dir() for one in sorted(Path(folder).iterdir())]
    authority = Path(AUTHORITY)
    return {
        "joined": (notes / "member").exists() and authority.exists(),
        "begun": (notes / "begun").exists(),
        "traces": traces,
        "authority": hashlib.sha256(authority.read_bytes()).hexdigest() if authority.exists() else "",
    }


def main():
    """Entry point."""
    module = AnsibleModule(argument_spec={"notes": {"type": "path", "required": True}}, supports_check_mode=True)
    module.exit_json(changed=False, **look(Path(module.params["notes"])))


if __name__ == "__main__":
    main()
