output "datacenter_id" {
  description = "Managed object id of the data centre."
  value       = data.vsphere_datacenter.this.id
}

output "compute_cluster_id" {
  description = "Managed object id of the vSphere cluster."
  value       = data.vsphere_compute_cluster.this.id
}

output "resource_pool_id" {
  description = "Managed object id of the resource pool."
  value       = one(concat(data.vsphere_resource_pool.this[*].id, var.resource_pool == null ? [data.vsphere_compute_cluster.this.resource_pool_id] : []))
}

output "datastore_id" {
  description = "Managed object id of the datastore."
  value       = data.vsphere_datastore.this.id
}

output "network_id" {
  description = "Managed object id of the port group."
  value       = data.vsphere_network.this.id
}

output "template" {
  description = "The template: its UUID and what its clones must share with it. Sizes in GiB."
  value = {
    name             = var.template
    uuid             = data.vsphere_virtual_machine.template.id
    guest_id         = data.vsphere_virtual_machine.template.guest_id
    firmware         = data.vsphere_virtual_machine.template.firmware
    scsi_type        = data.vsphere_virtual_machine.template.scsi_type
    adapter_type     = data.vsphere_virtual_machine.template.network_interface_types[0]
    disk_gib         = data.vsphere_virtual_machine.template.disks[0].size
    thin_provisioned = data.vsphere_virtual_machine.template.disks[0].thin_provisioned
    eagerly_scrub    = data.vsphere_virtual_machine.template.disks[0].eagerly_scrub
  }
}
