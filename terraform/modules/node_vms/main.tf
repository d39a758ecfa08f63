# The machines of one role.

resource "vsphere_virtual_machine" "this" {
  for_each = var.machines

  name             = each.key
  folder           = var.folder
  resource_pool_id = var.site.resource_pool_id
  datastore_id     = var.site.datastore_id
  annotation       = "Node of the Kubernetes cluster ${var.cluster}, made by Anchorage."
  tags             = var.tags

  num_cpus         = var.size.cpus
  memory           = var.size.memory_mib
  guest_id         = var.site.template.guest_id
  firmware         = var.site.template.firmware
  scsi_type        = var.site.template.scsi_type
  enable_disk_uuid = true # storage drivers find a disk by its UUID

  # Another address is another machine; another template is only for machines to come.
  replace_trigger = join(" ", compact([each.value.v4, each.value.v6]))

  wait_for_guest_net_timeout = var.wait_net
  wait_for_guest_ip_timeout  = 0

  network_interface {
    network_id   = var.site.network_id
    adapter_type = var.site.template.adapter_type
  }

  disk {
    label            = "disk0"
    size             = local.disk_gib
    thin_provisioned = var.site.template.thin_provisioned
    eagerly_scrub    = var.site.template.eagerly_scrub
  }

  clone {
    template_uuid = var.site.template.uuid
    linked_clone  = var.size.linked_clone

    customize {
      linux_options {
        host_name = each.key
        domain    = var.domain
      }

      network_interface {
        ipv4_address = each.value.v4
        ipv4_netmask = local.bits.v4
        ipv6_address = each.value.v6
        ipv6_netmask = each.value.v6 == null ? null : local.bits.v6
      }

      ipv4_gateway    = var.gateway.v4
      ipv6_gateway    = each.value.v6 == null ? null : var.gateway.v6
      dns_server_list = var.dns_servers
      dns_suffix_list = [var.domain]
    }
  }

  # cloud-init reads these where VMware's own customization is left to it.
  extra_config = {
    "guestinfo.metadata"          = base64encode(jsonencode(local.metadata[each.key]))
    "guestinfo.metadata.encoding" = "base64"
    "guestinfo.userdata"          = base64encode("#cloud-config\n${yamlencode(local.userdata)}")
    "guestinfo.userdata.encoding" = "base64"
  }

  lifecycle {
    # Read once, at the first boot, and never again: a later change must not replace or reboot a node.
    ignore_changes = [
      clone,
      extra_config,
      guest_id,
      firmware,
      scsi_type,
      network_interface[0].adapter_type,
      disk[0].thin_provisioned,
      disk[0].eagerly_scrub,
    ]

    precondition {
      condition     = local.disk_gib >= var.site.template.disk_gib
      error_message = "The disk of ${var.role} (${local.disk_gib} GiB) is smaller than that of the template ${var.site.template.name} (${var.site.template.disk_gib} GiB). Give at least the template's size."
    }
    precondition {
      condition     = !var.size.linked_clone || local.disk_gib == var.site.template.disk_gib
      error_message = "A linked clone shares the disk of the template ${var.site.template.name}, which has ${var.site.template.disk_gib} GiB. Leave the disk size of ${var.role} empty, or make full clones."
    }
  }
}

# Asks DRS to keep the role's machines on different hosts; where there are too few hosts, machines still start.
resource "vsphere_compute_cluster_vm_anti_affinity_rule" "this" {
  count = var.anti_affinity && length(var.machines) > 1 ? 1 : 0

  name                = "anchorage-${var.cluster}-${replace(var.role, "_", "-")}"
  compute_cluster_id  = var.site.compute_cluster_id
  virtual_machine_ids = [for machine in vsphere_virtual_machine.this : machine.id]
}

locals {
  disk_gib = coalesce(var.size.disk_gib, var.site.template.disk_gib)
  bits     = { for family, subnet in var.node_subnet : family => try(tonumber(split("/", subnet)[1]), null) }

  addresses = {
    for name, machine in var.machines : name => compact([
      "${machine.v4}/${local.bits.v4}",
      machine.v6 == null ? null : "${machine.v6}/${local.bits.v6}",
    ])
  }
  gateways = {
    for name, machine in var.machines : name => compact([var.gateway.v4, machine.v6 == null ? null : var.gateway.v6])
  }

  metadata = {
    for name in keys(var.machines) : name => {
      instance-id    = "${var.cluster}-${name}"
      local-hostname = name
      network = {
        version = 2
        ethernets = {
          nic0 = {
            match       = { name = "e*" }
            dhcp4       = false
            dhcp6       = false
            addresses   = local.addresses[name]
            routes      = [for gateway in local.gateways[name] : { to = strcontains(gateway, ":") ? "::/0" : "0.0.0.0/0", via = gateway }]
            nameservers = { addresses = var.dns_servers, search = [var.domain] }
          }
        }
      }
    }
  }

  has_login = var.user != null && length(var.authorized_keys) > 0
  login = {
    for key, value in {
      name                = var.user
      ssh_authorized_keys = var.authorized_keys
      sudo                = "ALL=(ALL) NOPASSWD:ALL"
      shell               = "/bin/bash"
      lock_passwd         = true
    } : key => value if var.user != "root" || contains(["name", "ssh_authorized_keys"], key)
  }
  userdata = {
    for key, value in {
      preserve_hostname = false
      disable_root      = var.user != "root"
      users             = ["default", local.login]
    } : key => value if key == "preserve_hostname" || local.has_login
  }
}
