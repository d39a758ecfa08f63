output "vrf_dn" {
  description = "DN of the VRF, known to exist."
  value       = data.aci_rest_managed.fvCtx.id
}
