"""The playbooks without machines: form, decisions of the roles, what the lab serves, failures in words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.mirror import apt, debs
from tests.ansible_code import load
from webui.runs.playbook import CODE, _count_tasks, forget
from webui.runs.playbook_failures import Trouble, of_troubles, trouble

BIN = Path(sys.executable).parent


filters = load("filter_plugins/machines.py")


def test_the_playbooks_pass_the_linters_strictest_profile() -> None:
    line = [BIN / "ansible-lint", "--profile", "production", "--offline", "--nocolor"]
    done = subprocess.run(line, cwd=CODE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def tasks_of(file: Path) -> Iterator[dict[str, Any]]:
    """The tasks of a file, those in blocks too."""
    for task in yaml.safe_load(file.read_text()):
        inner = [*task.get("block", []), *task.get("rescue", [])]
        yield from inner or [task]


def test_every_role_checks_its_input_first() -> None:
    for role in (CODE / "roles").iterdir():
        specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
        defaults = role / "defaults/main.yml"
        known = set(yaml.safe_load(defaults.read_text())) if defaults.exists() else set()
        needed = {name for name, about in specs["options"].items() if about.get("required")}
        assert set(specs["options"]) == known | needed, role.name


def test_only_builtin_modules_and_our_own_are_used() -> None:
    own = {path.stem for path in (CODE / "library").glob("*.py")}
    words = {"name", "when", "vars", "loop", "loop_control", "register", "changed_when", "failed_when", "notify"}
    words |= {
        "until",
        "retries",
        "delay",
        "run_once",
        "become",
        "no_log",
        "throttle",
        "delegate_to",
        "ignore_unreachable",
    }
    words |= {"args", "environment"}
    for file in (CODE / "roles").glob("*/tasks/*.yml"):
        for task in tasks_of(file):
            (module,) = set(task) - words
            assert module.startswith("ansible.builtin.") or module in own, (file, module)


def test_the_lab_mirror_holds_what_the_roles_install() -> None:
    own = yaml.safe_load((CODE / "roles/packages/defaults/main.yml").read_text())
    wanted = {*own["packages_always"], *own["packages_runtimes"]["containerd"], *own["packages_control_plane"]}
    for file in (CODE / "roles").glob("*/tasks/*.yml"):
        for task in tasks_of(file):
            names = task.get("ansible.builtin.apt", {}).get("name", [])
            names = [names] if isinstance(names, str) and "{" not in names else names
            wanted |= {name.partition("=")[0] for name in names} if isinstance(names, list) else set()
    assert set(apt.PACKAGES) <= wanted <= {*apt.PACKAGES, *debs.NAMES}


def test_the_progress_bar_counts_the_tasks_of_a_playbook() -> None:
    stages = ("prepare.yml", "control_plane.yml", "workers.yml", "network.yml", "add_ons.yml")
    assert _count_tasks("hosts.yml") > 50
    assert _count_tasks("site.yml") == sum(_count_tasks(name) for name in stages)


FACTS = {
    "interfaces": ["lo", "ens-192"],
    "lo": {"device": "lo", "mtu": 65536, "ipv4": {"address": "127.0.0.1"}},
    "ens_192": {
        "device": "ens-192",
        "mtu": 1500,
        "ipv4": {"address": "198.18.2.1"},
        "ipv4_secondaries": [{"address": "198.18.2.252"}],
    },
}


def test_the_interface_is_found_by_its_address() -> None:
    found = {"name": "ens-192", "mtu": 1500, "addresses": ["198.18.2.1", "198.18.2.252"]}
    assert filters.link_with_address(FACTS, "198.18.2.1") == found
    assert filters.link_with_address(FACTS, "198.18.2.9") == {}


def test_modules_that_are_built_in_are_not_loaded() -> None:
    lines = ["/lib/modules/6/kernel/net/br-netfilter.ko.xz", "(builtin)", "/lib/modules/6/fs/overlay.ko"]
    assert filters.loadable_modules(lines) == ["br_netfilter", "overlay"]


def test_only_sysctls_that_the_kernel_has_and_that_differ_are_set() -> None:
    lines = ["net.ipv4.ip_forward = 0", "vm.overcommit_memory = 1", "kernel.printk = 4\t4\t1\t7"]
    wanted = {"net.ipv4.ip_forward": "1", "vm.overcommit_memory": "1", "net.none": "1", "kernel.printk": "4 4 1 7"}
    assert set(filters.existing_sysctls(lines, wanted)) == set(wanted) - {"net.none"}
    assert filters.different_sysctls(lines, wanted) == {"net.ipv4.ip_forward": "1"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("ns.example.net:5353", ("ns.example.net", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_servers_are_given_with_or_without_a_port(text: str, found: tuple[str, int]) -> None:
    assert filters.endpoint(text, 53) == found


ALL_OK = {
    "a": {"b": "ok", "c": "ok", "dns x": "ok"},
    "b": {"a": "ok", "c": "ok", "dns x": "ok"},
    "c": {"a": "ok", "b": "ok", "dns x": "ok"},
}


def changed(*cells: tuple[str, str, str]) -> dict[str, dict[str, str]]:
    found = {host: dict(row) for host, row in ALL_OK.items()}
    for host, target, state in cells:
        found[host][target] = state
    return found


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        ((), []),
        ((("a", "c", "silent"), ("b", "c", "silent")), ["c is reached by no machine: is it running"]),
        ((("a", "b", "silent"),), ["b is not reached by a: the L3Out's VLAN does not pass between their hosts"]),
        ((("a", "b", "mtu"), ("c", "b", "mtu")), ["Packets of 9000 bytes do not pass from a, c to b"]),
        ((("a", "b", "ssh"),), ["b answers pings from a but not on port 22"]),
        (tuple((host, "dns x", "silent") for host in "abc"), ["dns x is reached by no machine: check its address"]),
        ((("c", "a", "silent"), ("c", "b", "silent"), ("c", "dns x", "silent")), ["c reaches nothing"]),
        ((("a", "dns x", "refused"), ("b", "a", "mtu")), ["dns x refuses connections from a", "Packets of"]),
    ],
)
def test_the_likely_cause_is_told(cells: tuple[tuple[str, str, str], ...], cause: list[str]) -> None:
    found = filters.likely_causes(changed(*cells), 9000)
    assert len(found) == len(cause)
    for sentence, beginning in zip(found, cause, strict=True):
        assert sentence.startswith(beginning)


STATES = st.sampled_from(["ok", "mtu", "ssh", "silent", "refused"])


@given(st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from(["a", "b", "c", "dns x"]), STATES)))
def test_a_cause_is_told_exactly_when_something_is_wrong(cells: dict[str, dict[str, str]]) -> None:
    wrong = any(state != "ok" for row in cells.values() for state in row.values())
    assert bool(filters.likely_causes(cells, 1500)) is wrong
    assert all(line == line.rstrip() for line in filters.matrix_lines(cells, ["a", "b"]))


def event(kind: str, **result: Any) -> dict[str, Any]:
    return {"event": kind, "event_data": {"host": "k8s-w-1", "task": "A task", "res": result}}


@pytest.mark.parametrize(
    ("kind", "text", "what", "field"),
    [
        ("runner_on_unreachable", "Permission denied (publickey).", "refuses the ssh sign-in", "machines.ssh_key"),
        ("runner_on_unreachable", "Host key verification failed.", "shows another ssh host key", ""),
        (
            "runner_on_unreachable",
            "connect to host 198.18.2.4 port 22: No route to host",
            "cannot be reached by ssh",
            "",
        ),
        ("runner_on_failed", "Missing sudo password", "may not use sudo on k8s-w-1", "machines.user"),
        (
            "runner_on_failed",
            "Failed to update apt cache: E:The repository is not signed.",
            "does not trust",
            "cluster.apt_mirror_key",
        ),
        (
            "runner_on_failed",
            "No package matching 'chrony' is available",
            "cannot get its packages",
            "cluster.apt_mirror",
        ),
        ("runner_on_failed", "Something new", "did not come to what the spec says", ""),
    ],
)
def test_what_ansible_says_becomes_a_card(kind: str, text: str, what: str, field: str) -> None:
    card = of_troubles([trouble(event(kind, msg=text))])
    assert what in card.what
    assert card.field == field
    assert text in card.cause


def test_a_roles_own_sentence_comes_first_and_others_are_counted() -> None:
    own = trouble(
        event("runner_on_failed", msg="The clock of k8s-w-1 was not right.", assertion="x", evaluated_to=False)
    )
    other = Trouble("k8s-cp-1", "Task", "something else")
    card = of_troubles([other, own])
    assert card.cause == "The clock of k8s-w-1 was not right. (1 more machine failed; the log says why.)"
    assert (card.field, card.page, card.retry) == ("cluster.ntp", "cluster", True)


def test_the_failing_item_of_a_loop_is_told() -> None:
    results = [{"failed": False, "msg": "fine"}, {"failed": True, "msg": "No space left on device"}]
    card = of_troubles([trouble(event("runner_on_failed", msg="One or more items failed", results=results))])
    assert card.what == "The disk of k8s-w-1 is full."


def test_a_pinned_key_is_forgotten_by_its_address(tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("198.18.2.1 ssh-ed25519 A\n198.18.2.10 ssh-ed25519 B\n")
    forget(tmp_path, ["198.18.2.1"])
    assert (tmp_path / "known_hosts").read_text() == "198.18.2.10 ssh-ed25519 B\n"
    forget(tmp_path / "absent", ["198.18.2.1"])
