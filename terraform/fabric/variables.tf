variable "apic_url" {
  description = "Address of the APIC: https://host or https://host:port."
  type        = string

  validation {
    condition     = can(regex("^https://(\\[[0-9A-Fa-f:.]+\\]|[0-9A-Za-z.-]+)(:[0-9]{1,5})?$", var.apic_url))
    error_message = "The APIC's address must have the form https://host or https://host:port, without a path."
  }
}

variable "apic_insecure" {
  description = "Do not verify the APIC's TLS certificate. To trust a private CA instead, set SSL_CERT_FILE."
  type        = bool
  default     = false
}

variable "tenant" {
  description = "Tenant of the L3Out. It must exist."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{1,63}$", var.tenant))
    error_message = "A tenant's name has 1 to 63 letters, digits, '_', '.' or '-'."
  }
}

variable "vrf" {
  description = "VRF of the L3Out, and the tenant that has it: the L3Out's own, or common. It must exist."
  type        = object({ tenant = string, name = string })

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{1,64}$", var.vrf.name))
    error_message = "A VRF's name has 1 to 64 letters, digits, '_', '.' or '-'."
  }
  validation {
    condition     = contains([var.tenant, "common"], var.vrf.tenant)
    error_message = "An L3Out finds its VRF by name in its own tenant or in common, so the VRF must be in one of the two."
  }
}

variable "physical_domain" {
  description = "Physical domain whose VLAN pool has the L3Out's VLAN. It must exist."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.:-]{1,64}$", var.physical_domain))
    error_message = "A domain's name has 1 to 64 letters, digits, '_', '.', ':' or '-'."
  }
}

variable "l3_domain" {
  description = "L3 domain to attach to the L3Out besides the physical domain of its floating interfaces; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.l3_domain == null || can(regex("^[a-zA-Z0-9_.:-]{1,64}$", var.l3_domain))
    error_message = "A domain's name has 1 to 64 letters, digits, '_', '.', ':' or '-'."
  }
}

variable "contract" {
  description = "Contract that the external EPG provides and consumes, and its tenant: the L3Out's own, or common. It must exist."
  type        = object({ tenant = string, name = string })

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.:-]{1,64}$", var.contract.name))
    error_message = "A contract's name has 1 to 64 letters, digits, '_', '.', ':' or '-'."
  }
  validation {
    condition     = contains([var.tenant, "common"], var.contract.tenant)
    error_message = "An external EPG finds its contract by name in its own tenant or in common, so the contract must be in one of the two."
  }
}

variable "l3out" {
  description = "Names of the L3Out and its profiles, VLAN and MTU (bytes) of its SVIs, and whether nodes are told a default route."
  type = object({
    name              = string
    node_profile      = string
    interface_profile = string
    vlan              = number
    mtu               = number
    default_route     = optional(bool, false)
  })

  validation {
    # Policies are called after the L3Out, with an ending.
    condition     = can(regex("^[a-zA-Z0-9_.:-]{1,57}$", var.l3out.name))
    error_message = "An L3Out's name has 1 to 57 letters, digits, '_', '.', ':' or '-'."
  }
  validation {
    condition     = alltrue([for name in [var.l3out.node_profile, var.l3out.interface_profile] : can(regex("^[a-zA-Z0-9_.:-]{1,61}$", name))])
    error_message = "A profile's name has 1 to 61 letters, digits, '_', '.', ':' or '-' (interface profiles get the ending -v4 or -v6)."
  }
  validation {
    condition     = var.l3out.vlan >= 1 && var.l3out.vlan <= 4094 && floor(var.l3out.vlan) == var.l3out.vlan
    error_message = "The VLAN must be a whole number from 1 to 4094."
  }
  validation {
    condition     = var.l3out.mtu >= 576 && var.l3out.mtu <= 9216 && floor(var.l3out.mtu) == var.l3out.mtu
    error_message = "The MTU must be a whole number from 576 to 9216 bytes."
  }
  validation {
    condition     = var.node_subnet.v6 == null || var.l3out.mtu >= 1280
    error_message = "IPv6 needs an MTU of at least 1280 bytes."
  }
}

variable "node_subnet" {
  description = "Subnet of the nodes, for IPv4 and optionally IPv6."
  type        = object({ v4 = string, v6 = optional(string) })

  validation {
    condition     = can(regex("^[0-9.]+/[0-9]+$", var.node_subnet.v4)) && try(cidrsubnet(var.node_subnet.v4, 0, 0) == var.node_subnet.v4, false)
    error_message = "node_subnet.v4 must be an IPv4 prefix without host bits, such as 198.18.2.0/24."
  }
  validation {
    condition     = var.node_subnet.v6 == null || strcontains(coalesce(var.node_subnet.v6, "-"), ":") && try(cidrsubnet(var.node_subnet.v6, 0, 0) == var.node_subnet.v6, false)
    error_message = "node_subnet.v6 must be an IPv6 prefix without host bits in its short form, such as 2001:db8:2::/64."
  }
}

