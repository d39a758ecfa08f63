"""A real Kubernetes API without a cluster: etcd and kube-apiserver on loopback, in a few seconds, gone afterwards.

    from tests.kube_api import kube_api      # a fixture; one server for the session
    def test_it(kube_api): kube_api.kubectl("get", "namespaces")

No controllers run: namespaces are not emptied, deployments make no pods. `serving(folder)` gives a server of one's own.
"""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import ipaddress
import json
import os
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab import mirror
from webui.settings import load

HOST = "127.0.0.1"
PATIENCE = 60.0
SERVICES = "10.96.0.0/16"


@dataclass(frozen=True)
class KubeApi:
    """A running API server. `kubeconfig`: its administrator's, with the certificates in it."""

    url: str
    kubeconfig: Path
    ca: Path
    programs: Path
    pids: tuple[int, int]

    def kubectl(self, *words: str, stdin: str | None = None, check: bool = True) -> str:
        """What kubectl prints; fails, with its words, when it does."""
        line = [str(self.programs / "kubectl"), "--kubeconfig", str(self.kubeconfig), *words]
        done = subprocess.run(line, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        assert not check or done.returncode == 0, done.stderr or done.stdout
        return done.stdout

    def get(self, *words: str) -> Any:
        """An object, or a list of them, as kubectl's JSON."""
        return json.loads(self.kubectl("get", *words, "-o", "json"))

    def apply(self, *objects: dict[str, Any]) -> str:
        """Apply objects on the server's side, as the product does."""
        text = yaml.safe_dump_all(objects)
        return self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)


@pytest.fixture(scope="session")
def kube_api() -> Iterator[KubeApi]:
    """One API server for the session. Its objects stay: tests use names of their own."""
    with tempfile.TemporaryDirectory(prefix="anchorage-kube-api-") as folder, serving(Path(folder)) as found:
        yield found


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[KubeApi]:
    """A server in `folder`, with further options of kube-apiserver."""
    programs = mirror.binaries(load().cache, lambda _: None)
    _certificates(folder)
    etcd_port, peer_port, port = _free_ports(3)
    store, url = f"http://{HOST}:{etcd_port}", f"https://{HOST}:{port}"
    etcd = _start(folder, programs / "etcd", *_etcd(folder, store, f"http://{HOST}:{peer_port}"))
    try:
        api = _start(folder, programs / "kube-apiserver", *_apiserver(folder, store, port), *options)
        try:
            _wait_until_ready(folder, port, {"etcd": etcd, "kube-apiserver": api})
            yield KubeApi(url, _kubeconfig(folder, url), folder / "ca.crt", programs, (etcd.pid, api.pid))
        finally:
            _end(api)
    finally:
        _end(etcd)


def _etcd(folder: Path, url: str, peers: str) -> list[str]:
    options = {
        "data-dir": folder / "etcd-data",
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": peers,
        "log-level": "warn",
    }
    return [*(f"--{name}={value}" for name, value in options.items()), "--unsafe-no-fsync"]


def _apiserver(folder: Path, store: str, port: int) -> list[str]:
    options = {
        "etcd-servers": store,
        "bind-address": HOST,
        "advertise-address": HOST,
        "secure-port": port,
        "tls-cert-file": folder / "server.crt",
        "tls-private-key-file": folder / "server.key",
        "client-ca-file": folder / "ca.crt",
        "cert-dir": folder / "certs",
        "service-cluster-ip-range": SERVICES,
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": folder / "accounts.pub",
        "service-account-signing-key-file": folder / "accounts.key",
        "authorization-mode": "Node,RBAC",
        "endpoint-reconciler-type": "none",
    }
    return [f"--{name}={value}" for name, value in options.items()]


def _start(folder: Path, program: Path, *options: str) -> subprocess.Popen[bytes]:
    with (folder / f"{program.name}.log").open("wb") as log:
        line = [str(program), *options]
        return subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # what it stored goes with the folder: no need to let it finish
    process.wait()


def _wait_until_ready(folder: Path, port: int, running: dict[str, subprocess.Popen[bytes]]) -> None:
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    until = time.monotonic() + PATIENCE
    while not _is_ready(port, context):
        for name, process in running.items():
            words = (folder / f"{name}.log").read_text(errors="replace")[-2000:]
            assert process.poll() is None, f"{name} ended: {words}"
            assert time.monotonic() < until, f"not ready within {PATIENCE:.0f} s; {name} says: {words}"
        time.sleep(0.05)


def _is_ready(port: int, context: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection(HOST, port, timeout=2, context=context)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _certificates(folder: Path) -> None:
    """ca, server and admin (in the group system:masters), and the key that signs tokens of service accounts."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("kube-api-tests", "", ca_key, None, ca_key)
    _write(folder / "ca.crt", ca.public_bytes(Encoding.PEM))
    for name, group in (("server", ""), ("admin", "system:masters")):
        key = ec.generate_private_key(ec.SECP256R1())
        _write(folder / f"{name}.crt", _certificate(name, group, key, ca, ca_key).public_bytes(Encoding.PEM))
        _write(folder / f"{name}.key", _pem(key))
    accounts = ec.generate_private_key(ec.SECP256R1())
    _write(folder / "accounts.key", _pem(accounts))
    public = accounts.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write(folder / "accounts.pub", public)


def _certificate(
    name: str,
    group: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    parts += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    now = dt.datetime.now(dt.UTC)
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(parts))
        .issuer_name(issuer.subject if issuer else x509.Name(parts))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if issuer:
        addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False).add_extension(
            addresses, critical=False
        )
    else:
        builder = builder.add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True
        )
    return builder.sign(issuer_key, hashes.SHA256())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _kubeconfig(folder: Path, url: str) -> Path:
    def held(name: str) -> str:
        return base64.b64encode((folder / name).read_bytes()).decode()

    user = {"client-certificate-data": held("admin.crt"), "client-key-data": held("admin.key")}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": url, "certificate-authority-data": held("ca.crt")}}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "admin@lab", "context": {"cluster": "lab", "user": "admin"}}],
        "current-context": "admin@lab",
    }
    path = folder / "admin.conf"
    _write(path, yaml.safe_dump(document).encode())
    return path


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
