"""The bare API server that other tests stand on: real, quick to start, and gone without a trace."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from lab import mirror
from lab.mirror.versions import DEFAULT
from tests.kube_api import serving
from webui.settings import load


def test_a_real_api_server_takes_objects_and_goes(tmp_path: Path) -> None:
    mirror.binaries(load().cache, lambda _: None)
    began = time.monotonic()
    with serving(tmp_path) as api:
        assert time.monotonic() - began < 30, "4 s on an idle machine"
        assert f"v{DEFAULT.kubernetes}" in api.kubectl("version")
        wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "b"}}
        api.apply(wanted)
        assert api.get("configmap", "one")["data"] == {"a": "b"}
        assert "yes" in api.kubectl("auth", "can-i", "delete", "nodes")
        pids = api.pids
    assert not any(map(psutil.pid_exists, pids))
