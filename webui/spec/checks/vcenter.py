"""Against the vCenter: what must exist does, and the template can be cloned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from webui.spec.checks.registry import Subject, check
from webui.spec.model.vcenter import VCenter
from webui.spec.problem import Problem, blocking, warning
from webui.spec.vcenter_site import GIB, NEW_LEVELS, Datastore, PortGroup, Template, VCenterFacts

ROLES = ("control_plane", "workers")


def seen(subject: Subject) -> VCenterFacts | None:
    """The vCenter's facts, where the mode makes machines in it."""
    return subject.vcenter if subject.spec.mode == "full" else None


def template_of(subject: Subject) -> Template | None:
    """The template, if there is exactly one of its name."""
    facts, section = seen(subject), subject.spec.vcenter
    found = facts.templates_named(section.datacenter, section.template) if facts else ()
    return found[0] if len(found) == 1 else None


def group_of(subject: Subject) -> PortGroup | None:
    """The port group, if there is exactly one of its name."""
    facts, section = seen(subject), subject.spec.vcenter
    found = facts.port_groups_named(section.datacenter, section.port_group) if facts else ()
    return found[0] if len(found) == 1 else None


@check
def places_exist(subject: Subject) -> Iterator[Problem]:
    """Data centre, cluster, resource pool and switch are there; below a wrong data centre nothing is looked for."""
    facts, section = seen(subject), subject.spec.vcenter
    if facts is None:
        return
    yield from _known("datacenter", "data centre", section.datacenter, facts.datacenters)
    where = section.datacenter
    if where not in facts.datacenters:
        return
    inside = f" in data centre {where}"
    names = [one.name for one in facts.clusters if one.datacenter == where]
    yield from _known("compute_cluster", f"cluster{inside}", section.compute_cluster, names)
    cluster = facts.cluster(where, section.compute_cluster)
    if cluster:
        yield from _known(
            "resource_pool", f"resource pool in cluster {cluster.name}", section.resource_pool, cluster.pools
        )
    switches = [one.name for one in facts.switches if one.datacenter == where]
    yield from _known("switch", f"distributed switch{inside}", section.switch, switches)


@check
def datastore_exists(subject: Subject) -> Iterator[Problem]:
    """The datastore is there, works, and every host of the cluster reaches it."""
    facts, section = seen(subject), subject.spec.vcenter
    if facts is None or section.datacenter not in facts.datacenters:
        return
    names = [one.name for one in facts.datastores if one.datacenter == section.datacenter]
    yield from _known("datastore", f"datastore in data centre {section.datacenter}", section.datastore, names)
    store = facts.datastore(section.datacenter, section.datastore)
    if store is None:
        return
    if not store.usable:
        sentence = f"Datastore {store.name} is not accessible or in maintenance."
        yield blocking("vcenter.datastore", sentence, "Choose another one, or end its maintenance in vCenter.")
    yield from _reached(facts, section, f"Datastore {store.name}", store)


@check
def port_group_exists(subject: Subject) -> Iterator[Problem]:
    """There is one port group of that name, on the switch, and the cluster's hosts have it."""
    facts, section = seen(subject), subject.spec.vcenter
    if facts is None or section.datacenter not in facts.datacenters:
        return
    names = [one.name for one in facts.port_groups if one.datacenter == section.datacenter]
    yield from _known("port_group", f"port group in data centre {section.datacenter}", section.port_group, names)
    found = facts.port_groups_named(section.datacenter, section.port_group)
    path = "vcenter.port_group"
    if len(found) > 1:
        owners = ", ".join(sorted(one.switch or "a standard switch" for one in found))
        sentence = (
            f"{len(found)} port groups are named {section.port_group}: of {owners}. Terraform tells them by name."
        )
        yield blocking(path, sentence, "Give the one that you mean a name of its own, or choose another one.")
    for group in found if len(found) == 1 else ():
        known = facts.switch(section.datacenter, section.switch) is not None
        if known and group.switch and group.switch != section.switch:
            sentence = f"Port group {group.name} is of switch {group.switch}, not of {section.switch}."
            yield blocking(path, sentence, f"Choose one of {section.switch}, or that switch.")
        yield from _reached(facts, section, f"Port group {group.name}", group)


