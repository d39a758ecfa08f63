variable "vrf" {
  description = "VRF and the tenant that has it."
  type        = object({ tenant = string, name = string })
}

variable "name" {
  description = "Name of the policy."
  type        = string
}

variable "families" {
  description = "Address families to which the policy applies: v4, v6."
  type        = set(string)

  validation {
    condition     = length(setsubtract(var.families, ["v4", "v6"])) == 0
    error_message = "Address families are v4 and v6."
  }
}
