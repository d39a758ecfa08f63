"""Section `machines`: the nodes (modes full and bare-metal)."""

from __future__ import annotations

from webui.spec.model.types import V4, V6, HostName, Part, Secret, Text, field, rows


class Machine(Part):
    """One machine, a node of the cluster."""

    name: HostName | None = field(
        "Host name", "Host name of the machine, and its node's name in Kubernetes.", "k8s-cp-1"
    )
    v4: V4 | None = field("IPv4 address", "Its address in the node subnet.", "198.51.100.1")
    v6: V6 | None = field("IPv6 address", "Its address in the IPv6 node subnet. Only for dual stack.", "2001:db8:10::1")
    rack: Text | None = field("Rack", "It peers with the anchor leaves of this rack.", "r1")


class Machines(Part):
    """The machines and how to sign in to them."""

    user: Text | None = field("User", "The user that Ansible signs in as. It must be allowed to use sudo.", "ubuntu")
    ssh_key: Secret | None = field(
        "SSH private key", "Private key of that user, as text. Either a key or a password is needed.", secret=True
    )
    password: Secret | None = field(
        "Password", "Password of that user, if there is no key; also used for sudo.", secret=True
    )
    control_plane: tuple[Machine, ...] = rows(
        "Control-plane machines", "Three machines. One is enough for a trial, but then nothing survives its loss."
    )
    workers: tuple[Machine, ...] = rows("Workers", "The machines that run the workload.")
