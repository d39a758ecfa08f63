"""The installer's own user: made, used by signature, renewed, removed; and what to prepare where it cannot be made."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from aci.errors import BadSignature, NotPermitted
from aci.mo import mo
from aci.query import Query, of_class
from aci.session import Password
from webui.lookups import (
    Credential,
    LocalUserRefused,
    make_installer_user,
    read_facts,
    remove_installer_user,
    user_name,
)
from webui.lookups.credential import PRIVILEGES, ROLE

NAME = user_name("0123456789abcdef")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def credential(admin):
    return make_installer_user(admin, NAME, now, note="cluster k8s-dc1")


@pytest.fixture
def signed(fabric, credential):
    with fabric.session(credential.signature) as session:
        yield session


def test_its_name_begins_with_the_cluster():
    assert NAME == "anchorage-01234567"


def test_it_works_by_signature_and_sees_the_fabric(signed):
    assert {"common", "k8s-prod"} <= set(read_facts(signed, now).tenants)


def test_the_user_expires_and_its_password_is_nobodys(admin, credential):
    user = admin.get_one(Query(dn=f"uni/userext/user-{NAME}"))
    assert user.get("expires") == "yes"
    assert dt.datetime.fromisoformat(user.get("expiration")[:19]) > dt.datetime.fromisoformat(credential.expires[:19])
    assert "pwd" not in user.attributes or user.get("pwd") == ""


def test_its_certificate_is_rsa_2048_and_ends_when_it_says(admin, credential):
    (held,) = admin.get(of_class("aaaUserCert", within=f"uni/userext/user-{NAME}"))
    certificate = x509.load_pem_x509_certificate(held.get("data").encode())
    key = load_pem_private_key(credential.private_key_pem.encode(), None)
    assert certificate.public_key().key_size >= 2048
    assert certificate.public_key() == key.public_key()
    assert certificate.not_valid_after_utc.isoformat() == credential.expires
    assert certificate.not_valid_before_utc < now() - dt.timedelta(hours=23)


def test_it_may_write_all_that_the_l3out_needs(signed, shared_dir):
    """Every class that the real provider wrote in a captured apply, but those that are read only by design."""
    given = {"fvTenant", "fvCtx", "vzBrCP", "vzSubj", "vzFilter", "vzEntry", "vzRsSubjFiltAtt", "physDomP"}
    lines = (shared_dir / "data/aci-provider-requests/apply.jsonl").read_text().splitlines()
    posts = [entry for entry in map(json.loads, lines) if entry["method"] == "POST" and entry.get("body")]
    bodies = [(entry["url"], json.loads(entry["body"])) for entry in posts]
    wanted = [(url, body) for url, body in bodies if not given & set(body)]
    assert len(wanted) > 30
    written = set()
    for url, body in sorted(wanted, key=lambda pair: pair[0].count("/")):
        ((cls, inner),) = body.items()
        dn = (
            re.sub(r"^/api/mo/(.*)\.json$", r"\1", url)
            .replace("tn-k8s/", "tn-k8s-test/")
            .replace("/ctx-k8s/rsctxToBgp", "/ctx-main/rsctxToBgp")
        )
        if not dn.startswith("uni/tn-k8s-test/"):
            continue
        attributes = {key: value for key, value in inner["attributes"].items() if key != "dn"}
        signed.post(dn, mo(cls, **attributes))
        written.add(cls)
    assert {"l3extOut", "l3extVirtualLIfP", "bgpPeerP", "bgpCtxPol", "l3extSubnet", "rtctrlProfile"} <= written


@pytest.mark.parametrize(
    ("dn", "body"),
    [
        ("uni/tn-new", mo("fvTenant", name="new")),
        ("uni/userext/user-evil", mo("aaaUser", name="evil", pwd="x" * 20)),
        ("uni/phys-new", mo("physDomP", name="new")),
        ("uni/infra/attentp-new", mo("infraAttEntityP", name="new")),
        ("uni/fabric/bgpInstP-default/rr/node-150", mo("bgpRRNodePEp", id="150")),
    ],
)
def test_it_may_write_nothing_else(signed, dn, body):
    with pytest.raises(NotPermitted):
        signed.post(dn, body)


def test_renewing_makes_the_old_key_useless(fabric, admin, signed):
    fresh = make_installer_user(admin, NAME, now)
    with pytest.raises(BadSignature):
        signed.get(of_class("fvTenant"))
    with fabric.session(fresh.signature) as session:
        assert session.get(of_class("fvTenant"))


def test_removing_leaves_nothing_of_ours(fabric, admin, credential):
    remove_installer_user(admin, credential)
    remove_installer_user(admin, credential)
    names = {found.get("name") for cls in ("aaaUser", "aaaRole") for found in admin.get(of_class(cls))}
    assert not names & {NAME, ROLE}
    with fabric.session(credential.signature) as session, pytest.raises(BadSignature):
        session.get(of_class("fvTenant"))


def test_the_role_stays_while_another_cluster_uses_it(admin, credential):
    other = make_installer_user(admin, "anchorage-other", now)
    remove_installer_user(admin, credential)
    assert admin.get_one(Query(dn=f"uni/userext/role-{ROLE}"))
    remove_installer_user(admin, other)
    assert admin.get_one(Query(dn=f"uni/userext/role-{ROLE}")) is None


def test_a_user_that_somebody_prepared_is_never_removed(admin):
    admin.post("uni/userext", mo("aaaUser", name="anchorage-prepared", pwd="any-long-password"))
    for user in ("anchorage-prepared", "admin"):
        remove_installer_user(admin, Credential(user, "c", "PEM", "", ""))
        assert admin.get_one(Query(dn=f"uni/userext/user-{user}"))


def test_without_the_right_to_make_users_it_says_what_to_prepare_and_that_works(fabric, admin):
    role = mo("aaaUserRole", name="tenant-ext-admin", privType="writePriv")
    domain = mo("aaaUserDomain", role, name="all")
    admin.post("uni/userext", mo("aaaUser", domain, name="operator", pwd="operator-password"))
    with (
        fabric.session(Password("operator", "operator-password")) as session,
        pytest.raises(LocalUserRefused) as refused,
    ):
        make_installer_user(session, NAME, now)
    told = refused.value
    words = " ".join(told.steps)
    assert all(part in words for part in (NAME, ROLE, *PRIVILEGES, "read-all", "certificate"))
    assert told.certificate_pem.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in told.certificate_pem + words + str(told) + repr(told.credential)
    _prepare_by_hand(admin, told)
    with fabric.session(told.credential.signature) as session:
        assert session.get(of_class("fvTenant"))


def _prepare_by_hand(admin, told) -> None:
    admin.post("uni/userext", mo("aaaRole", name=ROLE, priv=",".join(PRIVILEGES)))
    roles = (mo("aaaUserRole", name=ROLE, privType="writePriv"), mo("aaaUserRole", name="read-all"))
    certificate = mo("aaaUserCert", name=told.credential.cert_name, data=told.certificate_pem)
    user = mo("aaaUser", mo("aaaUserDomain", *roles, name="all"), certificate, name=NAME, pwd="any-long-password")
    admin.post("uni/userext", user)


def test_it_is_stored_and_read_again():
    credential = Credential("u", "c", "PEM", "2027-01-01T00:00:00+00:00", ROLE)
    assert Credential.from_json(credential.to_json()) == credential
    assert "PEM" not in repr(credential)
