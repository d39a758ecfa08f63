# A folder's parent must exist before it, so each level is a resource of its own.

resource "vsphere_folder" "first" {
  count = length(var.made) >= 1 ? 1 : 0

  path          = local.paths[0]
  type          = "vm"
  datacenter_id = var.datacenter_id
}

resource "vsphere_folder" "second" {
  count = length(var.made) >= 2 ? 1 : 0

  path          = local.paths[1]
  type          = "vm"
  datacenter_id = var.datacenter_id
  depends_on    = [vsphere_folder.first]
}

resource "vsphere_folder" "third" {
  count = length(var.made) >= 3 ? 1 : 0

  path          = local.paths[2]
  type          = "vm"
  datacenter_id = var.datacenter_id
  depends_on    = [vsphere_folder.second]
}

locals {
  paths = [for level in range(length(var.made)) : join("/", compact(concat([var.existing], slice(var.made, 0, level + 1))))]
}
