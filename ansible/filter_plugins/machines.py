"""Decisions of the roles, as filters. PURE: data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit


def link_with_address(facts: Mapping[str, Any], address: str) -> dict[str, Any]:
    """From Ansible's facts: the interface with an address (name, mtu, its IPv4 addresses); {} if none has it."""
    for name in facts["interfaces"]:
        link = facts.get(name.replace("-", "_"), {})
        own = [link["ipv4"]["address"]] if link.get("ipv4") else []
        own += [one["address"] for one in link.get("ipv4_secondaries", [])]
        if address in own:
            return {"name": link["device"], "mtu": int(link["mtu"]), "addresses": own}
    return {}


def loadable_modules(lines: Iterable[str]) -> list[str]:
    """From what `modinfo --field filename NAME…` prints: the modules that lie in a file and are not built in."""
    return sorted(line.rsplit("/", 1)[1].split(".ko")[0].replace("-", "_") for line in lines if line.startswith("/"))


def current_sysctls(lines: Iterable[str]) -> dict[str, str]:
    """Of what `sysctl NAME…` prints: name -> value."""
    pairs = (line.partition(" = ") for line in lines if " = " in line)
    return {name.strip(): " ".join(value.split()) for name, _, value in pairs}


def existing_sysctls(lines: Iterable[str], wanted: Mapping[str, Any]) -> dict[str, str]:
    """What is wanted, without the sysctls that this kernel does not have."""
    current = current_sysctls(lines)
    return {name: str(value) for name, value in wanted.items() if name in current}


def different_sysctls(lines: Iterable[str], wanted: Mapping[str, Any]) -> dict[str, str]:
    """What is wanted and now otherwise."""
    current = current_sysctls(lines)
    return {name: value for name, value in existing_sysctls(lines, wanted).items() if current[name] != value}


def host_and_port(url: str) -> tuple[str, int]:
    """Host and port of an http or https URL. Raises ValueError."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"{url} is no address of a web server.")
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def endpoint(text: str, port: int) -> tuple[str, int]:
    """Host and port of HOST, HOST:PORT, an IPv6 address, or [ADDRESS]:PORT."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest.lstrip(":") or port)
    host, colon, rest = text.rpartition(":")
    return (host, int(rest)) if colon and ":" not in host else (text, port)


def probe_targets(
    hosts: Iterable[str], hostvars: Mapping[str, Any], me: str, services: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What one machine asks, for the module `probe`."""
    found = []
    for host in hosts:
        for family in ("v4", "v6"):
            address = hostvars[host].get(f"node_{family}")
            if host != me and address:
                name = host if family == "v4" else f"{host} (IPv6)"
                found.append({"name": name, "kind": "machine", "address": address, "port": 22})
    found += [{"name": f"gateway {one}", "kind": "gateway", "address": one} for one in services["gateways"]]
    if services["mirror"]:
        host, port = host_and_port(services["mirror"])
        found.append({"name": f"mirror {host}", "kind": "http", "address": host, "port": port})
    for kind, port in (("dns", 53), ("ntp", 123)):
        for one in services[kind]:
            host, own = endpoint(one, port)
            found.append({"name": f"{kind} {host}", "kind": kind, "address": host, "port": own, "query": me})
    return found


WORDS = {"ok": "ok", "mtu": "MTU", "ssh": "no ssh", "silent": "silent", "refused": "refused"}


def reachability_report(hosts: Iterable[str], hostvars: Mapping[str, Any], mtu: int) -> dict[str, Any]:
    """The machines' answers as a matrix: rows, columns, cells, lines to print, and the likely causes as sentences."""
    cells = {host: dict(hostvars[host]["reachability_answers"]["answers"]) for host in hosts}
    named = list(dict.fromkeys(name for row in cells.values() for name in row))
    columns = [*(host for host in cells if host in named), *(name for name in named if name not in cells)]
    return {
        "rows": list(cells),
        "columns": columns,
        "cells": cells,
        "lines": matrix_lines(cells, columns),
        "causes": likely_causes(cells, mtu),
    }


def matrix_lines(cells: Mapping[str, Mapping[str, str]], columns: list[str]) -> list[str]:
    """The matrix as lines of text with aligned columns."""
    table = [["", *columns]]
    table += [[host, *(WORDS.get(row.get(name, "-"), "-") for name in columns)] for host, row in cells.items()]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns) + 1)]
    return ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in table]


def likely_causes(cells: Mapping[str, Mapping[str, str]], mtu: int) -> list[str]:
    """One sentence or two for each thing that is wrong, the wide causes first."""
    cut_off = [host for host, row in cells.items() if len(row) > 1 and set(row.values()) == {"silent"}]
    found = [
        f"{host} reaches nothing: its port group, or its leaf's port, does not carry the L3Out's VLAN."
        for host in cut_off
    ]
    for target in dict.fromkeys(name for row in cells.values() for name in row):
        states = {host: row[target] for host, row in cells.items() if target in row and host not in cut_off}
        if target in cut_off:
            states = {host: state for host, state in states.items() if state != "silent"}
        found += _causes_of(target, states, mtu)
    return found


def _causes_of(target: str, states: Mapping[str, str], mtu: int) -> list[str]:
    found = []
    for state in ("silent", "refused", "ssh", "mtu"):
        who = [host for host, one in states.items() if one == state]
        if who:
            found.append(_sentence(target, state, len(who) == len(states), who, mtu))
    return found


def _sentence(target: str, state: str, everyone: bool, who: list[str], mtu: int) -> str:
    names = ", ".join(who)
    kind = target.split(" ", 1)[0]
    if state == "mtu":
        return (
            f"Packets of {mtu} bytes do not pass from {names} to {target}, small ones do: "
            "raise the MTU of the distributed switch (and of what lies between) to the L3Out's."
        )
    if state == "ssh":
        return f"{target} answers pings from {names} but not on port 22: a firewall on {target} stands between."
    if state == "refused":
        return f"{target} refuses connections from {names}: is the server running there, on that port?"
    reached = f"{target} is reached by no machine" if everyone else f"{target} is not reached by {names}"
    return f"{reached}: {_why_silent(kind, everyone)}"


def _why_silent(kind: str, everyone: bool) -> str:
    if kind == "gateway":
        return "the floating L3Out does not answer. Is it deployed on this rack's leaves, with this secondary address?"
    if kind in ("mirror", "dns", "ntp"):
        return (
            "check its address, that the L3Out's VRF has a route to it, and that the external EPG's contract lets it."
        )
    if everyone:
        return "is it running, and does its port group carry the L3Out's VLAN?"
    return "the L3Out's VLAN does not pass between their hosts: is it on both leaves' ports, and in the domain's pool?"


class FilterModule:
    """The filters' names for Ansible."""

    def filters(self) -> dict[str, Any]:
        """Name -> function."""
        own = (
            link_with_address,
            loadable_modules,
            existing_sysctls,
            different_sysctls,
            probe_targets,
            reachability_report,
        )
        return {function.__name__: function for function in own}
