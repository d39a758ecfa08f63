# The policy stands in the VRF's tenant, which may be common: a VRF finds it there by name.

# ACI keeps 16 equal paths by default; 64 lets a service be spread over that many nodes.
resource "aci_rest_managed" "bgpCtxAfPol" {
  dn         = "uni/tn-${var.vrf.tenant}/bgpCtxAfP-${var.name}"
  class_name = "bgpCtxAfPol"
  content = {
    name        = var.name
    maxEcmp     = "64"
    maxEcmpIbgp = "64" # leaves that are no anchors learn the paths by iBGP
  }
}

# One relation for each address family: the policy applies to no family by itself.
resource "aci_rest_managed" "fvRsCtxToBgpCtxAfPol" {
  for_each = { for family, af in { v4 = "ipv4-ucast", v6 = "ipv6-ucast" } : family => af if contains(var.families, family) }

  dn         = "uni/tn-${var.vrf.tenant}/ctx-${var.vrf.name}/rsctxToBgpCtxAfPol-[${aci_rest_managed.bgpCtxAfPol.content.name}]-${each.value}"
  class_name = "fvRsCtxToBgpCtxAfPol"
  content = {
    tnBgpCtxAfPolName = aci_rest_managed.bgpCtxAfPol.content.name
    af                = each.value
  }
}
