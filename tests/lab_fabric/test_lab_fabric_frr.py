"""The way from one configuration to another, with FRR itself as judge."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lab import fabric
from lab.fabric.config import leaf_lines
from lab.fabric.model import Leaf
from lab.fabric.plan import LEAF as KIND
from lab.fabric.plan import Speaker
from lab.fabric.space import Space
from lab.fabric.speakers import Speakers
from lab.machines import names, network
from lab.machines.lifecycle import down
from tests.lab_fabric.live import need_leaves
from tests.lab_fabric.samples import LEAF, NODES, some_leaves
from tests.nodes_lab import free_subnet


@pytest.fixture(scope="module")
def speakers() -> Iterator[Speakers]:
    """Daemons in namespaces of a lab without anything else."""
    need_leaves()
    with tempfile.TemporaryDirectory(prefix="anchorage-frr-") as folder:
        home = Path(folder)
        try:
            net = free_subnet()
            network.up(home, f"{net}.0/24", f"{net}.253")
            yield Speakers(names.of(home), home / "fabric")
        finally:
            down(home)
            fabric.down(home)
            shutil.rmtree(network.run_folder(names.of(home)), ignore_errors=True)


def shown(speakers: Speakers, name: str) -> list[str]:
    """What the daemon says of itself, without an order. Empty blocks say nothing."""
    text = speakers.terminal(name).ask("show running-config")
    return sorted(line.strip() for line in text.splitlines() if line.strip() not in ("", "!", "exit"))


def tell(speakers: Speakers, name: str, *leaves: Leaf) -> list[str]:
    for leaf in leaves:
        speakers.ensure(Speaker(name, KIND, Space(name), leaf_lines(leaf), leaf))
        assert speakers.refused.get(name, []) == []
    return shown(speakers, name)


@settings(max_examples=12, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(leaves=st.lists(some_leaves, min_size=2, max_size=5))
def test_frr_ends_with_what_a_new_daemon_is_told(speakers: Speakers, leaves: list[Leaf]) -> None:
    speakers.dismiss("fresh")
    followed, fresh = tell(speakers, "followed", *leaves), tell(speakers, "fresh", leaves[-1])
    assert (set(followed) - set(fresh), set(fresh) - set(followed)) == (set(), set())


def test_frr_takes_all_of_it_in_both_families(speakers: Speakers) -> None:
    six = replace(NODES, dn="six", addr="2001:2:0:8::/64")
    port = replace(LEAF.ports[0], addresses=("198.18.2.101/24", "2001:2:0:8::65/64"))
    told = tell(speakers, "both", replace(LEAF, ports=(port,), peers=(NODES, six), all_paths=True))
    assert f"bgp listen range 2001:2:0:8::/64 peer-group {six.key}" in told
