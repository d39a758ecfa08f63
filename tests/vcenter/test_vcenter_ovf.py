"""A template uploaded by OVF import, as the wizard does it: import, lease, upload, snapshot, template, clone."""

from __future__ import annotations

import ssl
import urllib.request
from typing import Any

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.vcenter.site import VCenterSite
from tests.machines_root import machine
from tests.vcenter_fixtures import MakeMachines
from tests.vcenter_lab import at, inventory, named, signed_in

DESCRIPTOR = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
  xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
  <References><File ovf:href="disk.vmdk" ovf:id="file1" ovf:size="4096"/></References>
  <DiskSection><Info>Disks</Info>
    <Disk ovf:capacity="10" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="vmdisk1" ovf:fileRef="file1"
      ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/></DiskSection>
  <NetworkSection><Info>Networks</Info><Network ovf:name="VM Network"><Description/></Network></NetworkSection>
  <VirtualSystem ovf:id="uploaded"><Info>A machine</Info><Name>uploaded</Name>
    <OperatingSystemSection ovf:id="96" ovf:osType="debian12_64Guest"
      xmlns:vmw="http://www.vmware.com/schema/ovf" vmw:osType="debian12_64Guest"><Info>OS</Info>
    </OperatingSystemSection>
    <VirtualHardwareSection><Info>Hardware</Info>
      <System><vssd:ElementName>Virtual Hardware</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemType>vmx-19</vssd:VirtualSystemType></System>
      <Item><rasd:ElementName>2 CPU</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID>
        <rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
      <Item><rasd:ElementName>2048 MB</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID>
        <rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
      <Item><rasd:Address>0</rasd:Address><rasd:ElementName>SCSI 0</rasd:ElementName>
        <rasd:InstanceID>3</rasd:InstanceID>
        <rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>Disk 1</rasd:ElementName>
        <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID>
        <rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>7</rasd:AddressOnParent><rasd:Connection>VM Network</rasd:Connection>
        <rasd:ElementName>Card 1</rasd:ElementName><rasd:InstanceID>5</rasd:InstanceID>
        <rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>
    </VirtualHardwareSection></VirtualSystem>
</Envelope>"""


def import_spec(content: Any, name: str) -> Any:
    """Spec of the import, with the card on the templates' port group."""
    group = named(content, vim.dvs.DistributedVirtualPortgroup, "templates-vlan-99")
    params = vim.OvfManager.CreateImportSpecParams(
        entityName=name,
        diskProvisioning="thin",
        networkMapping=[vim.OvfManager.NetworkMapping(name="VM Network", network=group)],
    )
    pool, store = named(content, vim.ResourcePool, "k8s"), named(content, vim.Datastore, "ds-k8s")
    return content.ovfManager.CreateImportSpec(DESCRIPTOR, pool, store, params)


def upload(vcenter: VCenterSite, url: str, body: bytes) -> int:
    context = ssl.create_default_context(cadata=vcenter.ca_pem)
    request = urllib.request.Request(url.replace("*", vcenter.address), data=body, method="POST")
    with urllib.request.urlopen(request, context=context, timeout=10) as reply:
        return int(reply.status)


def import_template(vcenter: VCenterSite, content: Any, name: str) -> Any:
    """The whole way of a template upload."""
    spec = import_spec(content, name)
    assert [(item.path, item.size) for item in spec.fileItem] == [("disk.vmdk", 4096)]
    pool = named(content, vim.ResourcePool, "k8s")
    lease = pool.ImportVApp(spec.importSpec, at(content, "/DC1/vm/templates"))
    while lease.state == "initializing":
        pass
    assert lease.state == "ready"
    assert upload(vcenter, lease.info.deviceUrl[0].url, b"x" * 4096) == 200
    lease.HttpNfcLeaseProgress(50)
    assert lease.transferProgress == 50
    made = lease.info.entity
    lease.HttpNfcLeaseComplete()
    WaitForTask(made.CreateSnapshot_Task("base", "", False, False))
    made.MarkAsTemplate()
    return made


def test_an_uploaded_template_makes_machines_and_goes_without_a_trace(
    vcenter: VCenterSite, make_machines: MakeMachines
) -> None:
    before = inventory(vcenter)
    with signed_in(vcenter) as content:
        made = import_template(vcenter, content, "uploaded")
        assert made.config.template
        assert (made.config.hardware.numCPU, made.config.hardware.memoryMB) == (2, 2048)
    root = make_machines(machines={"k8s-w-1": machine("workers", 4)}, template="uploaded")
    root.apply()
    assert root.machines()["k8s-w-1"]["address"] == "198.18.2.4"
    assert root.changes_nothing()
    root.destroy()
    with signed_in(vcenter) as content:
        WaitForTask(named(content, vim.VirtualMachine, "uploaded").Destroy_Task())
    assert inventory(vcenter) == before


def test_an_import_under_a_taken_name_is_refused(vcenter: VCenterSite) -> None:
    with signed_in(vcenter) as content:
        spec = import_spec(content, "debian-12-cloud")
        with pytest.raises(vim.fault.DuplicateName):
            named(content, vim.ResourcePool, "k8s").ImportVApp(spec.importSpec, at(content, "/DC1/vm/templates"))


def test_an_import_that_was_given_up_leaves_nothing(vcenter: VCenterSite) -> None:
    before = inventory(vcenter)
    with signed_in(vcenter) as content:
        spec = import_spec(content, "given-up")
        lease = named(content, vim.ResourcePool, "k8s").ImportVApp(spec.importSpec, at(content, "/DC1/vm/templates"))
        while lease.state == "initializing":
            pass
        lease.HttpNfcLeaseAbort()
    assert inventory(vcenter) == before
