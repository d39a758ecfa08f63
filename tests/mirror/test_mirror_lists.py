"""What is pinned where, what a build says while it goes on, and what a mirror on disk says that it holds."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from lab import gocompile
from lab.machines.errors import LabError
from lab.mirror import apt, artefacts, debs, export, storage, upstream, versions
from lab.mirror.catalogue import ADD_ONS
from lab.mirror.oci import Image
from lab.mirror.versions import DEFAULT, MODULES, RELEASES
from webui.cli import main

TOOLS = (versions.HELM, versions.KUSTOMIZE, versions.METALLB, versions.METRICS_SERVER)


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.minor)
def test_the_table_of_releases_is_what_go_mod_pins(release: versions.Release) -> None:
    assert f" v{release.kubernetes} h1:" in artefacts.pin(release.module, "k8s.io/kubernetes")
    assert f" v{release.etcd} h1:" in artefacts.pin(release.etcd_module, "go.etcd.io/etcd/server/v3")
    assert f" v{release.coredns} h1:" in artefacts.pin(release.coredns_module, "github.com/coredns/coredns")
    assert f" v{release.cni} h1:" in artefacts.pin(release.cni_module, "github.com/containernetworking/plugins")
    assert release.etcd_tag.startswith(release.etcd)
    staging = f"v0{release.kubernetes.removeprefix('1')}"
    replaced = [
        line for line in (MODULES / release.module / "go.mod").read_text().splitlines() if " => k8s.io/" in line
    ]
    assert len(replaced) > 25
    assert all(line.endswith(f" {staging}") for line in replaced)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda one: one.title)
def test_the_tools_are_what_go_mod_pins(tool: versions.Tool) -> None:
    lines = (MODULES / tool.module / "go.mod").read_text().splitlines()
    required = [line.split()[:2] for line in lines if line.startswith("\t") and " v" in line]
    (found,) = [version for path, version in required if f"{tool.package}/".startswith(f"{path}/")]
    assert found == f"v{tool.version}"


def test_every_add_on_that_the_lab_serves_exists() -> None:
    known = {path.stem for path in (Path(__file__).parents[2] / "webui/spec/add_ons").glob("*.toml")}
    assert set(ADD_ONS) <= known


def test_a_build_says_how_far_it_is_and_how_long_it_takes() -> None:
    now, said = [0.0], []
    progress = gocompile.Progress("Kubernetes", said.append, clock=lambda: now[0], total=4)
    for at, line in ((5, "a"), (20, "b"), (21, "go: downloading x v1"), (40, "c"), (60, "d")):
        now[0] = float(at)
        progress.built(line)
    assert said == [
        "Building Kubernetes: 2 of 4 packages, less than a minute left.",
        "Building Kubernetes: 3 of 4 packages, less than a minute left.",
        "Building Kubernetes: linking.",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3, "less than a minute"), (70, "about a minute"), (100, "about 2 minutes"), (600, "about 10 minutes")],
)
def test_a_time_to_come_is_said_in_words(seconds: float, text: str) -> None:
    assert gocompile.words(seconds) == text


def small_mirror(folder: Path) -> list[artefacts.Artefact]:
    """A mirror with one package and one image."""
    pool = folder / "apt/pool"
    pool.mkdir(parents=True)
    (pool / "some_1_amd64.deb").write_bytes(b"a package")
    layer = folder.parent / "layer"
    layer.mkdir()
    (layer / "file").write_text("x")
    digests = storage.fill(folder / "registry", [Image("example.net/one:v1", (layer,), ("/file",))])
    about = {"some_1_amd64.deb": {"version": "1", "sha256": apt.sha256(pool / "some_1_amd64.deb")}}
    found = [
        *artefacts.packages(about, {}),
        *artefacts.images({"example.net/one:v1": {"digest": digests["example.net/one:v1"]}}, {}),
    ]
    document = {"artefacts": [one.to_json() for one in found]}
    (folder / export.LISTED).write_text(json.dumps(document))
    return found


def test_a_mirror_is_compared_with_its_list(tmp_path: Path) -> None:
    target = tmp_path / "mirror"
    found = small_mirror(target)
    done = CliRunner().invoke(main, ["mirror", "list", str(target)])
    assert done.exit_code == 0, done.output
    assert export.listed(target) == found
    (target / "apt/pool/some_1_amd64.deb").write_bytes(b"another package")
    done = CliRunner().invoke(main, ["mirror", "list", str(target)])
    assert done.exit_code == 1
    assert "1 of 2 artefacts are missing or not as listed" in done.output


def test_a_directory_that_is_no_mirror_is_not_touched(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("SKIPPED LOUDLY: a mirror is built by root alone")
    (tmp_path / "holiday.jpg").write_text("x")
    with pytest.raises(LabError, match="is there and is no mirror"):
        export.build(tmp_path, tmp_path / "cache", lambda _: None)
    with pytest.raises(LabError, match="holds no mirror"):
        export.listed(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_without_root_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(LabError, match="built by root"):
        export.build(tmp_path / "mirror", tmp_path / "cache", lambda _: None)


def test_what_can_be_built_is_listed() -> None:
    done = CliRunner().invoke(main, ["mirror", "list", "--json"])
    assert json.loads(done.stdout)["programs"][f"Kubernetes {DEFAULT.minor}"] == DEFAULT.kubernetes


def test_packages_of_others_are_taken_with_their_key_alone(tmp_path: Path) -> None:
    line = ["mirror", "build", str(tmp_path / "mirror"), "--packages-from", "https://packages.example.net"]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 1
    assert "--packages-key go together" in done.output


def flat_repository(folder: Path) -> Path:
    """A flat repository with empty packages of upstream's names, signed; its key."""
    folder.mkdir()
    for name in upstream.NAMES:
        control = folder / "tree/DEBIAN/control"
        control.parent.mkdir(parents=True, exist_ok=True)
        about = {"Package": name, "Version": DEFAULT.deb, "Architecture": "all", "Maintainer": "x", "Description": "x"}
        control.write_text("".join(f"{field}: {value}\n" for field, value in about.items()))
        subprocess.run(["dpkg-deb", "--build", folder / "tree", folder], check=True, capture_output=True)
    listing = subprocess.run(["dpkg-scanpackages", "."], cwd=folder, check=True, capture_output=True).stdout
    (folder / "Packages").write_bytes(listing)
    (folder / "Release").write_text(f"SHA256:\n {apt.sha256(folder / 'Packages')} {len(listing)} Packages\n")
    ring = folder.parent / "ring"
    ring.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(ring), "--batch", "--quiet"]
    for words in (
        ["--passphrase", "", "--quick-generate-key", "makers@example.net", "ed25519", "sign", "never"],
        ["--clearsign", "--output", str(folder / "InRelease"), str(folder / "Release")],
        ["--armor", "--export", "--output", str(folder.parent / "key.asc")],
    ):
        subprocess.run([*gpg, *words], check=True, capture_output=True)
    subprocess.run(["gpgconf", "--homedir", ring, "--kill", "gpg-agent"], check=True)
    return folder.parent / "key.asc"


def test_upstream_s_own_packages_are_verified_by_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = flat_repository(tmp_path / "flat")
    (tmp_path / "base/etc/apt/trusted.gpg.d").mkdir(parents=True)
    (tmp_path / "built").mkdir()
    for name in ("helm_1_amd64.deb", "kubelet_1_amd64.deb"):
        (tmp_path / "built" / name).write_text("built here")
    monkeypatch.setattr(debs, "build", lambda *_: tmp_path / "built")
    said: list[str] = []

    def fetch(url: str, key: Path) -> Path:
        given = upstream.Repository(url, key)
        return upstream.fetch(given, DEFAULT, tmp_path / "base", tmp_path / "cache", said.append)

    home = fetch(f"file:{tmp_path / 'flat'}", key)
    names = {path.name.partition("_")[0] for path in home.iterdir()}
    assert names == {*upstream.NAMES, "helm"}
    assert not (home / "kubelet_1_amd64.deb").exists(), "theirs is taken, not the one that is built"
    (tmp_path / "other").mkdir()
    stranger = flat_repository(tmp_path / "other/flat")
    with pytest.raises(LabError, match="Check the URL, the key"):
        fetch(f"file:{tmp_path / 'flat'}", stranger)
