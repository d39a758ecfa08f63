output "dn" {
  description = "DN of the BGP address-family policy."
  value       = aci_rest_managed.bgpCtxAfPol.id
}
