variable "l3out_dn" {
  description = "DN of the L3Out."
  type        = string
}

variable "name" {
  description = "Name of the external EPG."
  type        = string
}

variable "subnets" {
  description = "By prefix: scopes, and the aggregate flag (empty for none)."
  type        = map(object({ scope = list(string), aggregate = string }))
}

variable "contract" {
  description = "Name of the contract to provide and consume."
  type        = string
}
