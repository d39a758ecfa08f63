"""Configuration of container runtimes, as filters. PURE: data in, data out."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

HUB = "registry-1.docker.io"
"""Where images whose names begin with docker.io come from."""

CRI_1 = "io.containerd.grpc.v1.cri"
IMAGES_2, RUNTIME_2 = "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"
CERTIFICATES = "/etc/containerd/certs.d"
CNI_BINARIES, CNI_NETWORKS = "/opt/cni/bin", "/etc/cni/net.d"


def containerd_major(text: str) -> int:
    """Of what `containerd --version` prints, such as `containerd github.com/containerd/containerd 1.6.20~ds1 …`."""
    version = text.split()[2].lstrip("v")
    return int(version.split(".", maxsplit=1)[0])


def containerd_config(major: int, pause: str, additions: str = "") -> str:
    """The text of config.toml for this major version of containerd; what the user adds wins. Raises ValueError."""
    base = _version_3(pause) if major >= 2 else _version_2(pause)
    added = tomllib.loads(additions)
    if "version" in added and added["version"] != base["version"]:
        raise ValueError(
            f"the containerd additions are for configuration version {added['version']}, this containerd has "
            f"{base['version']}"
        )
    return to_toml(merged(base, added))


def _version_2(pause: str) -> dict[str, Any]:
    runc = {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}
    cri = {
        "sandbox_image": pause,
        "cni": {"bin_dir": CNI_BINARIES, "conf_dir": CNI_NETWORKS},
        "containerd": {"runtimes": {"runc": runc}},
        "registry": {"config_path": CERTIFICATES},
    }
    return {"version": 2, "plugins": {CRI_1: cri}}


def _version_3(pause: str) -> dict[str, Any]:
    runc = {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}
    images = {"pinned_images": {"sandbox": pause}, "registry": {"config_path": CERTIFICATES}}
    runtime = {
        "cni": {"bin_dirs": [CNI_BINARIES], "conf_dir": CNI_NETWORKS},
        "containerd": {"runtimes": {"runc": runc}},
    }
    return {"version": 3, "plugins": {IMAGES_2: images, RUNTIME_2: runtime}}


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Both, table by table; a value of `more` takes the place of one of `base`."""
    found = dict(base)
    for name, value in more.items():
        both = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = merged(found[name], value) if both else value
    return found


def to_toml(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """A document of tables, text, numbers, flags and lists of these, as TOML."""
    plain = {name: one for name, one in value.items() if not isinstance(one, Mapping)}
    lines = [f"[{'.'.join(map(_quoted, path))}]"] if path and plain else []
    lines += [f"{_key(name)} = {_value(one)}" for name, one in plain.items()]
    text = "\n".join(lines) + ("\n" if lines else "")
    tables = (to_toml(one, (*path, name)) for name, one in value.items() if isinstance(one, Mapping))
    return "\n".join(part for part in (text, *tables) if part)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items()) + "}"
    return _quoted(str(value))


def hosts_toml(mirror: Mapping[str, str], login: Mapping[str, str] | None = None) -> str:
    """Of /etc/containerd/certs.d/UPSTREAM/hosts.toml: images of `upstream` come from `mirror` (a URL, whose path stands
    before the images' names), checked by the authority in ca.crt beside it when one is given."""
    url = urlsplit(mirror["mirror"])
    path = url.path.strip("/")
    place = f"{url.scheme}://{url.netloc}/v2" + (f"/{path}" if path else "")
    host: dict[str, Any] = {"capabilities": ["pull", "resolve"], "override_path": True}
    if mirror.get("ca"):
        host["ca"] = f"{CERTIFICATES}/{mirror['upstream']}/ca.crt"
    if login:
        token = base64.b64encode(f"{login['user']}:{login['password']}".encode()).decode()
        host["header"] = {"Authorization": [f"Basic {token}"]}
    upstream = HUB if mirror["upstream"] == "docker.io" else mirror["upstream"]
    return to_toml({"server": f"https://{upstream}", "host": {place: host}})


def containerd_registries(
    mirrors: Iterable[Mapping[str, str]], logins: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """What /etc/containerd/certs.d holds: name below it -> text, empty for the authority of a mirror without one."""
    found = {}
    for mirror in mirrors:
        upstream = mirror["upstream"]
        found[f"{upstream}/hosts.toml"] = f"# Written by Anchorage.\n{hosts_toml(mirror, logins.get(upstream))}"
        found[f"{upstream}/ca.crt"] = f"{mirror['ca'].rstrip()}\n" if mirror.get("ca") else ""
    return found


def crio_logins(mirrors: Iterable[Mapping[str, str]], logins: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The `auths` of an auth.json (containers-auth.json(5)): place of a mirror -> its sign-in."""
    found = {}
    for mirror in mirrors:
        login = logins.get(mirror["upstream"])
        if login:
            url = urlsplit(mirror["mirror"])
            token = base64.b64encode(f"{login['user']}:{login['password']}".encode()).decode()
            found[f"{url.netloc}{url.path.rstrip('/')}"] = {"auth": token}
    return found


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Any]:
        """Name in templates -> function."""
        own = (containerd_major, containerd_config, hosts_toml, containerd_registries, crio_logins)
        return {one.__name__: one for one in own}
