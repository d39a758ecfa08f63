# What a machine needs and this installer does not make. Read only: a name that is not there fails the plan.

data "vsphere_datacenter" "this" {
  name = var.datacenter
}

data "vsphere_compute_cluster" "this" {
  name          = var.compute_cluster
  datacenter_id = data.vsphere_datacenter.this.id
}

data "vsphere_resource_pool" "this" {
  count = var.resource_pool == null ? 0 : 1

  name          = "${var.compute_cluster}/Resources/${var.resource_pool}"
  datacenter_id = data.vsphere_datacenter.this.id
}

data "vsphere_datastore" "this" {
  name          = var.datastore
  datacenter_id = data.vsphere_datacenter.this.id
}

data "vsphere_network" "this" {
  name          = var.port_group
  datacenter_id = data.vsphere_datacenter.this.id
}

data "vsphere_virtual_machine" "template" {
  name          = var.template
  datacenter_id = data.vsphere_datacenter.this.id

  lifecycle {
    postcondition {
      condition     = length(self.disks) == 1
      error_message = "The template ${var.template} has ${length(self.disks)} disks. Choose a template with exactly one disk: the system's."
    }
    postcondition {
      condition     = length(self.network_interface_types) == 1
      error_message = "The template ${var.template} has ${length(self.network_interface_types)} network cards. Choose a template with exactly one: vCenter can set addresses only where the numbers agree."
    }
  }
}
