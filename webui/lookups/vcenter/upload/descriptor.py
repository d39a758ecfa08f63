"""The OVF descriptor of an OVA (DMTF DSP0243): what the archive holds and what machine it describes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from webui.lookups.vcenter.upload.refusal import OvaRefused

MAX_BYTES = 4 << 20
"""A descriptor is some tens of kilobytes."""


@dataclass(frozen=True)
class Disk:
    """A disk: the archive's file that holds it."""

    id: str
    file: str


@dataclass(frozen=True)
class Descriptor:
    """`text` is what vCenter gets; `name` the machine's own name; `files` what the archive must hold."""

    text: str
    name: str
    files: tuple[str, ...]
    disks: tuple[Disk, ...]
    networks: tuple[str, ...]

    @classmethod
    def read(cls, content: bytes) -> Descriptor:
        """Read a descriptor; raises OvaRefused for one that machines cannot be made of."""
        text = _text(content)
        root = _parsed(text)
        if _name(root) != "Envelope":
            raise OvaRefused(f"{_NONSENSE} Its first element is {_name(root)}, not Envelope.")
        files = dict(_files(root))
        system = _system(root)
        networks = tuple(name for part in _all(root, "NetworkSection") for name in _networks(part))
        disks = tuple(_disks(root, files))
        if not disks:
            raise OvaRefused("The OVA describes a machine without a disk. Export one with its system disk.")
        own = next((one.text or "" for one in system if _name(one) == "Name"), "") or _attribute(system, "id")
        return cls(text, own.strip(), tuple(files.values()), disks, networks)


_NONSENSE = "The OVA's descriptor is not an OVF descriptor. Export the machine again."


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OvaRefused(f"{_NONSENSE} It is not UTF-8 text.") from error
    # No OVF has a document type; without one there are no entities that could swell up or name files.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise OvaRefused(f"{_NONSENSE} It has a document type.")
    return text


def _parsed(text: str) -> Xml.Element:
    try:
        return Xml.fromstring(text)  # noqa: S314 (no document type, so no entities)
    except (Xml.ParseError, ValueError) as error:
        raise OvaRefused(f"{_NONSENSE} It is no XML: {error}.") from error


def _system(root: Xml.Element) -> Xml.Element:
    if any(_name(one) == "VirtualSystemCollection" for one in root):
        raise OvaRefused("The OVA holds several machines (a vApp). Export one machine alone.")
    found = next((one for one in root if _name(one) == "VirtualSystem"), None)
    if found is None:
        raise OvaRefused("The OVA describes no machine. Export one from vCenter or take a cloud image's OVA.")
    return found


def _files(root: Xml.Element) -> Iterator[tuple[str, str]]:
    for file in (file for part in _all(root, "References") for file in _all(part, "File")):
        href = _attribute(file, "href")
        if not href or "/" in href or "\\" in href or href in (".", ".."):
            raise OvaRefused(f"The OVA names the file {href!r}, which cannot lie in it. Export the machine again.")
        if _attribute(file, "chunkSize") or _attribute(file, "compression") not in ("", "identity"):
            raise OvaRefused(f"The OVA splits or compresses {href}. Export it without chunks and compression.")
        yield _attribute(file, "id"), href


def _disks(root: Xml.Element, files: dict[str, str]) -> Iterator[Disk]:
    for disk in (disk for part in _all(root, "DiskSection") for disk in _all(part, "Disk")):
        ref = _attribute(disk, "fileRef")
        if ref and ref not in files:
            raise OvaRefused(f"The OVA's disk {_attribute(disk, 'diskId')} has no file. Export the machine again.")
        if ref:
            yield Disk(_attribute(disk, "diskId"), files[ref])


def _networks(section: Xml.Element) -> Iterator[str]:
    for network in _all(section, "Network"):
        if name := _attribute(network, "name"):
            yield name


def _all(parent: Xml.Element, name: str) -> Iterator[Xml.Element]:
    return (one for one in parent if _name(one) == name)


def _name(element: Xml.Element) -> str:
    """Without its namespace: that of OVF 1 and of OVF 2 differ."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: Xml.Element, name: str) -> str:
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return next(found, "")
