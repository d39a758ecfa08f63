"""Signed requests: accepted for the right key alone, over method, path, query and body."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from aci import errors, filters, query
from aci.auth import Signature, load_key, payload
from aci.mo import mo
from aci.session import Session


def pem(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate(key, *, days: int = 30) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "anchorage")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def other_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def robot(admin, key) -> str:
    """A user with a certificate and the role admin."""
    role = mo("aaaUserDomain", mo("aaaUserRole", name="admin", privType="writePriv"), name="all")
    cert = mo("aaaUserCert", name="anchorage", data=certificate(key))
    admin.post("uni/userext", mo("aaaUser", role, cert, name="robot"))
    return "robot"


def test_a_signed_client_reads_and_writes(simulator, robot, key) -> None:
    with simulator.signed(robot, "anchorage", pem(key)) as session:
        session.post("uni", mo("fvTenant", name="a", descr='ä "quoted" & <more>'))
        assert session.get_one(query.mo("uni/tn-a"))["descr"] == 'ä "quoted" & <more>'
        hard = filters.eq("fvSubnet.ip", "198.18.20.1/24")
        assert session.get(query.of_class("fvSubnet", filter=hard))
        assert session.get(query.mo("uni/tn-k8s-prod/BD-vmotion/subnet-[198.18.20.1/24]"))
        assert session.get(query.of_class("fvTenant", filter=filters.eq("fvTenant.descr", "x y+z&ü"))) == []
        session.delete("uni/tn-a", "fvTenant")


def test_another_key_is_refused_and_not_retried(simulator, robot, other_key) -> None:
    with simulator.signed(robot, "anchorage", pem(other_key)) as session, pytest.raises(errors.BadSignature) as caught:
        session.get(query.of_class("fvTenant"))
    assert "does not fit" in caught.value.text
    assert not caught.value.retryable


def test_an_unknown_certificate_is_refused(simulator, robot, key) -> None:
    with simulator.signed(robot, "nobody", pem(key)) as session, pytest.raises(errors.BadSignature, match="not known"):
        session.get(query.of_class("fvTenant"))


def test_an_expired_certificate_is_refused(simulator, robot, key) -> None:
    simulator.clock.forward(31 * 86400)
    with (
        simulator.signed(robot, "anchorage", pem(key)) as session,
        pytest.raises(errors.BadSignature, match="valid from"),
    ):
        session.get(query.of_class("fvTenant"))


def test_a_removed_user_is_out_at_once(simulator, admin, robot, key) -> None:
    with simulator.signed(robot, "anchorage", pem(key)) as session:
        session.get(query.of_class("fvTenant"))
        admin.delete("uni/userext/user-robot", "aaaUser")
        with pytest.raises(errors.BadSignature):
            session.get(query.of_class("fvTenant"))


def test_a_signature_covers_body_and_path(simulator, robot, key) -> None:
    """A captured signature is worth nothing for another request."""
    import ssl

    import httpx

    from aci.auth import signature_cookies

    known = Signature(robot, "anchorage", pem(key))
    cookie = signature_cookies(known, key, "POST", "/api/mo/uni.json", b'{"fvTenant":{"attributes":{"name":"a"}}}')
    context = ssl.create_default_context(cadata=simulator.ca_pem)
    with httpx.Client(base_url=f"https://{simulator.address}", verify=context, headers={"Cookie": cookie}) as client:
        assert client.post("/api/mo/uni.json", content=b'{"fvTenant":{"attributes":{"name":"b"}}}').status_code == 403
        assert client.get("/api/mo/uni.json").status_code == 403
        assert client.post("/api/mo/uni.json", content=b'{"fvTenant":{"attributes":{"name":"a"}}}').status_code == 200


def test_empty_bodies_are_left_out_of_what_is_signed() -> None:
    assert payload("GET", "/api/x.json", b"ignored") == b"GET/api/x.json"
    assert payload("POST", "/api/x.json", b"{}") == b"POST/api/x.json"
    assert payload("POST", "/api/a%20b.json", b"{ }") == b"POST/api/a b.json{ }"


def test_keys_that_cannot_sign_are_refused_early(key) -> None:
    with pytest.raises(errors.BadCredentials, match="PEM"):
        load_key("nonsense")
    with pytest.raises(errors.BadCredentials, match="not an RSA key"):
        load_key(pem(ec.generate_private_key(ec.SECP256R1())))
    assert "PRIVATE" not in repr(Signature("a", "b", pem(key)))
    for user, cert in (("a;b", "c"), ("a", "ü"), ("a\r\nX: y", "c"), ("", "c")):
        with pytest.raises(errors.BadCredentials, match="cannot be the name"):
            Session(["host"], Signature(user, cert, pem(key)))
