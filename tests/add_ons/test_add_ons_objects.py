"""Each add-on: its file, its role, its objects against a real API server's schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jinja2
import pytest
import yaml

from tests.ansible_code import load
from tests.calico.wanted import spec
from tests.kube_api import KubeApi
from tests.playing import CODE
from webui.render import inventory, secret_variables
from webui.spec.add_ons import ADD_ONS, AddOn, chosen

IN_CLUSTER = [one for one in ADD_ONS.values() if one.place == "cluster"]
ON_MACHINES = [one for one in ADD_ONS.values() if one.place == "machines"]
OURS = [one for one in IN_CLUSTER if (CODE / "roles" / one.role / "templates/objects.yml.j2").exists()]


filters = load("filter_plugins/add_ons.py")


def variables(*names: str, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = inventory(spec(cluster__add_ons=list(names), **fields))["all"]["vars"]
    return found


def rendered(one: AddOn, *besides: str) -> list[dict[str, Any]]:
    """The objects as the role renders and labels them."""
    found = variables(one.name, *besides)
    (about,) = (entry for entry in found["add_ons_wanted"] if entry["name"] == one.name)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, autoescape=False)
    environment.filters["to_json"] = json.dumps
    template = environment.from_string((CODE / "roles" / one.role / "templates/objects.yml.j2").read_text())
    text = template.render(add_on=about, add_ons_site=found["add_ons_site"])
    objects: list[dict[str, Any]] = filters.labelled(yaml.safe_load_all(text), one.name)
    return objects


@pytest.fixture(scope="session")
def api(kube_api: KubeApi) -> KubeApi:
    """The session's API server, with the namespaces that add-ons make."""
    for one in OURS:
        namespaces = [obj for obj in rendered(one) if obj["kind"] == "Namespace"]
        if namespaces:
            kube_api.apply(*namespaces)
    return kube_api


@pytest.mark.parametrize("one", OURS, ids=[one.name for one in OURS])
@pytest.mark.parametrize("besides", [(), ("ingress",)], ids=["alone", "with an ingress"])
def test_the_api_takes_every_object(api: KubeApi, one: AddOn, besides: tuple[str, ...]) -> None:
    objects = rendered(one, *besides)
    line = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename", "-")
    assert len(api.kubectl(*line, stdin=yaml.safe_dump_all(objects)).splitlines()) == len(objects)


@pytest.mark.parametrize("one", OURS, ids=[one.name for one in OURS])
def test_every_object_and_pod_is_marked_as_the_add_ons(one: AddOn) -> None:
    objects = rendered(one, "ingress")
    assert {obj["metadata"]["labels"]["anchorage/add-on"] for obj in objects} == {one.name}
    for pod in pods(objects):
        assert pod["metadata"]["labels"]["anchorage/add-on"] == one.name


@pytest.mark.parametrize("one", OURS, ids=[one.name for one in OURS])
def test_images_are_those_of_its_file_with_a_tag(one: AddOn) -> None:
    images = {container["image"] for pod in pods(rendered(one)) for container in pod["spec"]["containers"]}
    assert images == set(one.images.values())
    for image in images:
        assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]+/[a-z0-9/._-]+:v?[0-9][0-9.]*", image)


