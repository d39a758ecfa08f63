variable "tenant" {
  description = "Tenant of the L3Out."
  type        = string
}

variable "vrf" {
  description = "Name of the VRF, in the tenant or in common."
  type        = string
}

variable "l3_domain" {
  description = "L3 domain of the L3Out, null for none."
  type        = string
  default     = null
}

variable "physical_domain" {
  description = "Physical domain of the floating interfaces."
  type        = string
}

variable "l3out" {
  description = "Names of the L3Out and its profiles, VLAN and MTU (bytes), and whether nodes are told a default route."
  type = object({
    name              = string
    node_profile      = string
    interface_profile = string
    vlan              = number
    mtu               = number
    default_route     = bool
  })
}

variable "node_subnet" {
  description = "Subnet of the nodes per family; a family without one is left out."
  type        = object({ v4 = string, v6 = optional(string) })
}

variable "floating" {
  description = "Floating address per family, without length."
  type        = object({ v4 = string, v6 = optional(string) })
}

variable "secondary" {
  description = "Shared secondary address per family, without length."
  type        = object({ v4 = string, v6 = optional(string) })
}

variable "anchors" {
  description = "Anchor leaves by node id."
  type        = map(object({ pod = number, node = number, router_id = string, v4 = string, v6 = optional(string) }))
}

variable "cluster_as" {
  description = "AS number of the nodes."
  type        = number
}

variable "local_as" {
  description = "AS number that leaves show instead of the fabric's, null for the fabric's."
  type        = number
  default     = null
}

variable "bgp_password" {
  description = "Password of the BGP sessions, empty for none."
  type        = string
  sensitive   = true
}

variable "next_hop_unchanged" {
  description = "Keep nodes as next hops; APIC 6.1(2) and newer."
  type        = bool
}

variable "policies" {
  description = "Names of the policies that the L3Out refers to; next_hop is null without that rule."
  type        = object({ timers = string, prefix_limit = string, export = string, import = string, next_hop = optional(string) })
}
