"""The command line: the controller itself, and questions to it that change nothing."""

import argparse
import sys
import time
from collections.abc import Iterable

from aci.errors import AciError
from l3out_sync.core.cluster import Snapshot
from l3out_sync.core.fabric import Fabric
from l3out_sync.core.owned import owned
from l3out_sync.core.plan import plan
from l3out_sync.fabric.mirror import find_owned
from l3out_sync.fabric.removal import read_fabric, removal_plan, remove_owned
from l3out_sync.kube.api import Api, KubeError
from l3out_sync.kube.cluster import Cluster
from l3out_sync.run import logs
from l3out_sync.run.app import serve, session_of
from l3out_sync.run.controller import l3outs
from l3out_sync.run.explain import changes, explain, problems
from l3out_sync.run.metrics import Metrics
from l3out_sync.run.settings import BadSettings, Settings, load

PATIENCE = 60.0
WRONG, FAILED = 2, 1


def main(words: list[str] | None = None) -> int:
    """Entry point. Returns the exit code."""
    options = _parser().parse_args(words)
    try:
        settings = load()
    except BadSettings as error:
        print(f"The settings are not complete:\n{error}", file=sys.stderr)  # noqa: T201
        return WRONG
    try:
        return _run(options, settings)
    except (AciError, KubeError) as error:
        print(f"It did not work: {error}", file=sys.stderr)  # noqa: T201
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m l3out_sync",
        description="Keeps L3Out external EPGs in step with workloads. Settings are environment variables L3OUT_SYNC_…",
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would be changed and why; change nothing")
    commands = parser.add_subparsers(dest="command")
    asked = commands.add_parser("explain", help="where a workload's addresses are in the fabric")
    asked.add_argument("workload", metavar="NAMESPACE/NAME")
    commands.add_parser("remove", help="remove everything that this cluster owns in the fabric")
    return parser


def _run(options: argparse.Namespace, settings: Settings) -> int:
    if options.command == "remove":
        return _remove(settings, options.dry_run)
    if options.command == "explain":
        namespace, _, name = options.workload.rpartition("/")
        snapshot, fabric = _both_sides(settings)
        return _say(explain(namespace or "default", name, snapshot, fabric, settings.policy))
    if options.dry_run:
        snapshot, fabric = _both_sides(settings)
        wanted = owned(snapshot, settings.policy)
        return _say([*changes(plan(wanted, fabric, settings.policy)), *problems(wanted.problems)])
    logs.set_up(settings.log_level)
    return serve(settings)


def _remove(settings: Settings, dry: bool) -> int:
    with session_of(settings, Metrics()) as session:
        if dry:
            return _say(changes(removal_plan(session, settings.policy.cluster)))
        return _say([f"{remove_owned(session, settings.policy.cluster)} objects were removed."])


def _both_sides(settings: Settings) -> tuple[Snapshot, Fabric]:
    """The cluster and the fabric as they are now."""
    snapshot = _listed(settings)
    with session_of(settings, Metrics()) as session:
        keys = l3outs(owned(snapshot, settings.policy), settings.policy)
        return snapshot, read_fabric(session, keys | find_owned(session, settings.policy.marker))


def _listed(settings: Settings) -> Snapshot:
    api = Api(settings.kubeconfig)
    cluster = Cluster(api, lambda _count: None)
    cluster.start()
    until = time.monotonic() + PATIENCE
    while not cluster.synced():
        if time.monotonic() > until:
            raise KubeError(0, "the cluster could not be listed in time")
        time.sleep(0.05)
    snapshot = cluster.snapshot()
    cluster.stop()
    return snapshot


def _say(lines: Iterable[str]) -> int:
    for line in lines:
        print(line)  # noqa: T201
    return 0
