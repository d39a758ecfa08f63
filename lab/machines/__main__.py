"""`python -m lab.machines`: prepare, up, down, list, and the simulated vCenter's hook."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lab import machines
from lab.machines import hook, network, site

CACHE = "~/.cache/anchorage"


def main() -> int:
    """Exit code: 0, or 1 with a sentence."""
    arguments = _parser().parse_args()
    home = Path(arguments.home).expanduser().resolve()
    try:
        why = machines.reasons()
        if why and arguments.verb not in ("list", "down"):
            raise machines.LabError(why[0])
        _do(arguments, home)
    except machines.LabError as wrong:
        _say(str(wrong))
        return 1
    return 0


def _do(arguments: argparse.Namespace, home: Path) -> None:
    if arguments.verb == "up":
        machines.prepare(home, Path(arguments.cache).expanduser(), _say)
        network.up(home, arguments.subnet, arguments.gateway, arguments.subnet_v6, arguments.gateway_v6)
        site.up(home)
    elif arguments.verb == "down":
        machines.down(home)
    elif arguments.verb == "list":
        for state in machines.list(home):
            _print(f"{state.machine.name} {state.machine.v4} {'running' if state.running else 'off'}")
    else:
        _print(hook.handle(home, os.environ, sys.stdin.read()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab.machines", description="Machines of the built-in lab (simulated site).")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("up", "down", "list", "hook"):
        verbs.add_parser(verb).add_argument("--home", required=True)
    up = verbs.choices["up"]
    up.add_argument("--cache", default=os.environ.get("ANCHORAGE_CACHE") or CACHE)
    up.add_argument("--subnet", required=True, help="the node subnet, such as 198.18.2.0/24")
    up.add_argument("--gateway", required=True, help="the L3Out's secondary address, such as 198.18.2.254")
    up.add_argument("--subnet-v6")
    up.add_argument("--gateway-v6")
    return parser


def _print(line: str) -> None:
    if line:
        sys.stdout.write(f"{line}\n")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
