"""Fields of the Machines page: how to sign in, control-plane machines, workers."""

from __future__ import annotations

from webui.steps.fields import Column, Look, Rows, Secret, SecretArea, Text, page_form

MOST_WORKERS = 200
ROLES = {"control_plane": "machines.control_plane", "workers": "machines.workers"}
"""Role: path of its rows."""

MACHINE = (
    Column("name", "Host name", Look(topic="names", placeholder="k8s-cp-1", longest=100)),
    Column("v4", "IPv4 address", Look(topic="addresses", placeholder="198.18.2.1", longest=100)),
    Column("rack", "Rack", Look(topic="racks", placeholder="r1", options="racks", longest=100)),
    # Last, so that rows pasted without IPv6 fit while the column is not there.
    Column("v6", "IPv6 address", Look(topic="addresses", placeholder="2001:db8:2::1", longest=100)),
)

MachinesForm = page_form(
    "MachinesForm",
    {
        "machines.control_plane": Rows("Control-plane machines", MACHINE, most=7, look=Look(topic="control-plane")),
        "machines.workers": Rows("Workers", MACHINE, most=MOST_WORKERS, look=Look(topic="racks")),
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
