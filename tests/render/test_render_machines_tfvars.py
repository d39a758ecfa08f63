"""The variables of terraform/machines: the root's names and kinds, from a complete spec."""

from __future__ import annotations

import json
import re

import pytest

from webui.examples import example
from webui.render.machines_tfvars import MachineFacts, machines_tfvars
from webui.spec import complete, parse

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEtpcm1hc2lu test"


def document(**sections):
    base = example("lab")
    return {**base, **{name: {**base[name], **values} for name, values in sections.items()}}


def rendered(base, **facts):
    facts = MachineFacts(**{"authorized_keys": [KEY], **facts})
    return machines_tfvars(complete(parse(base).spec), "127.0.0.1:8989", facts)


def test_every_variable_that_terraform_declares_without_a_default_is_there(root):
    text = (root / "terraform/machines/variables.tf").read_text()
    declared = {m[1]: m[2] for m in re.finditer(r'variable "(\w+)" \{(.*?)\n\}', text, re.DOTALL)}
    found = set(rendered(example("lab")))
    assert found <= set(declared)
    assert {name for name, body in declared.items() if not re.search(r"^  default", body, re.MULTILINE)} <= found


def test_the_labs_example():
    found = rendered(example("lab"))
    assert found["vcenter"] == {"address": "127.0.0.1:8989", "insecure": False}
    assert found["machines"]["k8s-cp-1"] == {"role": "control_plane", "v4": "198.18.2.1", "rack": "r1"}
    assert list(found["machines"]) == ["k8s-cp-1", "k8s-cp-2", "k8s-cp-3", "k8s-w-1", "k8s-w-2"]
    assert found["gateway"] == {"v4": "198.18.2.253"}
    assert found["anti_affinity"] == {"control_plane": True}
    assert json.loads(json.dumps(found)) == found


def test_no_secret_is_rendered():
    base = document(vcenter={"password": "not-to-be-seen"}, machines={"password": "nor-this", "ssh_key": "nor-that"})
    text = json.dumps(rendered(base))
    assert not re.search("not-to-be-seen|nor-this|nor-that", text)


@pytest.mark.parametrize(
    ("path", "existing", "split"),
    [
        ("kubernetes/k8s-dc1", None, {"existing": "kubernetes", "made": ["k8s-dc1"]}),
        ("k8s-dc1", None, {"existing": "", "made": ["k8s-dc1"]}),
        ("a/b/c", "a", {"existing": "a", "made": ["b", "c"]}),
        ("a/b", "a/b", {"existing": "a/b", "made": []}),
        ("/a/b/", "", {"existing": "", "made": ["a", "b"]}),
    ],
)
def test_a_folder_is_split_into_what_is_there_and_what_is_made(path, existing, split):
    assert rendered(document(vcenter={"folder": path}), existing_folder=existing)["folder"] == split


def test_without_a_folder_the_cluster_has_one_of_its_name():
    base = document(vcenter={"folder": None})
    assert rendered(base)["folder"] == {"existing": "", "made": [base["name"]]}


def test_an_existing_folder_that_is_not_above_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="is not above"):
        rendered(document(vcenter={"folder": "a/b"}), existing_folder="c")


@pytest.mark.parametrize(
    ("wanted", "template", "disk", "linked"),
    [
        (None, 20, None, True),
        (20, 20, None, True),
        (60, 20, 60, False),
        (60, None, 60, False),
        (None, None, None, True),
    ],
)
def test_a_clone_is_linked_unless_it_wants_a_disk_of_its_own_size(wanted, template, disk, linked):
    base = document(vcenter={"workers": {"cpus": 2, "memory_gib": 4, "disk_gib": wanted}})
    facts = MachineFacts(template_gib=template)
    found = machines_tfvars(parse(base).spec, "127.0.0.1:8989", facts)["sizes"]["workers"]
    assert found == {"cpus": 2, "memory_mib": 4096, "disk_gib": disk, "linked_clone": linked}
