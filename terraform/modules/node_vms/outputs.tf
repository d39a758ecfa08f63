output "machines" {
  description = "Per host name: role, rack, addresses asked for, the address that vCenter reports, MAC address, UUID and managed object id."
  value = {
    for name, machine in vsphere_virtual_machine.this : name => {
      name    = name
      role    = var.role
      rack    = var.machines[name].rack
      v4      = var.machines[name].v4
      v6      = var.machines[name].v6
      address = machine.default_ip_address
      mac     = machine.network_interface[0].mac_address
      uuid    = machine.uuid
      moid    = machine.moid
    }
  }
}
