"""Small OVAs, as ovftool would write them, and broken ones."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zlib
from dataclasses import dataclass, field

MIB = 1 << 20
SECTOR = 512


def vmdk(size: int = 3 * MIB, capacity_mib: int = 8192) -> bytes:
    """A stream-optimized VMDK: header, embedded descriptor, compressed grains, end-of-stream marker."""
    sectors = capacity_mib * MIB // SECTOR
    header = struct.pack(
        "<4sIIQQQQIQQQB4sH433x",
        b"KDMV", 3, 0x30001, sectors, 128, 1, 20, 512, 0, 0xFFFFFFFFFFFFFFFF, 128, 0, b"\n \r\n", 1,
    )  # fmt: skip
    text = f'# Disk DescriptorFile\nversion=1\ncreateType="streamOptimized"\nRDONLY {sectors} SPARSE "disk.vmdk"\n'
    body = header + text.encode().ljust(127 * SECTOR, b"\0")
    grain = zlib.compress(hashlib.shake_256(b"grain").digest(64 * 1024), 0)
    marked = struct.pack("<QI", 0, len(grain)) + grain
    marked += b"\0" * (-len(marked) % SECTOR)
    while len(body) < size:
        body += marked
    return body + b"\0" * SECTOR


OVF = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
 xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
  <References><File ovf:href="{disk}" ovf:id="file1" ovf:size="{size}"{extra}/></References>
  <DiskSection><Info>Disks</Info>
    <Disk ovf:capacity="8" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="vmdisk1" ovf:fileRef="file1"
     ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection><Info>Networks</Info><Network ovf:name="VM Network"><Description/></Network></NetworkSection>
  <VirtualSystem ovf:id="debian-13-generic"><Info>A machine</Info><Name>debian-13-generic</Name>
    <OperatingSystemSection ovf:id="96"><Info>Guest</Info></OperatingSystemSection>
    <VirtualHardwareSection><Info>Hardware</Info>
      <System><vssd:ElementName>Family</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemType>vmx-19</vssd:VirtualSystemType></System>
      <Item><rasd:ElementName>2 CPUs</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID>
        <rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
      <Item><rasd:ElementName>memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID>
        <rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
      <Item><rasd:Address>0</rasd:Address><rasd:ElementName>scsi</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID>
        <rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>disk</rasd:ElementName>
        <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID>
        <rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>7</rasd:AddressOnParent><rasd:Connection>VM Network</rasd:Connection>
        <rasd:ElementName>nic</rasd:ElementName><rasd:InstanceID>5</rasd:InstanceID>
        <rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
"""


@dataclass
class OvaParts:
    """What goes into an OVA; change a part to break it. `manifest`: "sha1", "sha256", "sha512" or "" for none."""

    disk: bytes = field(default_factory=vmdk)
    disk_name: str = "disk-0.vmdk"
    ovf: str = ""
    extra: str = ""
    manifest: str = "sha256"
    manifest_last: bool = False
    damage: bool = False
    leave_out: bool = False

    def build(self) -> bytes:
        """The archive."""
        ovf = (self.ovf or OVF.format(disk=self.disk_name, size=len(self.disk), extra=self.extra)).encode()
        files = [("machine.ovf", ovf), (self.disk_name, self.disk)]
        listed = "".join(f"{self.manifest.upper()}({name})= {self._digest(data)}\n" for name, data in files)
        if self.damage:
            files[1] = (self.disk_name, self.disk[:-1] + b"\1")
        if self.leave_out:
            del files[1]
        if self.manifest:
            files.insert(len(files) if self.manifest_last else 1, ("machine.mf", listed.encode()))
        return tarred(files)

    def _digest(self, data: bytes) -> str:
        return hashlib.new(self.manifest, data).hexdigest() if self.manifest else ""


def tarred(files: list[tuple[str, bytes]]) -> bytes:
    """A tar archive, as OVAs are: ustar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Reader(io.BytesIO):
    """A source that counts what was read and can break, tell of progress, or hand out little at a time."""

    def __init__(self, data: bytes, *, breaks_at: int | None = None, most: int = 1 << 30) -> None:
        super().__init__(data)
        self.breaks_at, self.most, self.largest = breaks_at, most, 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and size >= 0, "nobody may ask for all of it"
        self.largest = max(self.largest, size)
        if self.breaks_at is not None and self.tell() >= self.breaks_at:
            raise ConnectionResetError("the browser went away")
        return super().read(min(size, self.most))
