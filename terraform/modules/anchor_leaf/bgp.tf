# One peer for the whole node subnet: nodes come and go without a change here.
# as-override puts the fabric's AS in place of the cluster's, so that nodes, which all have the same AS,
# take each other's routes from the leaf; dis-peer-as-check lets the leaf send them.
resource "aci_rest_managed" "bgpPeerP" {
  for_each = var.interfaces

  dn         = "${aci_rest_managed.l3extVirtualLIfP[each.key].dn}/peerP-[${each.value.node_subnet}]"
  class_name = "bgpPeerP"
  content = {
    addr = each.value.node_subnet
    ctrl = "as-override,dis-peer-as-check"
    ttl  = "1"
  }
}

resource "aci_rest_managed" "bgpAsP" {
  for_each = var.interfaces

  dn         = "${aci_rest_managed.bgpPeerP[each.key].dn}/as"
  class_name = "bgpAsP"
  content = {
    asn = tostring(var.cluster_as)
  }
}

# Only where leaves must show another AS than the fabric's.
resource "aci_rest_managed" "bgpLocalAsnP" {
  for_each = { for family, interface in var.interfaces : family => interface if var.local_as != null }

  dn         = "${aci_rest_managed.bgpPeerP[each.key].dn}/localasn"
  class_name = "bgpLocalAsnP"
  content = {
    localAsn     = tostring(var.local_as)
    asnPropagate = "replace-as"
  }
}

resource "aci_rest_managed" "bgpRsPeerPfxPol" {
  for_each = var.interfaces

  dn         = "${aci_rest_managed.bgpPeerP[each.key].dn}/rspeerPfxPol"
  class_name = "bgpRsPeerPfxPol"
  content = {
    tnBgpPeerPfxPolName = var.prefix_limit
  }
}

# The password stands apart from its peer, on the peer's own DN. The APIC gives no password back, so the
# provider sees it missing at each read: that must be ignored, and a new password must still be sent.
# A replaced bgpPeerP would close all sessions of the leaf. This resource can be replaced instead: its
# destroy writes nothing but the annotation, its create writes the password into the peer that is there.
resource "aci_rest_managed" "bgpPeerP_password" {
  for_each = var.interfaces

  dn         = aci_rest_managed.bgpPeerP[each.key].dn
  class_name = "bgpPeerP"
  content = {
    password = var.password
  }
  content_on_destroy = {}

  lifecycle {
    ignore_changes       = [content["password"]]
    replace_triggered_by = [terraform_data.password]
  }
}

# Changes with the password. Salted with the leaf's place, so that equal passwords do not show as equal.
# The hash of a weak password can be guessed; it is no weaker than its place: the state, which holds the
# password itself from an apply to the next read, and is sealed as a whole.
resource "terraform_data" "password" {
  input = sha256("${var.node_profile_dn} ${local.node_dn} ${var.password}")
}
