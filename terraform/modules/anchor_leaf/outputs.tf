output "interface_dns" {
  description = "DN of the leaf's floating SVI per family."
  value       = { for family, interface in aci_rest_managed.l3extVirtualLIfP : family => interface.id }
}