@check
def folder_can_be_made(subject: Subject) -> Iterator[Problem]:
    """Terraform makes a few levels of folders, not a whole tree."""
    facts, section = seen(subject), subject.spec.vcenter
    if facts is None or not section.folder or section.datacenter not in facts.datacenters:
        return
    there, new = facts.folder_parts(section.datacenter, section.folder)
    if len(new) > NEW_LEVELS:
        sentence = f"Folder {section.folder} lacks {len(new)} levels; at most {NEW_LEVELS} are made."
        first = "/".join(part for part in (there, new[0]) if part)
        yield blocking("vcenter.folder", sentence, f"Make {first} in vCenter first, or choose a shorter path.")
    wrong = next((level for level in new if len(level) > 80 or any(mark in level for mark in "\\%")), None)
    if wrong:
        sentence = f"A folder cannot be named {wrong}."
        yield blocking("vcenter.folder", sentence, "Use 1 to 80 characters in each level, without \\ and %.")


@check
def template_exists(subject: Subject) -> Iterator[Problem]:
    """There is one template of that name, with one disk and one network card."""
    facts, section = seen(subject), subject.spec.vcenter
    if facts is None or section.datacenter not in facts.datacenters:
        return
    path = "vcenter.template"
    inside = [one for one in facts.templates if one.datacenter == section.datacenter]
    found = facts.templates_named(section.datacenter, section.template)
    if not found:
        names = [one.name for one in inside] + [one.short for one in inside]
        yield from _known("template", f"template in data centre {section.datacenter}", section.template, names)
    elif len(found) > 1:
        paths = ", ".join(one.name for one in found)
        sentence = f"{len(found)} templates are named {section.template}: {paths}."
        yield blocking(path, sentence, "Give the path of the one that you mean.")
    for template in found if len(found) == 1 else ():
        for count, what in ((len(template.disks), "disk"), (template.cards, "network card")):
            if count != 1:
                sentence = f"Template {template.short} has {count} {what}s; machines are made with exactly one."
                yield blocking(path, sentence, f"Choose a template with one {what}.")


@check
def template_has_tools(subject: Subject) -> Iterator[Problem]:
    """Without VMware Tools vCenter can neither set addresses nor learn them."""
    template = template_of(subject)
    if template and template.tools is False:
        sentence = (
            f"vCenter knows of no VMware Tools in template {template.short}: it will not set the machines' addresses."
        )
        remedy = (
            "Install open-vm-tools in it: convert it to a machine, start it once so that vCenter sees them, shut it "
            "down, take a snapshot and mark it as a template again. Or choose another template."
        )
        yield blocking("vcenter.template", sentence, remedy)


@check
def template_fits(subject: Subject) -> Iterator[Problem]:
    """Disks are not smaller than the template's; linked clones have the one snapshot that they need."""
    template = template_of(subject)
    if template is None or len(template.disks) != 1:
        return
    own, linked = template.disks[0] / GIB, False
    for role in ROLES:
        wanted = getattr(subject.spec.vcenter, role).disk_gib
        linked |= template.linked(wanted) and bool(getattr(subject.spec.machines, role))
        if wanted is not None and wanted < own:
            sentence = f"A disk of {wanted} GiB is smaller than that of template {template.short}, {own:g} GiB."
            yield blocking(f"vcenter.{role}.disk_gib", sentence, f"Give {own:g} or more.")
    if linked and template.snapshots != 1:
        count = "no snapshot" if template.snapshots == 0 else f"{template.snapshots} snapshots"
        sentence = (
            f"Template {template.short} has {count}. Machines with a disk of its size share its disk, which needs "
            "exactly one."
        )
        remedy = (
            "Convert it to a machine in vCenter, leave it with one snapshot and mark it as a template again; or give "
            "the machines a larger disk, so that each gets a copy."
        )
        yield blocking("vcenter.template", sentence, remedy)


def _reached(facts: VCenterFacts, section: VCenter, what: str, one: Datastore | PortGroup) -> Iterator[Problem]:
    """Hosts of the cluster that do not reach a datastore or a port group cannot run machines."""
    cluster = section.compute_cluster
    if facts.cluster(section.datacenter, cluster) is None or cluster in one.clusters:
        return
    path = "vcenter.datastore" if isinstance(one, Datastore) else "vcenter.port_group"
    if cluster in one.partly:
        sentence = f"{what} is not there on every host of cluster {cluster}: machines cannot run on the others."
        yield warning(path, sentence, "Connect all hosts to it in vCenter, or choose another one.")
    elif one.clusters or one.partly:
        sentence = f"{what} cannot be reached from cluster {cluster}."
        yield blocking(path, sentence, "Choose one that the cluster's hosts have.")


def _known(field: str, what: str, name: str | None, there: Sequence[str]) -> Iterator[Problem]:
    if name is None or name in there:
        return
    near = get_close_matches(name, there, 3, 0.6)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "Make it in vCenter first, or choose another one."
    yield blocking(f"vcenter.{field}", f"There is no {what} named {name}.", remedy)
