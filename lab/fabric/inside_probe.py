"""Asks one address from inside a namespace: `python -I -S inside_probe.py ADDRESS PORT|- COUNT [SOURCE]`.

Prints a JSON object: ok (all tries answered), detail, ms (the mean of those that did).
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time

PATIENCE = 2.0
GAP = 0.1
"""Seconds between two tries."""


def main() -> None:
    """Send echoes, or connect and hang up."""
    address, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    source = sys.argv[4] if len(sys.argv) > 4 else ""
    found = ping(address, count, source) if port == "-" else connect(address, int(port), count, source)
    print(json.dumps(found))  # noqa: T201


def ping(address: str, count: int, source: str) -> dict[str, object]:
    """ICMP echo, without the system's ping, which may be missing. Sources: RFC 792, RFC 4443."""
    six = ":" in address
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    times, why = [], "no answer"
    with socket.socket(family, socket.SOCK_RAW, protocol) as link:
        try:
            if source:
                link.bind((source, 0))
            link.connect((address, 0))
            for number in range(count):
                if number:
                    time.sleep(GAP)
                times += _echo(link, number, six=six)
        except OSError as error:
            why = error.strerror or str(error)
    return _told(times, count, why)


def _echo(link: socket.socket, number: int, *, six: bool) -> list[float]:
    """The time of one answer, if it comes."""
    asked = struct.pack("!BBHHH", 128 if six else 8, 0, 0, os.getpid() & 0xFFFF, number) + b"anchorage"
    if not six:
        asked = asked[:2] + struct.pack("!H", checksum(asked)) + asked[4:]
    began = time.monotonic()
    link.send(asked)
    while (left := began + PATIENCE - time.monotonic()) > 0:
        link.settimeout(left)
        try:
            heard = link.recv(2048)
        except TimeoutError:
            break
        heard = heard if six else heard[(heard[0] & 15) * 4 :]
        if heard[:1] == (b"\x81" if six else b"\x00") and heard[4:8] == asked[4:8]:
            return [(time.monotonic() - began) * 1000]
    return []


def checksum(data: bytes) -> int:
    """The Internet's checksum (RFC 1071). PURE."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def connect(address: str, port: int, count: int, source: str) -> dict[str, object]:
    """TCP: what answers the port counts, not what it says."""
    times, why = [], ""
    for _ in range(count):
        began = time.monotonic()
        try:
            own = (source, 0) if source else None
            with socket.create_connection((address, port), timeout=PATIENCE, source_address=own):
                times.append((time.monotonic() - began) * 1000)
        except OSError as error:
            why = error.strerror or str(error)
    return _told(times, count, why)


def _told(times: list[float], count: int, why: str) -> dict[str, object]:
    ok = len(times) == count
    detail = f"{len(times)} of {count} answered" + ("" if ok or not why else f": {why}")
    return {"ok": ok, "detail": detail, "ms": round(sum(times) / len(times), 2) if times else 0.0}


if __name__ == "__main__":
    main()
