output "machines" {
  description = "Per host name: role, rack, the addresses asked for, the address that vCenter reports, MAC address, UUID and managed object id."
  value       = merge([for role in module.node_vms : role.machines]...)
}

output "folder" {
  description = "Path of the machines' folder below the data centre's machine folder."
  value       = module.machine_folders.path
}
