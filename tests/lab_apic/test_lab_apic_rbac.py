"""Roles: who may write what, so that the least privilege that works can be found."""

import pytest

from aci import query
from aci.errors import AciError, BadLogin, NotPermitted
from aci.mo import Mo, mo

PASSWORD = "robot-password"


def user(name: str, *roles: str, domain: str = "all", kind: str = "writePriv", **more: str) -> Mo:
    held = (mo("aaaUserRole", name=role, privType=kind) for role in roles)
    return mo("aaaUser", mo("aaaUserDomain", *held, name=domain), name=name, pwd=PASSWORD, **more)


@pytest.fixture
def sign_in(simulator, admin):
    """Makes a user and gives its session."""
    opened = []

    def make(body: Mo):
        admin.post("uni/userext", body)
        session = simulator.session(body["name"], PASSWORD)
        opened.append(session)
        return session

    yield make
    for session in opened:
        session.close()


L3OUT = mo("l3extOut", mo("l3extLNodeP", name="nodes"), mo("l3extInstP", name="ext"), name="new")
PEER = mo("bgpCtxPol", name="timers")


def test_a_reader_reads_and_may_not_write(sign_in) -> None:
    reader = sign_in(user("reader", "read-all", kind="readPriv"))
    assert reader.get(query.of_class("fvTenant"))
    with pytest.raises(NotPermitted) as caught:
        reader.post("uni/tn-k8s-prod", L3OUT)
    assert caught.value.status == 403
    assert "l3extOut" in caught.value.text


def test_a_read_privilege_of_a_strong_role_writes_nothing(sign_in) -> None:
    with pytest.raises(NotPermitted):
        sign_in(user("half", "admin", kind="readPriv")).post("uni/tn-k8s-prod", L3OUT)


def test_tenant_ext_admin_writes_an_l3out_and_no_contract_relation(sign_in) -> None:
    robot = sign_in(user("robot", "tenant-ext-admin"))
    robot.post("uni/tn-k8s-prod", L3OUT)
    robot.post("uni/tn-k8s-prod", PEER)
    with pytest.raises(NotPermitted, match="privilege"):
        robot.post("uni/tn-k8s-prod/out-new/instP-ext", mo("fvRsProv", tnVzBrCPName="default"))
    with pytest.raises(NotPermitted):
        robot.post("uni", mo("fvTenant", name="mine"))
    with pytest.raises(NotPermitted):
        robot.delete("uni/tn-k8s-prod/ctx-main", "fvCtx")


def test_a_role_of_ones_own_gives_its_privileges(sign_in, admin) -> None:
    admin.post("uni/userext", mo("aaaRole", name="anchorage", priv="tenant-epg,tenant-ext-connectivity"))
    robot = sign_in(user("robot", "anchorage"))
    robot.post("uni/tn-k8s-prod", L3OUT)
    robot.post("uni/tn-k8s-prod/out-new/instP-ext", mo("fvRsProv", tnVzBrCPName="default"))
    with pytest.raises(NotPermitted):
        robot.post("uni/tn-k8s-prod", PEER)
    admin.post(
        "uni/userext/role-anchorage", mo("aaaRole", priv="tenant-epg,tenant-ext-connectivity,tenant-ext-protocol")
    )
    robot.post("uni/tn-k8s-prod", PEER)


def test_a_security_domain_bounds_the_tenants(sign_in, admin) -> None:
    admin.post("uni/userext", mo("aaaDomain", name="k8s"))
    admin.post("uni/tn-k8s-prod", mo("aaaDomainRef", name="k8s"))
    robot = sign_in(user("robot", "tenant-ext-admin", domain="k8s"))
    robot.post("uni/tn-k8s-prod", L3OUT)
    with pytest.raises(NotPermitted):
        robot.post("uni/tn-k8s-test", L3OUT)


def test_naming_what_exists_unchanged_needs_no_privilege(sign_in) -> None:
    """A body may lead through the tenant down to what the user may write."""
    robot = sign_in(user("robot", "tenant-ext-admin"))
    robot.post("uni", mo("polUni", mo("fvTenant", L3OUT, name="k8s-prod")))
    assert robot.get(query.mo("uni/tn-k8s-prod/out-new"))


def test_nothing_stays_of_a_transaction_that_is_not_permitted(sign_in, simulator) -> None:
    robot = sign_in(user("robot", "tenant-ext-admin"))
    with pytest.raises(NotPermitted):
        robot.post(
            "uni/tn-k8s-prod", mo("l3extOut", mo("l3extInstP", mo("fvRsCons", tnVzBrCPName="a"), name="e"), name="n")
        )
    assert simulator.apic.tree.get("uni/tn-k8s-prod/out-n") is None


def test_a_user_without_a_role_reads_nothing(sign_in) -> None:
    nobody = sign_in(mo("aaaUser", name="nobody", pwd=PASSWORD))
    with pytest.raises(NotPermitted):
        nobody.get(query.of_class("fvTenant"))


def test_only_aaa_writes_users(sign_in) -> None:
    with pytest.raises(NotPermitted):
        sign_in(user("robot", "tenant-admin-less")).post("uni/userext", user("mine", "admin"))
    sign_in(user("keeper", "aaa")).post("uni/userext", user("other", "read-all"))


@pytest.mark.parametrize(
    "more",
    [{"accountStatus": "inactive"}, {"expires": "yes", "expiration": "2020-01-01 00:00:00"}],
)
def test_a_user_that_is_off_or_expired_cannot_sign_in(sign_in, more: dict[str, str]) -> None:
    with pytest.raises(BadLogin):
        sign_in(user("robot", "admin", **more)).login()


def test_switching_a_user_off_ends_its_session(sign_in, admin) -> None:
    robot = sign_in(user("robot", "admin"))
    robot.login()
    admin.post("uni/userext/user-robot", mo("aaaUser", accountStatus="inactive"))
    with pytest.raises(AciError):
        robot.get(query.of_class("fvTenant"))


def test_what_a_user_makes_carries_its_uid(sign_in) -> None:
    robot = sign_in(user("robot", "tenant-ext-admin"))
    robot.post("uni/tn-k8s-prod", L3OUT)
    assert robot.get_one(query.mo("uni/tn-k8s-prod/out-new"))["uid"] == "15375"
