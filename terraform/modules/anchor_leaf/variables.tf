variable "node_profile_dn" {
  description = "DN of the L3Out's node profile."
  type        = string
}

variable "leaf" {
  description = "Pod, node id and router id of the leaf."
  type        = object({ pod = number, node = number, router_id = string })
}

variable "vlan" {
  description = "VLAN of the floating SVI."
  type        = number
}

variable "mtu" {
  description = "MTU of the floating SVI in bytes."
  type        = number
}

variable "physical_domain" {
  description = "Physical domain over which the interface floats."
  type        = string
}

variable "interfaces" {
  description = "By family (v4, v6): DN of the interface profile, addresses with length, and the node subnet."
  type = map(object({
    profile_dn  = string
    addr        = string
    secondary   = string
    floating    = string
    node_subnet = string
  }))
}

variable "cluster_as" {
  description = "AS number of the nodes."
  type        = number
}

variable "local_as" {
  description = "AS number that the leaf shows instead of the fabric's, null for the fabric's."
  type        = number
  default     = null
}

variable "password" {
  description = "Password of the BGP sessions, empty for none."
  type        = string
  sensitive   = true
}

variable "prefix_limit" {
  description = "Name of the prefix limit policy."
  type        = string
}
