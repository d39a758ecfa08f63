"""Where machines get Kubernetes' packages from."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec.checks.registry import Subject, check
from webui.spec.problem import Problem, warning


@check
def source(subject: Subject) -> Iterator[Problem]:
    """No distribution has Kubernetes' packages: a mirror does, or a source that the template brings."""
    if subject.goes_to("hosts") and not subject.spec.cluster.apt_mirror:
        yield warning(
            "cluster.apt_mirror",
            "Without a package mirror the machines' own sources must have kubeadm, kubelet and kubectl; those of "
            "Debian and Ubuntu do not.",
            'Name a mirror ("anchorage mirror build" makes one), or give machines that have a source with them.',
        )
