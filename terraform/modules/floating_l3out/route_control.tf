# Route control profiles: names that the APIC knows, default-export towards the nodes and
# default-import from them, each with one rule that permits what its match rule lists.

resource "aci_rest_managed" "rtctrlProfile" {
  for_each = toset(["export", "import"])

  dn         = "${aci_rest_managed.l3extOut.dn}/prof-default-${each.key}"
  class_name = "rtctrlProfile"
  content = {
    name = "default-${each.key}"
    type = "combinable"
  }
}

resource "aci_rest_managed" "rtctrlCtxP" {
  for_each = aci_rest_managed.rtctrlProfile

  dn         = "${each.value.dn}/ctx-${var.l3out.name}"
  class_name = "rtctrlCtxP"
  content = {
    name   = var.l3out.name
    action = "permit"
    order  = "0"
  }
}

resource "aci_rest_managed" "rtctrlRsCtxPToSubjP" {
  for_each = aci_rest_managed.rtctrlCtxP

  dn         = "${each.value.dn}/rsctxPToSubjP-${var.policies[each.key]}"
  class_name = "rtctrlRsCtxPToSubjP"
  content = {
    tnRtctrlSubjPName = var.policies[each.key]
  }
}

# The rule that keeps next hops unchanged applies to what comes from the nodes.
resource "aci_rest_managed" "rtctrlScope" {
  count = var.next_hop_unchanged ? 1 : 0

  dn         = "${aci_rest_managed.rtctrlCtxP["import"].dn}/scp"
  class_name = "rtctrlScope"
  content    = {}
}

resource "aci_rest_managed" "rtctrlRsScopeToAttrP" {
  count = var.next_hop_unchanged ? 1 : 0

  dn         = "${aci_rest_managed.rtctrlScope[0].dn}/rsScopeToAttrP"
  class_name = "rtctrlRsScopeToAttrP"
  content = {
    tnRtctrlAttrPName = var.policies.next_hop
  }
}
