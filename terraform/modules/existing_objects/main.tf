# A missing object ends the plan with "The aci_rest_managed data source with dn '…' has not been
# found": the label and the DN tell which. What is there must also be what it is taken for.

# A tenant comes with its children, so the names that are about to be made can be looked for among them.
# The tenant common is always there, and can have thousands: it is not read.
data "aci_rest_managed" "fvTenant" {
  for_each = setsubtract([var.tenant], ["common"])

  dn = "uni/tn-${each.value}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "fvTenant"
      error_message = "${self.dn} is no tenant but an object of class ${self.class_name}."
    }
    # Terraform marks what it makes. Without this, an object of the same name that somebody made by hand
    # would be taken over, and one day destroyed.
    postcondition {
      condition     = length([for child in coalesce(self.child, []) : child.rn if contains(var.made, child.rn) && lookup(child.content, "annotation", "") != "orchestrator:terraform"]) == 0
      error_message = "Tenant ${each.value} has already, and not made by Terraform: ${join(", ", sort([for child in coalesce(self.child, []) : child.rn if contains(var.made, child.rn) && lookup(child.content, "annotation", "") != "orchestrator:terraform"]))}. Choose another name for the L3Out, or remove what is there."
    }
  }
}

data "aci_rest_managed" "fvCtx" {
  dn = "uni/tn-${var.vrf.tenant}/ctx-${var.vrf.name}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "fvCtx"
      error_message = "${self.dn} is no VRF but an object of class ${self.class_name}."
    }
    postcondition {
      condition     = lookup(self.content, "bdEnforcedEnable", "no") != "yes"
      error_message = "The VRF ${var.vrf.name} of tenant ${var.vrf.tenant} enforces bridge domains (bdEnforcedEnable): a leaf then answers hosts on the gateway address of their own bridge domain alone, so nodes cannot peer with leaves across the fabric. Switch BD enforcement off in this VRF, or choose another VRF."
    }
  }
}

data "aci_rest_managed" "vzBrCP" {
  dn = "uni/tn-${var.contract.tenant}/brc-${var.contract.name}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "vzBrCP"
      error_message = "${self.dn} is no contract but an object of class ${self.class_name}."
    }
  }
}

data "aci_rest_managed" "physDomP" {
  dn = "uni/phys-${var.physical_domain}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "physDomP"
      error_message = "${self.dn} is no physical domain but an object of class ${self.class_name}."
    }
  }
}

data "aci_rest_managed" "l3extDomP" {
  for_each = toset(var.l3_domain == null ? [] : [var.l3_domain])

  dn = "uni/l3dom-${each.value}"

  lifecycle {
    postcondition {
      condition     = self.class_name == "l3extDomP"
      error_message = "${self.dn} is no L3 domain but an object of class ${self.class_name}."
    }
  }
}
