"""What can be wrong with a spec, alone and against a site. A check is added by adding a function (or a file) here.

Every module of this package is loaded; each function marked with `@check` looks at the completed spec and yields
Problems.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from webui.spec.checks.registry import CHECKS, Stage, Subject
from webui.spec.model import ClusterSpec
from webui.spec.problem import Problem
from webui.spec.site import SiteFacts
from webui.spec.vcenter_site import VCenterFacts

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

_PAGES = ("fabric", "l3out", "vcenter", "machines", "cluster", "network", "review")


def check(
    spec: ClusterSpec,
    facts: SiteFacts | None = None,
    *,
    stage: Stage = "all",
    applied: ClusterSpec | None = None,
    vcenter: VCenterFacts | None = None,
) -> list[Problem]:
    """Everything that is wrong, page by page in the wizard's order, blocking ones first.

    Derived values are filled in before looking, with `applied` as `complete` does it. `stage`: "fabric" asks for what
    the fabric needs and looks at the rest where it is given; "machines" and "hosts" ask for what those stages need
    too, where the mode has them; "all" asks for everything that the mode needs. For a cluster that was applied, give
    facts without its own L3Out (`SiteFacts.without`), and `vcenter` without its own machines (`VCenterFacts.without`).
    """
    subject = Subject.of(spec, facts, stage, applied, vcenter)
    found = dict.fromkeys(problem for one in CHECKS for problem in one(subject))
    return sorted(found, key=lambda p: (_PAGES.index(p.page), p.severity != "blocking"))


__all__ = ["check"]
