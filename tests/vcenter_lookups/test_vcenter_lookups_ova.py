"""OVAs as they stream by: what is read, what is refused with which words, and what nonsense does."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vcenter_lookups.ova_files import MIB, OVF, OvaParts, Reader, tarred, vmdk
from webui.lookups.vcenter import OvaRefused, SourceBroken
from webui.lookups.vcenter.upload.descriptor import Descriptor
from webui.lookups.vcenter.upload.manifest import Manifest
from webui.lookups.vcenter.upload.ova import BUFFER, Ova

SMALL = vmdk(200_000)


def read(data: bytes) -> dict[str, int]:
    """Sizes of the files that came, after the whole archive."""
    return {file.name: sum(len(chunk) for chunk in file.chunks()) for file in Ova(Reader(data)).files()}


def contents(data: bytes) -> list[tuple[str, bytes]]:
    """The files of an archive."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        found = [(member.name, tar.extractfile(member)) for member in tar]
        return [(name, file.read()) for name, file in found if file]


@pytest.mark.parametrize("manifest", ["sha1", "sha256", "sha512", ""])
@pytest.mark.parametrize("last", [False, True])
def test_it_reads_an_ova_with_its_manifest_before_or_behind(manifest: str, last: bool) -> None:
    parts = OvaParts(SMALL, manifest=manifest, manifest_last=last)
    assert read(parts.build()) == {"disk-0.vmdk": len(SMALL)}


def test_the_descriptor_tells_name_disks_and_networks() -> None:
    found = Ova(Reader(OvaParts(SMALL).build())).descriptor
    assert found.name == "debian-13-generic"
    assert found.files == ("disk-0.vmdk",)
    assert [disk.file for disk in found.disks] == ["disk-0.vmdk"]
    assert found.networks == ("VM Network",)
    assert "<Envelope" in found.text


def test_nothing_is_read_before_it_is_asked_for() -> None:
    source = Reader(OvaParts().build())
    Ova(source)
    assert source.tell() <= BUFFER


def test_it_never_asks_for_much_at_once_and_takes_little_at_a_time() -> None:
    source = Reader(OvaParts(vmdk(5 * MIB)).build(), most=1000)
    for file in Ova(source).files():
        assert max(len(chunk) for chunk in file.chunks()) <= MIB
    assert source.largest <= BUFFER


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("manifest", ["sha1", "sha256"])
def test_it_refuses_a_disk_whose_checksum_differs(last: bool, manifest: str) -> None:
    data = OvaParts(SMALL, manifest=manifest, manifest_last=last, damage=True).build()
    with pytest.raises(OvaRefused, match=r"checksum of disk-0.vmdk differs"):
        read(data)


def test_it_refuses_a_descriptor_whose_checksum_differs() -> None:
    parts = OvaParts(SMALL, manifest="sha256")
    files = contents(parts.build())
    files[0] = (files[0][0], files[0][1] + b"<!-- more -->")
    with pytest.raises(OvaRefused, match=r"checksum of machine.ovf differs"):
        read(tarred(files))


def test_it_refuses_an_ova_without_its_disk() -> None:
    with pytest.raises(OvaRefused, match=r"lacks disk-0.vmdk"):
        read(OvaParts(SMALL, leave_out=True).build())


