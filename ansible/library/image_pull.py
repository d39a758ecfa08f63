"""Ansible module: images are in the machine's containerd; one that cannot be had is told in seconds."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: image_pull
short_description: Fetches images into containerd
description:
  - Through the mirrors that it is configured with. Images that are there are not asked for again.
options:
  images:
    description: The images by their full names.
    type: list
    elements: str
    required: true
  patience:
    description: Seconds that one image may take.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: The images are here
  image_pull:
    images: [registry.k8s.io/pause:3.10.2]
"""

RETURN = r"""
fetched:
  description: Images that were not here.
  type: list
  elements: str
  returned: success
"""

CTR = ("ctr", "--namespace", "k8s.io", "images")
PULL = (*CTR, "pull", "--hosts-dir", "/etc/containerd/certs.d")
AT_ONCE = 2


def there():
    """Names of the images that it has."""
    done = subprocess.run([*CTR, "ls", "--quiet"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def pull(image, patience):
    """Fetch one image; what went wrong, or nothing."""
    try:
        done = subprocess.run([*PULL, image], capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        return f"{image} did not come within {patience} s"
    if done.returncode == 0:
        return ""
    words = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
    return f"{image} cannot be fetched: {words}"


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "images": {"type": "list", "elements": "str", "required": True},
            "patience": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    patience = module.params["patience"]
    try:
        present = there()
    except (OSError, subprocess.CalledProcessError) as wrong:
        module.fail_json(msg=f"Containerd does not answer: {getattr(wrong, 'stderr', '') or wrong}")
    missing = [image for image in module.params["images"] if image not in present]
    if module.check_mode:
        module.exit_json(changed=bool(missing), fetched=missing)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [words for words in pool.map(lambda image: pull(image, patience), missing) if words]
    if wrong:
        module.fail_json(msg=f"{'; '.join(wrong)}. Do the registry mirrors on the Cluster page hold it?")
    module.exit_json(changed=bool(missing), fetched=missing)


if __name__ == "__main__":
    main()
