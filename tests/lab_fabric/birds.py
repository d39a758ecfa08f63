"""Nodes on the segment: a namespace with Debian's BIRD, configured as Calico's templates do."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from lab.fabric.probe import SCRIPT
from lab.machines import Machine, names, network
from lab.machines.command import run

CONFIG = """\
router id {own};
{statics}
protocol kernel {{ learn; persist; scan time 2; import all; export filter {{ if proto = "own" then reject; accept; }};
  graceful restart; merge paths on; {table} }}
protocol device {{ scan time 2; }}
protocol direct {{ interface "ens192"; }}
filter announced {{ if proto = "own" then accept; reject; }}
template bgp leaf {{ local as {asn}; multihop; gateway recursive; import all; export filter announced; add paths on;
  graceful restart; {restart} connect delay time 1; connect retry time 2; error wait time 2,4; hold time {hold}; }}
{sessions}
"""


@dataclass
class Bird:
    """One node. `announces`: prefixes it offers to `leaves`; the first /32 of each lies on its loopback."""

    home: Path
    address: str
    gateway: str
    leaves: tuple[str, ...]
    announces: tuple[str, ...] = ()
    password: str = ""
    asn: int = 65003
    fabric_as: int = 65002
    hold: int = 240
    restart: int | None = None
    pid: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        return f"node-{self.address.replace('.', '-').replace(':', '-')}"

    @property
    def space(self) -> str:
        return names.of(self.home).machine_namespace(self.name)

    @property
    def folder(self) -> Path:
        return self.home / "birds" / self.name

    @property
    def is_v6(self) -> bool:
        return ":" in self.address

    def plug(self) -> None:
        """A cable into the segment and the shared address as gateway."""
        mac = f"00:50:56:00:01:{names.digest(self.address)[:2]}"
        length = 64 if self.is_v6 else 24
        network.plug(self.home, Machine(self.name, mac, "198.18.255.99", 24, "198.18.255.98"))
        lines = [
            f"address add {self.address}/{length} dev ens192{' nodad' if self.is_v6 else ''}",
            "link set ens192 up",
            f"route add default via {self.gateway}",
        ]
        for prefix in self.announces:
            first = prefix.split("/")[0]
            lines.append(f"address add {first}/{128 if self.is_v6 else 32} dev lo{' nodad' if self.is_v6 else ''}")
        run("ip", "-n", self.space, "-batch", "-", stdin="\n".join(lines))
        self.inside(
            "sh",
            "-c",
            "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/fib_multipath_hash_policy;"
            "for i in all default ens192; do echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; done",
        )

    def start(self) -> None:
        """Start BIRD."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "bird.conf").write_text(self._config())
        program = "bird6" if self.is_v6 else "bird"
        files = ["-c", self.folder / "bird.conf", "-s", self.folder / "b.ctl", "-P", self.folder / "b.pid"]
        self.inside(program, *files)
        until = time.monotonic() + 5
        while not (text := (self.folder / "b.pid").read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        self.pid = int(text)

    def up(self) -> Bird:
        """Plug it in and start it."""
        self.plug()
        self.start()
        return self

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End BIRD: cleanly, or as told."""
        if self.pid:
            os.kill(self.pid, number)
            self.pid = 0

    def unplug(self) -> None:
        """Without a word."""
        network.unplug(self.home, self.name)

    def inside(self, *words: object) -> str:
        return run("ip", "netns", "exec", self.space, *map(str, words))

    def answers(self, address: str, count: int = 1) -> bool:
        """Whether an address answers this node's echoes."""
        return bool(json.loads(self.inside(sys.executable, "-I", "-S", SCRIPT, address, "-", count))["ok"])

    def routes(self) -> str:
        return self.inside("ip", "-6" if self.is_v6 else "-4", "route")

    def learned(self, prefix: str) -> str:
        """What BIRD knows of a prefix."""
        client = "birdc6" if self.is_v6 else "birdc"
        return self.inside(client, "-s", self.folder / "b.ctl", "show", "route", prefix)

    def _config(self) -> str:
        statics = "".join(f"  route {prefix} blackhole;\n" for prefix in self.announces)
        secret = f'password "{self.password}"; ' if self.password else ""
        sessions = "\n".join(
            f"protocol bgp leaf{number} from leaf {{ neighbor {leaf} as {self.fabric_as};"
            f" source address {self.address}; {secret}}}"
            for number, leaf in enumerate(self.leaves)
        )
        return CONFIG.format(
            own=f"198.19.1.{int(names.digest(self.address), 16) % 250 + 1}" if self.is_v6 else self.address,
            statics=f"protocol static own {{\n{statics}}}",
            asn=self.asn,
            sessions=sessions,
            hold=self.hold,
            table="",
            restart=f"graceful restart time {self.restart};" if self.restart is not None else "",
        )