def test_it_refuses_an_ova_that_ends_early() -> None:
    data = OvaParts(SMALL).build()
    with pytest.raises(OvaRefused, match="ends too early"):
        read(data[: len(data) // 2])


def test_a_source_that_breaks_is_told_apart_from_a_bad_ova() -> None:
    with pytest.raises(SourceBroken, match="broke off"):
        for file in Ova(Reader(OvaParts().build(), breaks_at=MIB)).files():
            list(file.chunks())


NOT_OVAS = {
    "nothing": b"",
    "text": b"hello " * 200,
    "zeros": b"\0" * 20_000,
    "a gzip": b"\x1f\x8b\x08" + b"\0" * 2000,
    "a bare disk": SMALL,
    "another first file": tarred([("readme.txt", b"x"), ("a.ovf", OVF.encode())]),
    "an empty archive": tarred([]),
}


@pytest.mark.parametrize("kind", NOT_OVAS)
def test_it_refuses_what_is_no_ova(kind: str) -> None:
    with pytest.raises(OvaRefused, match="not an OVA"):
        Ova(Reader(NOT_OVAS[kind]))


def test_it_refuses_links_and_folders() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        link = tarfile.TarInfo("machine.ovf")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(OvaRefused, match="no ordinary file"):
        Ova(Reader(out.getvalue()))


@pytest.mark.parametrize("first", [b"", tarred([("machine.ovf", OVF.format(disk="d", size=1, extra="").encode())])])
def test_a_header_that_claims_to_be_huge_does_not_fill_the_memory(first: bytes) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 6 << 30
    source = Reader(first.rstrip(b"\0").ljust(-(-len(first.rstrip(b"\0")) // 512) * 512, b"\0") + header.tobuf())
    source.seek(0, io.SEEK_END)
    source.write(b"1" * (8 * MIB))
    source.seek(0)
    with pytest.raises(OvaRefused, match="not an OVA"):
        list(Ova(source).files())
    assert source.tell() < 3 * MIB


def test_it_refuses_a_descriptor_that_is_too_large_to_be_one() -> None:
    with pytest.raises(OvaRefused, match="too large"):
        Ova(Reader(tarred([("a.ovf", b" " * (5 * MIB))])))


def test_it_refuses_a_disk_that_is_no_stream_optimized_vmdk() -> None:
    parts = OvaParts(b"# Disk DescriptorFile\n" * 100, manifest="")
    with pytest.raises(OvaRefused, match="stream-optimized"):
        read(parts.build())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<Envelope", "<Other", "no XML"),
        ("</Envelope>", "", "no XML"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "<!DOCTYPE x [<!ENTITY a 'b'>]>", "document type"),
        ("VirtualSystem ", "VirtualSystemCollection ", "no XML"),
        ('ovf:href="disk-0.vmdk"', 'ovf:href="../../etc/passwd"', "cannot lie in it"),
        ('ovf:href="disk-0.vmdk"', 'ovf:href="http://198.51.100.1/disk"', "cannot lie in it"),
        ('ovf:id="file1"', 'ovf:id="file1" ovf:chunkSize="1000"', "splits or compresses"),
        ('ovf:id="file1"', 'ovf:id="file1" ovf:compression="gzip"', "splits or compresses"),
        ('ovf:fileRef="file1"', 'ovf:fileRef="file9"', "has no file"),
        ('ovf:fileRef="file1"', "", "without a disk"),
    ],
)
def test_it_refuses_descriptors_that_no_machine_can_be_made_of(old: str, new: str, words: str) -> None:
    text = OVF.format(disk="disk-0.vmdk", size=1, extra="")
    assert old in text
    with pytest.raises(OvaRefused, match=words):
        Descriptor.read(text.replace(old, new).encode())


def test_it_refuses_several_machines() -> None:
    text = OVF.format(disk="d.vmdk", size=1, extra="").replace("VirtualSystem>", "VirtualSystemCollection>")
    text = text.replace("<VirtualSystem ", "<VirtualSystemCollection ")
    with pytest.raises(OvaRefused, match="several machines"):
        Descriptor.read(text.encode())


def test_it_refuses_an_envelope_without_a_machine() -> None:
    with pytest.raises(OvaRefused, match="describes no machine"):
        Descriptor.read(b"<Envelope/>")


@pytest.mark.parametrize("line", ["garbage", "SHA256(a.vmdk)= abc", "MD5(a)= 00", "SHA1(a.ovf)= " + "g" * 40])
def test_it_refuses_a_damaged_manifest(line: str) -> None:
    with pytest.raises(OvaRefused, match="manifest is damaged"):
        Manifest.read(line.encode())


def test_manifests_are_written_in_several_ways() -> None:
    digest = "A" * 64
    found = Manifest.read(f"SHA256(a b.vmdk)= {digest}\r\n\nSHA256 (c.ovf) = {digest}\n".encode())
    assert found.digests == {"a b.vmdk": ("sha256", digest.lower()), "c.ovf": ("sha256", digest.lower())}


BASE = OvaParts(vmdk(70_000), manifest="sha256").build()


@settings(max_examples=150)
@given(st.data())
def test_a_changed_ova_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    """Bytes changed, cut out or put in anywhere: never another error, and never a wrong disk with a right manifest."""
    at = data.draw(st.integers(0, len(BASE) - 1))
    length = data.draw(st.integers(0, 600))
    put = data.draw(st.binary(max_size=600))
    changed = BASE[:at] + put + BASE[at + length :]
    try:
        sizes = read(changed)
    except OvaRefused as refused:
        assert str(refused).endswith(".") or ":" in str(refused)
    else:
        assert sizes == {"disk-0.vmdk": len(vmdk(70_000))}


@settings(max_examples=100)
@given(st.binary(max_size=3000))
def test_any_bytes_are_refused_as_no_ova(data: bytes) -> None:
    with pytest.raises(OvaRefused):
        read(data)


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_any_descriptor_is_read_or_refused(content: bytes) -> None:
    with pytest.raises(OvaRefused):
        Descriptor.read(content)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 70_000), min_size=0, max_size=4), st.booleans(), st.sampled_from(["sha1", "sha256", ""]))
def test_other_files_of_the_archive_are_passed_over(sizes: list[int], last: bool, manifest: str) -> None:
    parts = OvaParts(vmdk(70_000), manifest=manifest, manifest_last=last)
    files = contents(parts.build())
    files[1:1] = [(f"other-{n}.bin", b"x" * size) for n, size in enumerate(sizes)]
    assert read(tarred(files)) == {"disk-0.vmdk": len(vmdk(70_000))}
