"""Command lines of Terraform, made by python-terraform, which is used for that alone (it cannot stream or stop)."""

from __future__ import annotations

from collections.abc import Sequence

from python_terraform import IsFlagged, Terraform

STATE, PLAN = "terraform.tfstate", "plan.tfplan"


def init(binary: str) -> list[str]:
    """Prepare the working directory; providers come from where the CLI configuration says."""
    return _line(binary, "init", input=False, no_color=IsFlagged)


def plan(binary: str, *, destroy: bool, parallelism: int, unchecked: Sequence[str] = ()) -> list[str]:
    """Make a saved plan, refreshing what is known of the site. `unchecked`: settings (NAME=VALUE) of a destroy, which
    must work also when what the root stands on has gone before it."""
    flags = {"destroy": IsFlagged} if destroy else {}
    line = _line(
        binary, "plan", json=IsFlagged, input=False, out=PLAN, parallelism=parallelism, lock_timeout="5s", **flags
    )
    return [*line, *(f"-var={setting}" for setting in unchecked)] if destroy else line


def apply(binary: str, *, parallelism: int) -> list[str]:
    """Apply the saved plan: a plan that is given by name is never asked about and never made anew."""
    return _line(binary, "apply", PLAN, json=IsFlagged, input=False, parallelism=parallelism, lock_timeout="5s")


def show(binary: str) -> list[str]:
    """The saved plan as JSON; its secrets are in clear."""
    return _line(binary, "show", PLAN, json=IsFlagged)


def output(binary: str) -> list[str]:
    """The outputs as JSON."""
    return _line(binary, "output", json=IsFlagged)


def _line(binary: str, verb: str, *arguments: str, **options: object) -> list[str]:
    # Options come before arguments: Terraform reads none after the first argument.
    line = Terraform(terraform_bin_path=binary).generate_cmd_string(verb, **options)
    return [str(word) for word in line] + list(arguments)
