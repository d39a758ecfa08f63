"""Terraform itself takes the variables of every example: its own validations run on them, without any provider."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from webui.render import tfvars, tfvars_secrets
from webui.spec import complete, load_yaml, parse, secrets

ENVIRON = {"BGP_PASSWORD": "s3cret", "VCENTER_PASSWORD": "x", "MIRROR_PASSWORD": "x", "MACHINES_PASSWORD": "x"}


@pytest.fixture(scope="module")
def variables_alone(root, tmp_path_factory) -> Path:
    """A Terraform root of nothing but terraform/fabric's variables."""
    if shutil.which("terraform") is None:
        pytest.skip("SKIPPED LOUDLY: no terraform on PATH: its validations were not run on the examples")
    place = tmp_path_factory.mktemp("variables")
    shutil.copy(root / "terraform/fabric/variables.tf", place)
    return place


def plan(place: Path, variables: dict, hidden: dict[str, str]) -> subprocess.CompletedProcess:
    (place / "terraform.tfvars.json").write_text(json.dumps(variables))
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "CHECKPOINT_DISABLE": "1"}
    environ |= {f"TF_VAR_{name}": value for name, value in hidden.items()}
    command = [shutil.which("terraform") or "terraform", "plan", "-input=false", "-no-color", "-lock=false"]
    return subprocess.run(command, cwd=place, env=environ, capture_output=True, text=True, timeout=60, check=False)


def spec_of(path: Path):
    return complete(parse(secrets.resolve(load_yaml(path.read_text())[0], ENVIRON, lambda name: "KEY")).spec)


@pytest.mark.parametrize("name", ["lab", "lab-dual-stack", "full", "bare-metal", "no-cluster"])
def test_terraform_takes_an_example(root, variables_alone, name):
    spec = spec_of(root / "examples" / f"{name}.yaml")
    done = plan(variables_alone, tfvars(spec, "https://apic.example.net"), tfvars_secrets(spec))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "undeclared" not in done.stdout + done.stderr


def test_terraform_refuses_what_is_wrong(root, variables_alone):
    spec = spec_of(root / "examples/lab.yaml")
    wrong = tfvars(spec, "https://apic.example.net") | {"floating": {"v4": "198.18.9.9"}}
    done = plan(variables_alone, wrong, tfvars_secrets(spec))
    assert done.returncode == 1
    assert "address of the node subnet" in done.stdout + done.stderr
