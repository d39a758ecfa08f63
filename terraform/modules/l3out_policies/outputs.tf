output "names" {
  description = "Names by which the L3Out refers to the policies; next_hop is null without that rule."
  value = {
    timers       = aci_rest_managed.bgpCtxPol.content.name
    prefix_limit = aci_rest_managed.bgpPeerPfxPol.content.name
    export       = aci_rest_managed.rtctrlSubjP["export"].content.name
    import       = aci_rest_managed.rtctrlSubjP["import"].content.name
    next_hop     = one(aci_rest_managed.rtctrlAttrP[*].content.name)
  }

  # Who refers to a policy wants it whole.
  depends_on = [aci_rest_managed.rtctrlMatchRtDest, aci_rest_managed.rtctrlSetRedistMultipath]
}
