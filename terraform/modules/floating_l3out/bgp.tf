# BGP of the node profile: how all its anchor leaves treat their sessions.

resource "aci_rest_managed" "bgpProtP" {
  dn         = "${aci_rest_managed.l3extLNodeP.dn}/protp"
  class_name = "bgpProtP"
  content    = {}
}

resource "aci_rest_managed" "bgpRsBgpNodeCtxPol" {
  dn         = "${aci_rest_managed.bgpProtP.dn}/rsbgpNodeCtxPol"
  class_name = "bgpRsBgpNodeCtxPol"
  content = {
    tnBgpCtxPolName = var.policies.timers
  }
}

# Paths through different nodes count as equal although their AS paths differ. With next hops unchanged
# the distance to them must not count either; APIC 6.1(4) takes that flag only once a floating interface
# exists, hence after the leaves.
resource "aci_rest_managed" "bgpBestPathCtrlPol" {
  dn         = "uni/tn-${var.tenant}/bestpath-${var.l3out.name}"
  class_name = "bgpBestPathCtrlPol"
  content = {
    name = var.l3out.name
    ctrl = var.next_hop_unchanged ? "asPathMultipathRelax,ignoreIgpMetric" : "asPathMultipathRelax"
  }

  depends_on = [module.anchor_leaf]
}

resource "aci_rest_managed" "bgpRsBestPathCtrlPol" {
  dn         = "${aci_rest_managed.bgpProtP.dn}/rsBestPathCtrlPol"
  class_name = "bgpRsBestPathCtrlPol"
  content = {
    tnBgpBestPathCtrlPolName = aci_rest_managed.bgpBestPathCtrlPol.content.name
  }
}
