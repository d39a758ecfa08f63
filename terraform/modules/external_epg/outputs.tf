output "dn" {
  description = "DN of the external EPG."
  value       = aci_rest_managed.l3extInstP.id
}
