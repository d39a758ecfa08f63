"""Every pair of subnets, and every address against them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from itertools import combinations

from webui.spec.checks.registry import Subject, check
from webui.spec.inventory import Placed, Ranged, addresses, node_subnet, subnets
from webui.spec.parsing import get
from webui.spec.problem import Problem, blocking, warning
from webui.spec.values import Address, Network, Wrong
from webui.spec.values import address as reader

UNUSABLE = tuple(
    (ip_network(text), words)
    for text, words in (
        ("0.0.0.0/8", "“this network”"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/8", "reserved (loopback, IPv4 in IPv6)"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)
"""RFC 6890, RFC 4291, RFC 5771: space that no host of ours can have."""


@check
def pairs_of_subnets(subject: Subject) -> Iterator[Problem]:
    """No two subnets of the spec overlap."""
    for first, second in combinations(subnets(subject.spec), 2):
        if first.subnet.version == second.subnet.version and first.subnet.overlaps(second.subnet):
            yield from _overlap(subject, first, second)


@check
def unusable_space(subject: Subject) -> Iterator[Problem]:
    """No subnet reaches into multicast, loopback, link-local or reserved space."""
    for ranged in subnets(subject.spec):
        for space, words in UNUSABLE:
            if ranged.subnet.version == space.version and ranged.subnet.overlaps(space):
                sentence = f"{_big(ranged.what)} {ranged.subnet} reaches into {space}, which is {words} space."
                yield blocking(ranged.path, sentence, "Choose a subnet of your own address plan.")


@check
def addresses_inside(subject: Subject) -> Iterator[Problem]:
    """Leaves, machines, floating, secondary and API address are usable addresses of the node subnet."""
    for placed in addresses(subject.spec):
        subnet = node_subnet(subject.spec, placed.address.version)
        if subnet is not None:
            yield from _inside(subject, placed, subnet)


@check
def ingress_inside(subject: Subject) -> Iterator[Problem]:
    """The ingress address is one of the external service subnet."""
    ingress, subnet = subject.spec.network.ingress, subject.spec.network.external_services.v4
    if ingress is not None and subnet is not None and ingress not in subnet:
        sentence = f"The ingress address {ingress} is not in the external service subnet {subnet}."
        yield blocking(
            "network.ingress", sentence, f"Choose one of that subnet.{subject.free('network.ingress', ingress)}"
        )


@check
def equal_addresses(subject: Subject) -> Iterator[Problem]:
    """No two things have the same address."""
    seen: dict[Address, Placed] = {}
    for second in addresses(subject.spec):
        first = seen.setdefault(second.address, second)
        if first is not second:
            later = first if get(subject.given, second.path) is None else second
            other = second if later is first else first
            sentence = f"{_big(later.what)} and {other.what} are both {later.address}."
            yield blocking(
                later.path, sentence, f"Give one of them another address.{subject.free(later.path, later.address)}"
            )


@check
def servers_outside(subject: Subject) -> Iterator[Problem]:
    """Servers that the machines ask are not hidden behind the cluster's own subnets."""
    cluster = subject.spec.cluster
    named = [("cluster.dns.servers", cluster.dns.servers), ("cluster.ntp", cluster.ntp)]
    if subject.spec.fabric.site != "lab":
        named.append(("fabric.apics", subject.spec.fabric.apics))
    for path, hosts in named:
        for n, host in enumerate(hosts):
            yield from _hidden(subject, f"{path}.{n}", host)


def _hidden(subject: Subject, path: str, host: str) -> Iterator[Problem]:
    address = _address(host)
    for ranged in subnets(subject.spec) if address else ():
        if address in ranged.subnet and not ranged.path.startswith("l3out."):
            sentence = f"{host} lies in {ranged.what} {ranged.subnet}: machines could not reach it."
            yield warning(path, sentence, "Choose another subnet, or check the address.")


def _address(host: str) -> Address | None:
    bare = host.rsplit(":", 1)[0] if host.count(":") == 1 else host.partition("]")[0].strip("[")
    for version in (4, 6):
        try:
            found: Address = reader(version)(bare)
        except Wrong:
            continue
        return found
    return None


def _overlap(subject: Subject, first: Ranged, second: Ranged) -> Iterator[Problem]:
    later = first if get(subject.given, second.path) is None else second
    other = second if later is first else first
    verb = "is the same as" if first.subnet == second.subnet else "overlaps"
    sentence = f"{_big(later.what)} {later.subnet} {verb} {other.what} {other.subnet}."
    yield blocking(later.path, sentence, f"Choose another subnet.{subject.free(later.path, later.subnet)}")


def _inside(subject: Subject, placed: Placed, subnet: Network) -> Iterator[Problem]:
    free = subject.free(placed.path, placed.address)
    if placed.address not in subnet:
        also = next((r for r in subnets(subject.spec) if placed.address in r.subnet), None)
        where = f" but in {also.what} {also.subnet}" if also else ""
        sentence = f"{_big(placed.what)} {placed.address} is not in the node subnet {subnet}{where}."
        yield blocking(placed.path, sentence, f"Choose an address of the node subnet.{free}")
    elif placed.address in (subnet.network_address, subnet.broadcast_address):
        end = "first" if placed.address == subnet.network_address else "last"
        sentence = (
            f"{_big(placed.what)} {placed.address} is the {end} address of the node subnet, which no host can have."
        )
        yield blocking(placed.path, sentence, f"Choose another address.{free}")


def _big(words: str) -> str:
    return words[:1].upper() + words[1:]
