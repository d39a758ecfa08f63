resource "aci_rest_managed" "l3extInstP" {
  dn         = "${var.l3out_dn}/instP-${var.name}"
  class_name = "l3extInstP"
  content = {
    name = var.name
  }
}

# Which sources count as the cluster. import-security alone classifies traffic inside the VRF; the
# shared scopes leak routes to other VRFs and come only when they were chosen.
resource "aci_rest_managed" "l3extSubnet" {
  for_each = var.subnets

  dn         = "${aci_rest_managed.l3extInstP.dn}/extsubnet-[${each.key}]"
  class_name = "l3extSubnet"
  content = {
    ip        = each.key
    scope     = join(",", sort(each.value.scope)) # the APIC gives flags back in this order
    aggregate = each.value.aggregate
  }
}

# Both ways: others reach the cluster's services, and pods reach what others provide.
resource "aci_rest_managed" "fvRsProv" {
  dn         = "${aci_rest_managed.l3extInstP.dn}/rsprov-${var.contract}"
  class_name = "fvRsProv"
  content = {
    tnVzBrCPName = var.contract
  }
}

resource "aci_rest_managed" "fvRsCons" {
  dn         = "${aci_rest_managed.l3extInstP.dn}/rscons-${var.contract}"
  class_name = "fvRsCons"
  content = {
    tnVzBrCPName = var.contract
  }
}
