"""Decisions of the roles that install add-ons, as filters. PURE: data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

LABEL = "anchorage/add-on"
MANAGED = {"app.kubernetes.io/managed-by": "anchorage"}


def labelled(documents: Iterable[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """The objects of an add-on, marked as its own: by that they are found again."""
    return [_labelled(dict(one), {**MANAGED, LABEL: name}) for one in documents if one]


def _labelled(one: dict[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    metadata = one["metadata"]
    return {**one, "metadata": {**metadata, "labels": {**metadata.get("labels", {}), **labels}}}


def image_addresses(images: Iterable[str], registries: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Where the manifest of each image is asked for: image, upstream, url. Only those of registries with a mirror."""
    mirrors = {one["upstream"]: one["mirror"] for one in registries}
    found = []
    for image in images:
        upstream, name, tag = parts_of(image)
        if upstream in mirrors:
            url = urlsplit(mirrors[upstream])
            path = "/".join(part for part in (url.path.strip("/"), name) if part)
            asked = f"{url.scheme}://{url.netloc}/v2/{path}/manifests/{tag}"
            found.append({"image": image, "upstream": upstream, "url": asked})
    return found


def parts_of(image: str) -> tuple[str, str, str]:
    """Registry, name and tag (or digest) of an image; what stands for Docker's registry is written out."""
    rest, at, digest = image.partition("@")
    bare, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        bare, tag = rest, "latest"
    registry, slash, name = bare.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        registry, name = "docker.io", bare
    if registry == "docker.io" and "/" not in name:
        name = f"library/{name}"
    return registry, name, digest if at else tag


def images_missing(answers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of the answers of mirrors: images that are not there. A mirror that says anything else is not judged."""
    return sorted({answer["item"]["image"] for answer in answers if answer.get("status") == 404})


def upstreams_of(images: Iterable[str]) -> list[str]:
    """The registries that images come from, where containerd looks when a mirror has not got them."""
    return sorted({parts_of(image)[0] for image in images})


def unreachable(images: Iterable[str], answers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of images that a mirror lacks, those whose registry does not answer either. Asking it for a sign-in is an
    answer."""
    silent = {answer["item"] for answer in answers if int(answer.get("status", -1)) <= 0}
    return [image for image in images if parts_of(image)[0] in silent]


def images_of(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """The images that workloads among these objects run."""
    pods = (one["spec"]["template"]["spec"] for one in documents if one["kind"] in ("DaemonSet", "Deployment"))
    return sorted(
        {each["image"] for pod in pods for kind in ("initContainers", "containers") for each in pod.get(kind, [])}
    )


def left_behind(lines: Iterable[str], wanted: Iterable[str]) -> list[dict[str, Any]]:
    """Of lines API|KIND|NAMESPACE|NAME|ADD-ON: the objects of add-ons that are not wanted any more."""
    keep = set(wanted)
    found = []
    for line in lines:
        api, kind, namespace, name, add_on = line.split("|")
        if add_on not in keep:
            metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
            found.append({"apiVersion": api, "kind": kind, "metadata": metadata})
    return sorted(found, key=lambda one: one["kind"] in ("Namespace", "CustomResourceDefinition"), reverse=True)


class FilterModule:
    """The filters' names for Ansible."""

    def filters(self) -> dict[str, Any]:
        """Name -> function."""
        own = (labelled, image_addresses, images_missing, upstreams_of, unreachable, images_of, left_behind)
        return {function.__name__: function for function in own}