variable "floating" {
  description = "Floating address per family, without length: what a leaf that is no anchor answers with. Nodes never use it."
  type        = object({ v4 = string, v6 = optional(string) })

  validation {
    condition     = try(cidrhost("${var.floating.v4}/${split("/", var.node_subnet.v4)[1]}", 0) == cidrhost(var.node_subnet.v4, 0), false)
    error_message = "floating.v4 must be an address of the node subnet, without a length."
  }
  validation {
    condition     = var.node_subnet.v6 == null ? var.floating.v6 == null : try(cidrhost("${var.floating.v6}/${split("/", var.node_subnet.v6)[1]}", 0) == cidrhost(var.node_subnet.v6, 0) && cidrhost("${var.floating.v6}/128", 0) == var.floating.v6, false)
    error_message = "floating.v6 must be an address of the node subnet in its short form, without a length, and null without an IPv6 subnet."
  }
}

variable "secondary" {
  description = "Secondary address per family, without length, shared by all anchor leaves: the nodes' gateway."
  type        = object({ v4 = string, v6 = optional(string) })

  validation {
    condition     = try(cidrhost("${var.secondary.v4}/${split("/", var.node_subnet.v4)[1]}", 0) == cidrhost(var.node_subnet.v4, 0), false)
    error_message = "secondary.v4 must be an address of the node subnet, without a length."
  }
  validation {
    condition     = var.node_subnet.v6 == null ? var.secondary.v6 == null : try(cidrhost("${var.secondary.v6}/${split("/", var.node_subnet.v6)[1]}", 0) == cidrhost(var.node_subnet.v6, 0) && cidrhost("${var.secondary.v6}/128", 0) == var.secondary.v6, false)
    error_message = "secondary.v6 must be an address of the node subnet in its short form, without a length, and null without an IPv6 subnet."
  }
  validation {
    condition     = var.secondary.v4 != var.floating.v4 && (var.secondary.v6 == null || var.secondary.v6 != var.floating.v6)
    error_message = "The floating and the secondary address must differ."
  }
}

variable "anchors" {
  description = "Anchor leaves by node id: pod, node id, router id, and the leaf's own address per family, without length."
  type = map(object({
    pod       = number
    node      = number
    router_id = string
    v4        = string
    v6        = optional(string)
  }))

  validation {
    condition     = length(var.anchors) > 0
    error_message = "A floating L3Out needs at least one anchor leaf."
  }
  validation {
    condition     = alltrue([for key, leaf in var.anchors : key == tostring(leaf.node)])
    error_message = "Each anchor's key must be its node id, so that adding or removing a leaf touches no other."
  }
  validation {
    condition     = alltrue([for leaf in var.anchors : leaf.node >= 101 && leaf.node <= 4000 && leaf.pod >= 1 && leaf.pod <= 254])
    error_message = "Node ids go from 101 to 4000, pod ids from 1 to 254."
  }
  validation {
    condition     = alltrue([for leaf in var.anchors : can(cidrnetmask("${leaf.router_id}/32")) && cidrhost("${leaf.router_id}/32", 0) == leaf.router_id])
    error_message = "A router id has the form of an IPv4 address."
  }
  validation {
    condition     = length(distinct([for leaf in var.anchors : leaf.router_id])) == length(var.anchors)
    error_message = "Two anchor leaves have the same router id."
  }
  validation {
    condition     = alltrue([for leaf in var.anchors : try(cidrhost("${leaf.v4}/${split("/", var.node_subnet.v4)[1]}", 0) == cidrhost(var.node_subnet.v4, 0), false)])
    error_message = "Each anchor's v4 must be an address of the node subnet, without a length."
  }
  validation {
    condition     = alltrue([for leaf in var.anchors : var.node_subnet.v6 == null ? leaf.v6 == null : try(cidrhost("${leaf.v6}/${split("/", var.node_subnet.v6)[1]}", 0) == cidrhost(var.node_subnet.v6, 0) && cidrhost("${leaf.v6}/128", 0) == leaf.v6, false)])
    error_message = "Each anchor's v6 must be an address of the node subnet in its short form, without a length, and null without an IPv6 subnet."
  }
  validation {
    condition     = length(distinct(concat(compact([var.floating.v4, var.secondary.v4]), [for leaf in var.anchors : leaf.v4]))) == length(var.anchors) + 2
    error_message = "Two of the anchors' v4, the floating and the secondary address are the same."
  }
  validation {
    condition     = var.node_subnet.v6 == null || length(distinct(compact(concat([var.floating.v6, var.secondary.v6], [for leaf in var.anchors : leaf.v6])))) == length(var.anchors) + 2
    error_message = "Two of the anchors' v6, the floating and the secondary address are the same."
  }
}