@pytest.mark.parametrize("one", OURS, ids=[one.name for one in OURS])
def test_nothing_runs_as_root_that_need_not(one: AddOn) -> None:
    for pod in pods(rendered(one)) if one.name != "guestbook" else []:  # its makers' images run as root
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["runAsNonRoot"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False


def pods(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for obj in objects:
        if obj["kind"] in ("Deployment", "DaemonSet"):
            yield obj["spec"]["template"]


def test_every_add_on_has_a_role_and_every_role_an_add_on() -> None:
    roles = {path.name for path in (CODE / "roles").glob("addon_*")}
    assert roles == {one.role for one in ADD_ONS.values()}


@pytest.mark.parametrize("one", ON_MACHINES, ids=[one.name for one in ON_MACHINES])
def test_what_is_on_machines_can_be_taken_away(one: AddOn) -> None:
    assert (CODE / "roles" / one.role / "tasks/remove.yml").exists()


def test_the_ingress_asks_for_its_address_in_the_words_of_who_hands_it_out() -> None:
    metallb = variables("ingress")["add_ons_site"]
    assert metallb["ingress_annotations"] == {"metallb.io/loadBalancerIPs": "198.18.5.1"}
    calico = variables("ingress", fabric__site="apic")["add_ons_site"]
    assert calico["ingress_annotations"] == {"projectcalico.org/ipv4addrs": '["198.18.5.1"]'}
    assert (metallb["ingress_class"], variables("headlamp")["add_ons_site"]["ingress_class"]) == ("traefik", "")


def test_what_others_stand_on_comes_first() -> None:
    assert [one.name for one in chosen(["guestbook", "ingress", "no-such-thing"])] == ["ingress", "guestbook"]


def test_passwords_of_registries_are_secret() -> None:
    wanted = spec(
        cluster__registries=[
            {"upstream": "quay.io", "mirror": "https://m.example.net/quay", "user": "u", "password": "p4ss"}
        ]
    )
    assert "p4ss" not in json.dumps(inventory(wanted))
    assert secret_variables(wanted)["images_logins"] == {"quay.io": {"user": "u", "password": "p4ss"}}


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("registry.k8s.io/a/b:v1", ("registry.k8s.io", "a/b", "v1")),
        ("redis:6", ("docker.io", "library/redis", "6")),
        ("docker.io/redis", ("docker.io", "library/redis", "latest")),
        ("bloomberg/x:1", ("docker.io", "bloomberg/x", "1")),
        ("localhost:5000/x:1", ("localhost:5000", "x", "1")),
        ("quay.io/x@sha256:ab", ("quay.io", "x", "sha256:ab")),
        ("quay.io/x:1@sha256:ab", ("quay.io", "x", "sha256:ab")),
    ],
)
def test_an_images_name_is_read_as_registries_read_it(image: str, parts: tuple[str, str, str]) -> None:
    assert filters.parts_of(image) == parts


def test_a_mirror_is_asked_below_its_own_path() -> None:
    registries = [{"upstream": "docker.io", "mirror": "http://198.18.0.80:5000/docker.io"}]
    asked = filters.image_addresses(["docker.io/library/traefik:v3", "quay.io/x:1"], registries)
    assert [one["url"] for one in asked] == ["http://198.18.0.80:5000/v2/docker.io/library/traefik/manifests/v3"]


def test_only_a_clear_no_counts_as_missing() -> None:
    answers = [
        {"item": {"image": name}, "status": status} for name, status in (("a", 200), ("b", 404), ("c", 401), ("d", -1))
    ]
    assert filters.images_missing(answers) == ["b"]


def test_a_registry_that_answers_at_all_may_have_what_the_mirror_lacks() -> None:
    images = ["docker.io/a:1", "quay.io/b:1", "ghcr.io/c:1"]
    assert filters.upstreams_of(images) == ["docker.io", "ghcr.io", "quay.io"]
    answers = [{"item": "docker.io", "status": 401}, {"item": "quay.io", "status": -1}, {"item": "ghcr.io"}]
    assert filters.unreachable(images, answers) == ["quay.io/b:1", "ghcr.io/c:1"]


def test_images_of_init_containers_count() -> None:
    pod = {"initContainers": [{"image": "x/b:1"}], "containers": [{"image": "x/a:1"}]}
    documents = [{"kind": "DaemonSet", "spec": {"template": {"spec": pod}}}, {"kind": "Service", "spec": {}}]
    assert filters.images_of(documents) == ["x/a:1", "x/b:1"]


def test_what_is_left_behind_goes_namespaces_last() -> None:
    lines = [
        "v1|Namespace||headlamp|headlamp",
        "apps/v1|Deployment|headlamp|headlamp|headlamp",
        "v1|Service|x|y|ingress",
    ]
    gone = filters.left_behind(lines, ["ingress"])
    assert [one["kind"] for one in reversed(gone)] == ["Deployment", "Namespace"]
