"""Tells a segment that an address has moved: gratuitous ARP, unsolicited neighbour advertisement.

Run inside a namespace as `python -I -S announce.py INTERFACE ADDRESS…`. Sources: RFC 5227 section 3, RFC 4861
section 4.4.
"""

from __future__ import annotations

import socket
import sys
import time
from ipaddress import IPv6Address, ip_address
from pathlib import Path

TIMES = 3
BROADCAST = b"\xff" * 6
ALL_NODES = IPv6Address("ff02::1").packed
OVERRIDE = 0x20000000
"""Who has the address in its cache shall take the new place."""


def main() -> None:
    """Say it a few times: a bridge's port may only just be up."""
    interface, addresses = sys.argv[1], sys.argv[2:]
    mac = bytes.fromhex(Path(f"/sys/class/net/{interface}/address").read_text().strip().replace(":", ""))
    frames = [frame(mac, address) for address in addresses]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
        link.bind((interface, 0))
        for turn in range(TIMES):
            for each in frames:
                link.send(each)
            time.sleep(0.1 if turn + 1 < TIMES else 0)


def frame(mac: bytes, address: str) -> bytes:
    """The frame that announces an address. PURE."""
    return _neighbour(mac, address) if ip_address(address).version == 6 else _arp(mac, address)


def _arp(mac: bytes, address: str) -> bytes:
    own = ip_address(address).packed
    return BROADCAST + mac + b"\x08\x06" + b"\x00\x01\x08\x00\x06\x04\x00\x01" + mac + own + b"\x00" * 6 + own


def _neighbour(mac: bytes, address: str) -> bytes:
    own = ip_address(address).packed
    body = b"\x88\x00\x00\x00" + (0x80000000 | OVERRIDE).to_bytes(4, "big") + own + b"\x02\x01" + mac
    checked = _checksum(own + ALL_NODES + len(body).to_bytes(4, "big") + b"\x00\x00\x00\x3a" + body)
    body = body[:2] + checked.to_bytes(2, "big") + body[4:]
    header = b"\x60\x00\x00\x00" + len(body).to_bytes(2, "big") + b"\x3a\xff" + own + ALL_NODES
    return b"\x33\x33\x00\x00\x00\x01" + mac + b"\x86\xdd" + header + body


def _checksum(data: bytes) -> int:
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


if __name__ == "__main__":
    main()
