# A missing object ends the plan with "The aci_rest_managed data source with dn '…' has not been
# found": the labels below and the DN tell which. What is there must also be what it is taken for.

# The tenant common is always there, and may have thousands of children that a read would bring along.
data "aci_rest_managed" "fvTenant" {
  for_each = setsubtract([var.tenant], ["common"])

  dn = "uni/tn-${each.value}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "fvTenant"
      error_message = "The tenant ${each.value} does not exist on this APIC. Create it, or choose another."
    }
  }
}

data "aci_rest_managed" "fvCtx" {
  dn = "uni/tn-${var.vrf.tenant}/ctx-${var.vrf.name}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "fvCtx"
      error_message = "The VRF ${var.vrf.name} does not exist in tenant ${var.vrf.tenant}. Create it, or choose another."
    }
    postcondition {
      condition     = lookup(self.content, "bdEnforcedEnable", "no") != "yes"
      error_message = "The VRF ${var.vrf.name} of tenant ${var.vrf.tenant} enforces bridge domains (bdEnforcedEnable): its leaves drop traffic to addresses of an L3Out's SVI, so nodes could not reach their gateway. Turn BD enforcement off on the VRF, or choose another VRF."
    }
  }
}

data "aci_rest_managed" "vzBrCP" {
  dn = "uni/tn-${var.contract.tenant}/brc-${var.contract.name}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "vzBrCP"
      error_message = "The contract ${var.contract.name} does not exist in tenant ${var.contract.tenant}. Create it, or choose another."
    }
  }
}

data "aci_rest_managed" "physDomP" {
  dn = "uni/phys-${var.physical_domain}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "physDomP"
      error_message = "The physical domain ${var.physical_domain} does not exist. Create it with a VLAN pool, or choose another."
    }
  }
}

data "aci_rest_managed" "l3extDomP" {
  for_each = toset(var.l3_domain == null ? [] : [var.l3_domain])

  dn = "uni/l3dom-${each.value}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "l3extDomP"
      error_message = "The L3 domain ${each.value} does not exist. Create it, or leave l3_domain out."
    }
  }
}