variable "external_epg" {
  description = "External EPG that stands for the cluster: its name, and by prefix the scope and aggregation of its subnets."
  type = object({
    name    = string
    subnets = map(object({ scope = list(string), aggregate = optional(string, "") }))
  })

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.:-]{1,64}$", var.external_epg.name))
    error_message = "An external EPG's name has 1 to 64 letters, digits, '_', '.', ':' or '-'."
  }
  validation {
    condition     = length(var.external_epg.subnets) > 0 && alltrue([for prefix, _ in var.external_epg.subnets : try(cidrsubnet(prefix, 0, 0) == prefix, false)])
    error_message = "Each subnet of the external EPG must be a prefix without host bits (IPv6 in its short form), and there must be one."
  }
  validation {
    condition     = alltrue([for subnet in var.external_epg.subnets : length(subnet.scope) > 0 && length(setsubtract(subnet.scope, ["import-security", "import-rtctrl", "export-rtctrl", "shared-security", "shared-rtctrl"])) == 0])
    error_message = "Scopes are import-security, import-rtctrl, export-rtctrl, shared-security and shared-rtctrl, and each subnet needs one."
  }
  validation {
    condition     = alltrue([for subnet in var.external_epg.subnets : contains(["", "shared-rtctrl"], subnet.aggregate) && (subnet.aggregate == "" || contains(subnet.scope, "shared-rtctrl"))])
    error_message = "A subnet's aggregate is empty, or shared-rtctrl where its scope has shared-rtctrl."
  }
  validation {
    condition     = alltrue([for prefix, subnet in var.external_epg.subnets : subnet.aggregate == "" || !contains(compact([var.node_subnet.v4, var.node_subnet.v6]), prefix)])
    error_message = "The node subnet is leaked as it is, never aggregated."
  }
}

variable "prefixes" {
  description = "Prefixes of the cluster's pods, services and external services, of both families: what may be routed."
  type        = object({ pods = list(string), services = list(string), external_services = list(string) })

  validation {
    condition     = alltrue([for prefix in flatten(values(var.prefixes)) : try(cidrsubnet(prefix, 0, 0) == prefix, false)])
    error_message = "Each entry of prefixes must be a prefix without host bits (IPv6 in its short form)."
  }
  validation {
    condition     = length(distinct(concat(flatten(values(var.prefixes)), compact([var.node_subnet.v4, var.node_subnet.v6])))) == length(concat(flatten(values(var.prefixes)), compact([var.node_subnet.v4, var.node_subnet.v6])))
    error_message = "A prefix appears twice among the pods, the services, the external services and the node subnet."
  }
}

variable "bgp" {
  description = "eBGP with the nodes: the cluster's AS, timers in s, graceful-restart stale time in s, prefix limit per session, next-hop propagation (APIC 6.1(2) and newer), who owns the VRF's BGP address-family policy, and optionally an AS that leaves show instead of the fabric's."
  type = object({
    cluster_as         = number
    keepalive          = number
    hold               = number
    stale              = number
    max_prefixes       = number
    next_hop_unchanged = bool
    manage_vrf_policy  = bool
    local_as           = optional(number)
  })

  validation {
    condition     = alltrue([for as in [var.bgp.cluster_as, coalesce(var.bgp.local_as, 1)] : as >= 1 && as <= 4294967295 && floor(as) == as])
    error_message = "An AS number goes from 1 to 4294967295."
  }
  validation {
    condition     = var.bgp.local_as != var.bgp.cluster_as
    error_message = "The AS that leaves show must not be the cluster's."
  }
  validation {
    condition     = var.bgp.hold >= 3 && var.bgp.hold <= 3600 && var.bgp.keepalive >= 1 && var.bgp.keepalive * 3 <= var.bgp.hold
    error_message = "The hold time goes from 3 to 3600 s, and the keepalive interval from 1 s to a third of it."
  }
  validation {
    condition     = var.bgp.stale >= 1 && var.bgp.stale <= 3600
    error_message = "The stale time of graceful restart goes from 1 to 3600 s."
  }
  validation {
    condition     = var.bgp.max_prefixes >= 1 && var.bgp.max_prefixes <= 300000
    error_message = "The prefix limit goes from 1 to 300000."
  }
}

variable "bgp_password" {
  description = "MD5 password of the BGP sessions; empty for none. Give it as TF_VAR_bgp_password, never in a file."
  type        = string
  sensitive   = true
  default     = ""

  validation {
    condition     = can(regex("^[!-~]{0,80}$", var.bgp_password))
    error_message = "The BGP password has at most 80 printable ASCII characters, without blanks."
  }
}

variable "verify_site" {
  description = "Read what must exist before and refuse a site that lacks it. Set it to false for a destroy, which else fails when one of these objects is gone."
  type        = bool
  default     = true
}
