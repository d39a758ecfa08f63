"""What the role container_runtime writes, without a machine."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ansible_code import load

filters = load("filter_plugins/container_runtime.py")
CRI = "io.containerd.grpc.v1.cri"


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1", 1),
        ("containerd github.com/containerd/containerd/v2 v2.4.2 abc", 2),
        ("containerd containerd.io 2.1.0 x", 2),
    ],
)
def test_the_major_version_of_containerd_is_read(text: str, major: int) -> None:
    assert filters.containerd_major(text) == major


def test_additions_are_merged_into_the_plugins_tables_and_win() -> None:
    added = f'[plugins."{CRI}"]\nrestrict_oom_score_adj = true\n[plugins."{CRI}".cni]\nbin_dir = "/usr/lib/cni"\n'
    found = tomllib.loads(filters.containerd_config(1, "registry.k8s.io/pause:3.10.2", added))
    cri = found["plugins"][CRI]
    assert found["version"] == 2 and cri["restrict_oom_score_adj"] is True
    assert cri["cni"] == {"bin_dir": "/usr/lib/cni", "conf_dir": "/etc/cni/net.d"}
    assert cri["sandbox_image"] == "registry.k8s.io/pause:3.10.2"
    assert cri["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True


def test_containerd_2_has_a_form_of_its_own() -> None:
    found = tomllib.loads(filters.containerd_config(2, "p:1"))
    assert found["version"] == 3
    assert found["plugins"]["io.containerd.cri.v1.images"]["pinned_images"] == {"sandbox": "p:1"}
    with pytest.raises(ValueError, match="additions are for configuration version 2"):
        filters.containerd_config(2, "p:1", "version = 2")


def test_a_mirrors_path_stands_before_the_images_names() -> None:
    mirror = {"upstream": "registry.k8s.io", "mirror": "https://mirror.example.net/k8s", "ca": "PEM"}
    found = tomllib.loads(filters.hosts_toml(mirror, {"user": "puller", "password": "s3cret"}))
    assert found["server"] == "https://registry.k8s.io"
    host = found["host"]["https://mirror.example.net/v2/k8s"]
    assert host["override_path"] is True and host["ca"] == "/etc/containerd/certs.d/registry.k8s.io/ca.crt"
    assert host["header"]["Authorization"] == ["Basic cHVsbGVyOnMzY3JldA=="]


def test_images_of_docker_come_from_where_docker_keeps_them() -> None:
    found = tomllib.loads(filters.hosts_toml({"upstream": "docker.io", "mirror": "http://192.0.2.80:5000"}))
    assert found["server"] == "https://registry-1.docker.io"
    assert list(found["host"]) == ["http://192.0.2.80:5000/v2"]


def test_cri_o_gets_the_sign_ins_of_mirrors_that_have_one() -> None:
    mirrors = [{"upstream": "quay.io", "mirror": "https://m.example.net/q/"}, {"upstream": "docker.io", "mirror": "x"}]
    found = filters.crio_logins(mirrors, {"quay.io": {"user": "a", "password": "b"}})
    assert found == {"m.example.net/q": {"auth": "YTpi"}}


PLAIN = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.text())
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_written_reads_back_the_same(document: dict[str, object]) -> None:
    assert tomllib.loads(filters.to_toml(document)) == without_empty(document)


def without_empty(value: object) -> object:
    """Empty tables are not written: nothing reads them."""
    if isinstance(value, dict):
        kept = {name: without_empty(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one != {} or not isinstance(one, dict)}
    return value
