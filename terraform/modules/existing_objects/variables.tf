variable "tenant" {
  description = "Tenant of the L3Out."
  type        = string
}

variable "vrf" {
  description = "VRF and its tenant."
  type        = object({ tenant = string, name = string })
}

variable "contract" {
  description = "Contract and its tenant."
  type        = object({ tenant = string, name = string })
}

variable "physical_domain" {
  description = "Physical domain of the floating interfaces."
  type        = string
}

variable "l3_domain" {
  description = "L3 domain of the L3Out, null for none."
  type        = string
  default     = null
}

variable "made" {
  description = "Relative names of the objects that are made directly in the tenant."
  type        = set(string)
}
