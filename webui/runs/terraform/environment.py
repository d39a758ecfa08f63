"""The environment of Terraform's process: a short list of what is let through, and what a run adds. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

LET_THROUGH = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
ROOTS = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The site's own certificate store: an inspecting proxy in front of the provider registry is signed by it."""


def for_init(environ: Mapping[str, str], data: Path, cli_config: Path) -> dict[str, str]:
    """Environment of `terraform init`: proxies yes, secrets no."""
    kept = {name: environ[name] for name in (*LET_THROUGH, *PROXIES, *ROOTS) if name in environ}
    return {
        **kept,
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "TF_DATA_DIR": str(data),
        "TF_CLI_CONFIG_FILE": str(cli_config),
    }


def for_work(
    init: Mapping[str, str], login: Mapping[str, str], secrets: Mapping[str, str], ca_file: Path | None
) -> dict[str, str]:
    """Environment of plan and apply: the provider's login, the variables that are secret, and the pinned CA."""
    pinned = {"SSL_CERT_FILE": str(ca_file)} if ca_file else {}
    return {**init, **pinned, **login, **{f"TF_VAR_{name}": value for name, value in secrets.items()}}


def apic_login(credential: Mapping[str, str]) -> dict[str, str]:
    """How the provider for ACI takes the installer's user."""
    return {
        "ACI_USERNAME": credential["user"],
        "ACI_CERT_NAME": credential["cert_name"],
        "ACI_PRIVATE_KEY": credential["private_key"],
    }


def vcenter_login(user: str, password: str) -> dict[str, str]:
    """How the provider for vSphere takes its user; a saved plan would keep what stands in the configuration."""
    return {"VSPHERE_USER": user, "VSPHERE_PASSWORD": password}


def provider_configuration(mirror: Path | None) -> str:
    """A CLI configuration for a real site: the user's filesystem mirror and nothing else, or the registry."""
    if mirror is None:
        return "provider_installation {\n  direct {}\n}\n"
    path = str(mirror).replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{path}"\n  }}\n}}\n'
