# The machines of one Kubernetes cluster: clones of a template in vCenter.
#
# What exists before (data centre, cluster, datastore, port group, template, the folders above) is
# only read. Every machine is keyed by its host name, so that adding one changes no other, and a
# machine that stands here under the same name already is never adopted: vCenter refuses the clone.

# The user and password come as VSPHERE_USER and VSPHERE_PASSWORD from the environment of the
# Terraform process: a saved plan would keep what stands here.
provider "vsphere" {
  vsphere_server       = var.vcenter.address
  allow_unverified_ssl = var.vcenter.insecure
}

module "vsphere_site" {
  source = "../modules/vsphere_site"

  datacenter      = var.datacenter
  compute_cluster = var.compute_cluster
  resource_pool   = var.resource_pool
  datastore       = var.datastore
  port_group      = var.port_group
  template        = var.template
}

module "machine_folders" {
  source = "../modules/machine_folders"

  datacenter_id = module.vsphere_site.datacenter_id
  existing      = var.folder.existing
  made          = var.folder.made
}

resource "vsphere_tag_category" "cluster" {
  name             = "anchorage-${var.cluster}"
  description      = "Roles in the Kubernetes cluster ${var.cluster}."
  cardinality      = "SINGLE"
  associable_types = ["VirtualMachine"]
}

resource "vsphere_tag" "role" {
  for_each = local.roles

  name        = replace(each.key, "_", "-")
  description = "${local.titles[each.key]} of the Kubernetes cluster ${var.cluster}."
  category_id = vsphere_tag_category.cluster.id
}

module "node_vms" {
  source   = "../modules/node_vms"
  for_each = local.roles

  cluster         = var.cluster
  role            = each.key
  machines        = { for name, machine in var.machines : name => machine if machine.role == each.key }
  size            = var.sizes[each.key]
  anti_affinity   = var.anti_affinity[each.key]
  site            = module.vsphere_site
  folder          = module.machine_folders.path
  tags            = [vsphere_tag.role[each.key].id]
  domain          = var.domain
  node_subnet     = var.node_subnet
  gateway         = var.gateway
  dns_servers     = var.dns_servers
  user            = var.user
  authorized_keys = var.authorized_keys
  wait_net        = var.wait_net
}

locals {
  roles  = toset(["control_plane", "workers"])
  titles = { control_plane = "Control plane", workers = "Workers" }
}
