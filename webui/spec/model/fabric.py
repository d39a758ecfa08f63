"""Section `fabric`: how the APIC is reached."""

from __future__ import annotations

from webui.spec.model.types import Endpoint, Part, Secret, SiteKind, Text, Tls, field, part, rows


class Fabric(Part):
    """The APIC cluster and the user that signs in."""

    site: SiteKind | None = field(
        "Site",
        "Where the fabric is: your APIC, or the built-in lab, a simulated fabric on this machine for trying things "
        "out.",
        "apic",
        "lab",
    )
    apics: tuple[Endpoint, ...] = rows(
        "APIC addresses",
        "Names or addresses of up to three controllers of one cluster. The first that answers is used; add :port if "
        "it is not 443.",
        ["apic1.example.net", "apic2.example.net", "apic3.example.net"],
    )
    user: Text | None = field(
        "User",
        "A user who may create local users. Anchorage signs in once with it, makes a user of its own with few "
        "privileges, and works with that one from then on.",
        "admin",
    )
    login_domain: Text | None = field(
        "Login domain",
        "The login domain of the user, such as a TACACS+ or LDAP domain. Leave it empty for the default domain.",
        "tacacs-dc1",
        expert=True,
    )
    tls: Tls = part(Tls, "TLS", "How the APIC's certificate is verified.")
    password: Secret | None = field("Password", "Used once, at sign-in. It is never stored.", secret=True)
