"""`anchorage`: the same use cases as the pages, without a browser and without the worker."""

from __future__ import annotations

import click

from webui.cli.cluster_commands import kubeconfig, manifests, reset
from webui.cli.errors import Cli
from webui.cli.lab_commands import lab_group
from webui.cli.mirror_commands import mirror_group
from webui.cli.plan_commands import apply, destroy, plan
from webui.cli.run_commands import resume, run_log, runs
from webui.cli.schema_command import schema
from webui.cli.spec_commands import check, render
from webui.cli.user_commands import user_group
from webui.cli.verify_commands import verify


@click.group(cls=Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="anchorage", prog_name="anchorage")
def main() -> None:
    """Kubernetes anchored to a Cisco ACI fabric: planned, shown, then applied.

    SPEC is a file in YAML or JSON, or - for standard input. Exit codes: 0 done, 1 error, 130 stopped by Ctrl-C;
    "plan" exits with 2 when something would change.
    """


COMMANDS = (lab_group, check, render, schema, plan, apply, destroy, verify, reset, kubeconfig, manifests)
for command in (*COMMANDS, runs, run_log, resume, user_group, mirror_group):
    main.add_command(command)
