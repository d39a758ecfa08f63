# The leaf in the node profile. A loopback with the router id would need an address of its own in the
# VRF; the sessions run on the SVI and do not want one.
resource "aci_rest_managed" "l3extRsNodeL3OutAtt" {
  dn         = "${var.node_profile_dn}/rsnodeL3OutAtt-[${local.node_dn}]"
  class_name = "l3extRsNodeL3OutAtt"
  content = {
    tDn           = local.node_dn
    rtrId         = var.leaf.router_id
    rtrIdLoopBack = "no"
  }
}

# The floating SVI with the leaf's own address, which nodes peer with.
resource "aci_rest_managed" "l3extVirtualLIfP" {
  for_each = var.interfaces

  dn         = "${each.value.profile_dn}/vlifp-[${local.node_dn}]-[vlan-${var.vlan}]"
  class_name = "l3extVirtualLIfP"
  content = {
    nodeDn     = local.node_dn
    encap      = "vlan-${var.vlan}"
    addr       = each.value.addr
    ifInstT    = "ext-svi"
    encapScope = "local"
    mode       = "regular"
    mtu        = tostring(var.mtu)
    autostate  = "disabled"          # an anchor answers also while no node hangs on its own ports
    mac        = "00:22:BD:F8:19:FF" # the same on all anchors: the gateway's must not change with the leaf
  }

  # The APIC wants the leaf in the node profile before an interface on it.
  depends_on = [aci_rest_managed.l3extRsNodeL3OutAtt]
}

# The address that all anchors share: the nodes' gateway, there while one anchor is. In IPv6 the leaves must
# not look for duplicates of it: each would find the others.
resource "aci_rest_managed" "l3extIp" {
  for_each = var.interfaces

  dn         = "${aci_rest_managed.l3extVirtualLIfP[each.key].dn}/addr-[${each.value.secondary}]"
  class_name = "l3extIp"
  content    = merge({ addr = each.value.secondary }, each.key == "v6" ? { ipv6Dad = "disabled" } : {})
}

# Where the interface may float to: the leaves of the physical domain, which use the floating address.
# No encapsulation of its own: the VLAN is that of the interface.
resource "aci_rest_managed" "l3extRsDynPathAtt" {
  for_each = var.interfaces

  dn         = "${aci_rest_managed.l3extVirtualLIfP[each.key].dn}/rsdynPathAtt-[uni/phys-${var.physical_domain}]"
  class_name = "l3extRsDynPathAtt"
  content = {
    tDn            = "uni/phys-${var.physical_domain}"
    floatingAddr   = each.value.floating
    forgedTransmit = "Disabled"
    macChange      = "Disabled"
    promMode       = "Disabled"
  }
}

locals {
  node_dn = "topology/pod-${var.leaf.pod}/node-${var.leaf.node}"
}
