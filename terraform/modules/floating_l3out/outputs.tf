output "dn" {
  description = "DN of the L3Out."
  value       = aci_rest_managed.l3extOut.dn
}
