"""Fields of the Machines page: how to sign in, control-plane machines, workers."""

from __future__ import annotations

from webui.steps.fields import Column, Look, Rows, Secret, SecretArea, Text, page_form

MOST_WORKERS = 200
ROLES = {"control_plane": "machines.control_plane", "workers": "machines.workers"}
"""Role: path of its rows."""


def _columns(name: str, v4: str, v6: str) -> tuple[Column, ...]:
    """Columns of a role's table, with its examples. IPv6 last: rows pasted without it fit."""
    return (
        Column("name", "Host name", Look(topic="names", placeholder=name, longest=100)),
        Column("v4", "Address", Look(topic="addresses", placeholder=v4, longest=100)),
        Column("rack", "Rack", Look(topic="racks", placeholder="r1", options="racks", longest=100)),
        Column("v6", "Address, v6", Look(topic="addresses", placeholder=v6, longest=100)),
    )


CONTROL = _columns("k8s-cp-1", "198.18.2.1", "2001:db8:2::1")
WORKERS = _columns("k8s-w-1", "198.18.2.4", "2001:db8:2::4")

MachinesForm = page_form(
    "MachinesForm",
    {
        "machines.control_plane": Rows("Control-plane machines", CONTROL, most=7, look=Look(topic="control-plane")),
        "machines.workers": Rows("Workers", WORKERS, most=MOST_WORKERS, look=Look(topic="racks")),
        "machines.user": Text(
            "User", Look("Ansible signs in as this user, who may use sudo.", placeholder="debian", topic="sign-in")
        ),
        "machines.ssh_key": SecretArea(
            "SSH private key",
            Look(
                "OpenSSH or PEM, without a passphrase. Kept encrypted, never shown again.",
                placeholder="-----BEGIN OPENSSH PRIVATE KEY-----",
                topic="sign-in",
            ),
        ),
        "machines.password": Secret(
            "Password", Look("If there is no key; also used for sudo. Kept encrypted.", topic="sign-in")
        ),
    },
)
