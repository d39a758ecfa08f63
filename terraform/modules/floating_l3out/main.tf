# Import as well as export is controlled: without it leaves would take every prefix that a node announces.
resource "aci_rest_managed" "l3extOut" {
  dn         = "uni/tn-${var.tenant}/out-${var.l3out.name}"
  class_name = "l3extOut"
  content = {
    name          = var.l3out.name
    enforceRtctrl = "export,import"
  }
}

resource "aci_rest_managed" "l3extRsEctx" {
  dn         = "${aci_rest_managed.l3extOut.dn}/rsectx"
  class_name = "l3extRsEctx"
  content = {
    tnFvCtxName = var.vrf
  }
}

# A floating interface brings its physical domain with it (l3extRsDynPathAtt); an L3 domain is needed
# only where a site's own rules want one.
resource "aci_rest_managed" "l3extRsL3DomAtt" {
  count = var.l3_domain == null ? 0 : 1

  dn         = "${aci_rest_managed.l3extOut.dn}/rsl3DomAtt"
  class_name = "l3extRsL3DomAtt"
  content = {
    tDn = "uni/l3dom-${var.l3_domain}"
  }
}

# Nodes have the shared secondary address as static gateway, so none is announced unless asked for; then
# only while the VRF itself has a default route, and in addition to the other routes.
resource "aci_rest_managed" "l3extDefaultRouteLeakP" {
  count = var.l3out.default_route ? 1 : 0

  dn         = "${aci_rest_managed.l3extOut.dn}/defrtleak"
  class_name = "l3extDefaultRouteLeakP"
  content = {
    always   = "no"
    criteria = "in-addition"
    scope    = "l3-out"
  }
}

# Turns BGP on for the L3Out.
resource "aci_rest_managed" "bgpExtP" {
  dn         = "${aci_rest_managed.l3extOut.dn}/bgpExtP"
  class_name = "bgpExtP"
  content    = {}
}

resource "aci_rest_managed" "l3extLNodeP" {
  dn         = "${aci_rest_managed.l3extOut.dn}/lnodep-${var.l3out.node_profile}"
  class_name = "l3extLNodeP"
  content = {
    name = var.l3out.node_profile
  }
}

# An interface profile per family: leaf and VLAN name a floating interface, so v4 and v6 of one leaf
# cannot stand under the same profile.
resource "aci_rest_managed" "l3extLIfP" {
  for_each = local.families

  dn         = "${aci_rest_managed.l3extLNodeP.dn}/lifp-${var.l3out.interface_profile}-${each.key}"
  class_name = "l3extLIfP"
  content = {
    name = "${var.l3out.interface_profile}-${each.key}"
  }
}

# Each leaf with all that is its own: a leaf that comes or goes touches nothing outside.
module "anchor_leaf" {
  source   = "../anchor_leaf"
  for_each = var.anchors

  node_profile_dn = aci_rest_managed.l3extLNodeP.dn
  leaf            = each.value
  vlan            = var.l3out.vlan
  mtu             = var.l3out.mtu
  physical_domain = var.physical_domain
  interfaces = { for family, subnet in local.families : family => {
    profile_dn  = aci_rest_managed.l3extLIfP[family].dn
    addr        = "${each.value[family]}/${local.length[family]}"
    secondary   = "${var.secondary[family]}/${local.length[family]}"
    floating    = "${var.floating[family]}/${local.length[family]}"
    node_subnet = subnet
  } }
  cluster_as   = var.cluster_as
  local_as     = var.local_as
  password     = var.bgp_password
  prefix_limit = var.policies.prefix_limit
}

locals {
  families = { for family, subnet in var.node_subnet : family => subnet if subnet != null }
  length   = { for family, subnet in local.families : family => split("/", subnet)[1] }
}
