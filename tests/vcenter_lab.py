"""A simulated vCenter for tests, and what its inventory looks like through pyvmomi."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

from lab.vcenter import site
from lab.vcenter.site import VCenterSite


def start(home: Path, cache: Path, certificates: Path, **options: Any) -> VCenterSite:
    """Starts it with a certificate that was made before: making one takes longer than most tests."""
    if not (home / "apic").exists():
        shutil.copytree(certificates, home / "apic")
    return site.up(home, cache, say=print, **options)


@contextmanager
def signed_in(vcenter: VCenterSite, user: str = "", password: str = "") -> Iterator[Any]:
    """Content of the service, through pyvmomi with the certificate verified."""
    host, _, port = vcenter.address.partition(":")
    context = ssl.create_default_context(cadata=vcenter.ca_pem)
    user, password = (user or vcenter.user), (password or vcenter.password)
    service = SmartConnect(host=host, port=int(port), user=user, pwd=password, sslContext=context)
    try:
        yield service.RetrieveContent()
    finally:
        Disconnect(service)


def everything(content: Any, kind: Any) -> list[Any]:
    """All objects of a kind."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
    try:
        return list(view.view)
    finally:
        view.Destroy()


def named(content: Any, kind: Any, name: str) -> Any:
    """The one object of this kind and name."""
    (found,) = [each for each in everything(content, kind) if each.name == name]
    return found


def at(content: Any, where: str) -> Any:
    """The object of this inventory path."""
    return content.searchIndex.FindByInventoryPath(where)


def path(each: Any) -> str:
    """Inventory path."""
    return "" if each.parent is None else f"{path(each.parent)}/{each.name}"


def inventory(vcenter: VCenterSite) -> dict[str, Any]:
    """All that could be left behind: objects by path, what lists of others point at, rules, space."""
    with signed_in(vcenter) as content:
        kinds = [vim.VirtualMachine, vim.Folder, vim.Datastore, vim.Network, vim.ResourcePool, vim.HostSystem]
        found: dict[str, Any] = {path(each): each._moId for kind in kinds for each in everything(content, kind)}
        for pool in everything(content, vim.ResourcePool):
            found[f"{path(pool)} machines"] = sorted(machine._moId for machine in pool.vm)
        for store in everything(content, vim.Datastore):
            found[f"{path(store)} free"] = store.summary.freeSpace
        for cluster in everything(content, vim.ClusterComputeResource):
            found[f"{path(cluster)} rules"] = [rule.name for rule in cluster.configurationEx.rule]
        return found
