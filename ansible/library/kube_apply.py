"""Ansible module: brings objects into the Kubernetes API as they are wanted, or takes them out of it."""

from __future__ import annotations

import json
import os
import time

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: kube_apply
short_description: Applies objects to the Kubernetes API, or deletes them
description:
  - Applies on the server's side, as the field manager anchorage; fields that others set stay as they are.
  - Namespaces and definitions go first, and the API knows new kinds before the next objects are applied.
  - Changed is what the API holds now other than before; what only controllers write (status) does not count.
options:
  documents:
    description: The objects, each with apiVersion, kind and metadata.
    type: list
    elements: dict
    required: true
  state:
    description: Whether the objects are to be there.
    type: str
    choices: [present, absent]
    default: present
  kubeconfig:
    description: How the API is reached; by default what KUBECONFIG names, else /etc/kubernetes/admin.conf.
    type: path
  wait:
    description: Wait until new kinds can be used, or until what is deleted is gone.
    type: bool
    default: true
  patience:
    description: Seconds that an API that does not answer may take to come back.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: A namespace is there
  kube_apply:
    documents:
      - {apiVersion: v1, kind: Namespace, metadata: {name: example}}
"""

RETURN = r"""
objects:
  description: What changed, as KIND NAME or KIND NAMESPACE/NAME.
  type: list
  elements: str
  returned: success
"""

FIRST = ("Namespace", "CustomResourceDefinition")
PASSING = (
    "connection refused",
    "was refused",
    "unable to handle the request",
    "etcdserver:",
    "EOF",
    "i/o timeout",
    "TLS handshake timeout",
    "connection reset",
    "no route to host",
    "failed calling webhook",
    "ensure CRDs are installed first",
)
"""What kubectl says when another try may help: a server that starts, a leader that moves, a kind that is new."""


class Refused(Exception):
    """Kubectl failed with these words."""


class Kubectl:
    """Runs kubectl, again while what fails may pass."""

    def __init__(self, module):
        self._module = module
        given = module.params["kubeconfig"] or os.environ.get("KUBECONFIG", "/etc/kubernetes/admin.conf")
        self._base = ["kubectl", "--kubeconfig", given]
        self._until = time.monotonic() + module.params["patience"]

    def __call__(self, *line, objects=(), again=True):
        """What it prints. Raises Refused."""
        data = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}) if objects else None
        while True:
            code, out, words = self._module.run_command([*self._base, *line], data=data)
            if code == 0:
                return out
            if not (again and any(sign in words for sign in PASSING) and time.monotonic() < self._until):
                raise Refused(" ".join((words or out).split())[-1500:])
            time.sleep(2)

    def items(self, *line, objects=(), again=True):
        """The objects that it prints, by their names."""
        return {title(one): plain(one) for one in self.listed(*line, objects=objects, again=again)}

    def listed(self, *line, objects=(), again=True):
        """The objects that it prints, whole."""
        out = self(*line, "--output", "json", objects=objects, again=again)
        found = json.loads(out) if out.strip() else {"kind": "List"}
        return found.get("items", []) if found["kind"] == "List" else [found]


def title(one):
    """KIND NAME or KIND NAMESPACE/NAME."""
    namespace = one["metadata"].get("namespace")
    return f"{one['kind']} {namespace + '/' if namespace else ''}{one['metadata']['name']}"


def plain(one):
    """An object without what the server and controllers note in it."""
    kept = {name: value for name, value in one.items() if name != "status"}
    noted = ("resourceVersion", "managedFields", "generation", "uid", "creationTimestamp", "selfLink")
    about = {name: value for name, value in one["metadata"].items() if name not in noted}
    return {**kept, "metadata": about}


def before(kubectl, objects):
    """What the API holds of these; nothing where it does not even know their kinds."""
    try:
        return kubectl.items("get", "--ignore-not-found", "--filename", "-", objects=objects, again=False)
    except Refused as refused:
        if "no matches for kind" in str(refused) or "could not find the requested resource" in str(refused):
            return {}
        return kubectl.items("get", "--ignore-not-found", "--filename", "-", objects=objects)


def apply(kubectl, objects, check):
    """Apply; returns the titles of what is different now."""
    known = before(kubectl, objects)
    line = ["apply", "--server-side", "--force-conflicts", "--field-manager", "anchorage", "--filename", "-"]
    now = kubectl.items(*line, *(["--dry-run=server"] if check else []), objects=objects)
    return sorted(name for name, one in now.items() if known.get(name) != one)


def present(kubectl, documents, wait, check):
    """Bring the objects in, definitions first."""
    first = [one for one in documents if one["kind"] in FIRST]
    rest = [one for one in documents if one["kind"] not in FIRST]
    changed = apply(kubectl, first, check) if first else []
    kinds = [f"crd/{one['metadata']['name']}" for one in first if one["kind"] == "CustomResourceDefinition"]
    if kinds and wait and not check:
        until_known(kubectl, kinds)
    return changed + (apply(kubectl, rest, check) if rest else [])


def established(definition):
    """Whether the API serves the kind."""
    conditions = definition.get("status", {}).get("conditions", [])
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def until_known(kubectl, kinds):
    """Wait until the API serves new kinds. All are asked for at once: kubectl wait takes them one after the other."""
    until = time.monotonic() + 60
    while lacking := [one["metadata"]["name"] for one in kubectl.listed("get", *kinds) if not established(one)]:
        if time.monotonic() > until:
            raise Refused(f"it does not serve {', '.join(sorted(lacking))} after 60 s.")
        time.sleep(0.2)


def absent(kubectl, documents, wait, check):
    """Take the objects out, in the other order."""
    there = before(kubectl, documents)
    gone = [one for one in reversed(documents) if title(one) in there]
    if gone and not check:
        kubectl("delete", "--ignore-not-found", f"--wait={str(wait).lower()}", "--filename", "-", objects=gone)
    return sorted(title(one) for one in gone)


def main():
    """The module's entry point."""
    module = AnsibleModule(
        argument_spec={
            "documents": {"type": "list", "elements": "dict", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "kubeconfig": {"type": "path"},
            "wait": {"type": "bool", "default": True},
            "patience": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    wanted = [one for one in module.params["documents"] if one]
    act = present if module.params["state"] == "present" else absent
    try:
        changed = act(Kubectl(module), wanted, module.params["wait"], module.check_mode) if wanted else []
    except Refused as refused:
        module.fail_json(msg=f"The Kubernetes API did not take it: {refused}")
    module.exit_json(changed=bool(changed), objects=changed)


if __name__ == "__main__":
    main()
