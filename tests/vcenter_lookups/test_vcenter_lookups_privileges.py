"""Missing privileges are told by name and by object, before anything is tried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.vcenter import site
from lab.vcenter.site import VCenterSite
from tests.vcenter_fixtures import CACHE
from tests.vcenter_lab import start
from webui.lookups.vcenter import Place, VCenter, connect, machines_problems, template_problems
from webui.lookups.vcenter.needed import MACHINES, TEMPLATE
from webui.spec.model.vcenter import VCenter as Section

SECTION = Section(
    datacenter="DC1",
    compute_cluster="cluster-k8s",
    resource_pool="k8s",
    datastore="ds-k8s",
    switch="dvs-k8s",
    port_group="k8s-vlan-310",
    folder="kubernetes/k8s-dc1",
    template="templates/debian-12-cloud",
)
PLACE = Place("DC1", "cluster-k8s", "ds-k8s", "k8s-vlan-310", "templates", "k8s")
LOOK = ["System.Anonymous", "System.View", "System.Read"]
PARTLY, PASSWORD = "partly@vsphere.local", "a-password-of-the-test"


@pytest.fixture(scope="module")
def with_users(tmp_path_factory: pytest.TempPathFactory, vcenter_certificates: Path) -> Iterator[VCenterSite]:
    """A simulated vCenter with a user who may do all but three things."""
    home = tmp_path_factory.mktemp("vcenter-users") / "lab"
    place = home / "vcenter"
    place.mkdir(parents=True)
    every = sorted({one.id for one in (*MACHINES, *TEMPLATE)} | set(LOOK))
    grants = [
        {"path": "/", "privileges": every, "propagate": True},
        {"path": "/DC1/vm/templates", "privileges": without(every, "DeployTemplate", "MarkAs"), "propagate": True},
        {"path": "/DC1/datastore/ds-k8s", "privileges": without(every, "AllocateSpace"), "propagate": False},
    ]
    users = [
        {"name": site.ADMIN, "password": PASSWORD, "admin": True},
        {"name": site.READER, "password": PASSWORD, "grants": [{"path": "/", "privileges": LOOK, "propagate": True}]},
        {"name": PARTLY, "password": PASSWORD, "grants": grants},
    ]
    (place / site.USERS).touch(0o600)
    (place / site.USERS).write_text(json.dumps(users))
    yield start(home, CACHE, vcenter_certificates)
    site.down(home)


@pytest.fixture
def partly(with_users: VCenterSite) -> Iterator[VCenter]:
    with connect(Section(user=PARTLY), PASSWORD, with_users) as vcenter:
        yield vcenter


def without(every: list[str], *parts: str) -> list[str]:
    return [one for one in every if not any(part in one for part in parts)]


def test_an_administrator_lacks_nothing(session: VCenter) -> None:
    assert machines_problems(session, SECTION) == []
    assert template_problems(session, PLACE) == []


def test_what_is_missing_is_told_by_name_and_object(partly: VCenter) -> None:
    found = {problem.field: problem for problem in machines_problems(partly, SECTION)}
    assert set(found) == {"vcenter.template", "vcenter.datastore"}
    template = found["vcenter.template"]
    assert template.sentence == (
        "User partly@vsphere.local lacks a privilege on template templates/debian-12-cloud: Virtual machine > "
        "Provisioning > Deploy template (VirtualMachine.Provisioning.DeployTemplate)."
    )
    assert "Propagate to children" in template.remedy
    assert template.severity == "blocking"
    assert template.page == "vcenter"
    assert "Datastore > Allocate space (Datastore.AllocateSpace)" in found["vcenter.datastore"].sentence


def test_what_a_template_needs_is_asked_on_its_own_folder(partly: VCenter) -> None:
    sentences = [problem.sentence for problem in template_problems(partly, PLACE)]
    assert any("folder templates" in one and "MarkAsTemplate" in one for one in sentences)
    assert any("datastore ds-k8s" in one and "AllocateSpace" in one for one in sentences)
    assert len(sentences) == 2


def test_another_place_is_fine_for_the_same_user(partly: VCenter) -> None:
    elsewhere = SECTION.model_copy(update={"datastore": "ds-k8s-nearly-full", "template": None})
    assert machines_problems(partly, elsewhere) == []


def test_a_reader_lacks_everything_that_changes_something(with_users: VCenterSite) -> None:
    with connect(Section(user=site.READER), PASSWORD, with_users) as vcenter:
        found = machines_problems(vcenter, SECTION)
    text = " ".join(problem.sentence for problem in found)
    assert all(one.id in text for one in MACHINES)
    assert "the vCenter itself" in text
    assert "folder kubernetes:" in text, "the deepest folder that exists"


def test_objects_that_are_not_there_are_left_to_other_checks(partly: VCenter) -> None:
    nowhere = SECTION.model_copy(update={"datastore": "gone", "template": "gone", "port_group": "gone"})
    assert machines_problems(partly, nowhere) == []
    assert machines_problems(partly, Section()) == []


def test_one_question_whatever_the_number(partly: VCenter) -> None:
    calls: list[str] = []
    real = partly._stub.InvokeMethod

    def counted(mo: Any, info: Any, *rest: Any) -> Any:
        calls.append(info.wsdlName)
        return real(mo, info, *rest)

    partly._stub.InvokeMethod = counted
    machines_problems(partly, SECTION)
    assert calls.count("HasPrivilegeOnEntities") == 1


def test_every_privilege_names_its_source() -> None:
    for one in (*MACHINES, *TEMPLATE):
        assert one.source
        assert " > " in one.words
    keys = [(one.id, one.on, one.purpose) for one in (*MACHINES, *TEMPLATE)]
    assert len(keys) == len(set(keys))


def test_the_documentation_names_them_all(root: Path) -> None:
    machines, _, template = (root / "docs" / "vcenter.md").read_text().partition("### To upload a template")
    for text, needed in ((machines, MACHINES), (template, TEMPLATE)):
        rows = [line for line in text.splitlines() if "`" in line and line.startswith("|")]
        assert len(rows) == len(needed)
        assert all(any(f"| {one.words} | `{one.id}` | {one.source} |" in row for row in rows) for one in needed)
