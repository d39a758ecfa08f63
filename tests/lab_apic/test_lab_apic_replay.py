"""What the real Terraform provider sent, sent again to the simulator: the same statuses and counts of objects."""

import json
from pathlib import Path

import httpx
import pytest

NAMES = ("apply", "replan", "drift", "fix", "destroy")


def recorded(shared_dir: Path, name: str) -> list[dict]:
    path = shared_dir / "data" / "aci-provider-requests" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"RECORDED REQUESTS ARE ABSENT: {path}")
    return [json.loads(line) for line in path.read_text().splitlines()]


def replay(client: httpx.Client, requests: list[dict]) -> list[str]:
    """Differences from what was recorded."""
    differences = []
    for request in requests:
        reply = client.request(request["method"], request["url"], content=request["body"].encode())
        count = len(reply.json()["imdata"])
        if (reply.status_code, count) != (request["status"], request["objects"]):
            differences.append(f"{request['method']} {request['url']}: {reply.status_code}, {count} {reply.text[:300]}")
    return differences


@pytest.fixture
def client(simulator) -> httpx.Client:
    """Plain HTTP client with a token, so that paths go out as they were recorded."""
    import ssl

    context = ssl.create_default_context(cadata=simulator.ca_pem)
    with httpx.Client(base_url=f"https://{simulator.address}", verify=context) as client:
        user = {"aaaUser": {"attributes": {"name": "admin", "pwd": "lab-admin-password"}}}
        token = client.post("/api/aaaLogin.json", json=user).json()["imdata"][0]["aaaLogin"]["attributes"]["token"]
        client.headers["Cookie"] = f"APIC-Cookie={token}"
        yield client


def test_the_providers_whole_life_gets_the_recorded_replies(client, simulator, shared_dir) -> None:
    before = {node.dn for node in simulator.apic.tree}
    assert replay(client, recorded(shared_dir, "apply")) == []
    assert replay(client, recorded(shared_dir, "replan")) == []
    by_hand(client)
    assert replay(client, recorded(shared_dir, "drift")) == []
    assert replay(client, recorded(shared_dir, "fix")) == []
    assert replay(client, recorded(shared_dir, "destroy")) == []
    assert {node.dn for node in simulator.apic.tree} == before


def by_hand(client: httpx.Client) -> None:
    """The drift that was made when the requests were recorded."""
    gone = [
        ("bgpRsBestPathCtrlPol", "uni/tn-k8s/out-calico/lnodep-nodes/protp/rsBestPathCtrlPol"),
        ("l3extSubnet", "uni/tn-k8s/out-calico/instP-all/extsubnet-[10.13.0.0/24]"),
    ]
    for cls, dn in gone:
        body = {cls: {"attributes": {"dn": dn, "status": "deleted"}}}
        assert client.post("/api/node/mo.json", json=body).status_code == 200
