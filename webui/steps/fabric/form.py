"""Fields of the Fabric page: the cluster's name and mode, the APIC and how it is trusted."""

from __future__ import annotations

from webui.steps.document import LONGEST_TEXT
from webui.steps.fields import Area, Choice, Column, Look, Rows, Text, page_form

MODES = (
    ("full", "Full cluster", "Fabric, virtual machines in vCenter, Kubernetes. Needs an APIC and a vCenter."),
    ("bare-metal", "Bare metal", "Fabric, and Kubernetes on machines that exist already."),
    ("no-cluster", "No cluster", "Fabric objects and an archive of manifests, for a cluster of your own."),
)
SITES = (
    ("lab", "Built-in lab", "A simulated APIC on this host. Nothing leaves this machine."),
    ("apic", "My APIC", "A real fabric, over HTTPS."),
)
TRUST = (
    ("true", "Verify", "By the authorities that this host trusts, or by the one pinned below."),
    ("false", "Do not verify", "Whoever answers at this address is believed, and can read and change what is sent."),
)

FabricForm = page_form(
    "FabricForm",
    {
        "name": Text(
            "Cluster name",
            Look("Lower-case letters, digits and hyphens. Object names are derived from it.", topic="name"),
        ),
        "mode": Choice("What to build", MODES, Look(topic="mode")),
        "fabric.site": Choice("Site", SITES, Look(topic="site")),
        "fabric.apics": Rows(
            "APIC addresses",
            (Column("", "Address", Look(placeholder="apic1.example.net")),),
            most=3,
            look=Look(
                "Up to three controllers of one fabric. The next one is tried when one does not answer.", topic="apics"
            ),
        ),
        "fabric.user": Text("User", Look("May make local users, such as admin.", placeholder="admin", topic="sign-in")),
        "fabric.login_domain": Text(
            "Login domain", Look("Empty for the default.", unit="optional", topic="login-domain")
        ),
        "fabric.tls.verify": Choice("Certificate of the APIC", TRUST, Look(topic="tls")),
        "fabric.tls.ca": Area(
            "Pinned authority",
            Look(
                "PEM. Only certificates that it signed are accepted. Empty: the authorities of this host.",
                unit="optional",
                placeholder="-----BEGIN CERTIFICATE-----",
                topic="tls",
                longest=LONGEST_TEXT,
            ),
        ),
    },
)
