variable "vcenter" {
  description = "Address of the vCenter (host or host:port), and whether its TLS certificate is left unverified. To trust a private CA, set SSL_CERT_FILE."
  type        = object({ address = string, insecure = optional(bool, false) })

  validation {
    condition     = can(regex("^(\\[[0-9A-Fa-f:.]+\\]|[0-9A-Za-z.-]+)(:[0-9]{1,5})?$", var.vcenter.address))
    error_message = "The vCenter's address must have the form host or host:port, without https:// and without a path."
  }
}

variable "cluster" {
  description = "Name of the Kubernetes cluster. Tags, rules and notes are called after it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$", var.cluster))
    error_message = "A cluster's name has 1 to 63 small letters, digits, '.' or '-', and begins and ends with a letter or digit."
  }
}

variable "datacenter" {
  description = "Data centre in vCenter. It must exist."
  type        = string
}

variable "compute_cluster" {
  description = "vSphere cluster whose hosts run the machines. It must exist."
  type        = string
}

variable "resource_pool" {
  description = "Resource pool in that cluster, or null for the cluster's own. It must exist."
  type        = string
  default     = null
}

variable "datastore" {
  description = "Datastore of the machines' disks. It must exist, and every host of the cluster must reach it."
  type        = string
}

variable "port_group" {
  description = "Port group that carries the L3Out's VLAN. It must exist, and its name must be the only one of its kind in the data centre."
  type        = string
}

variable "template" {
  description = "Template that is cloned: its name, or its path below the data centre's machine folder. It must exist, with VMware Tools (open-vm-tools) in it."
  type        = string
}

variable "folder" {
  description = "Folder of the machines: the part of its path that exists (\"\" is the data centre's own machine folder), and up to three levels below it that are made here and destroyed with the machines."
  type        = object({ existing = optional(string, ""), made = optional(list(string), []) })

  validation {
    condition     = length(var.folder.made) <= 3
    error_message = "At most three levels of folders are made. Make the upper ones in vCenter first."
  }
  validation {
    condition     = alltrue([for name in var.folder.made : can(regex("^[^/\\\\%]{1,80}$", name))])
    error_message = "Each level of folder.made is one folder's name: 1 to 80 characters without '/', '\\' or '%'."
  }
}

variable "sizes" {
  description = "Per role: CPUs, memory (MiB), the disk (GiB; null: as large as the template's), and whether machines are linked clones, which share the template's disk and have its size."
  type = map(object({
    cpus         = number
    memory_mib   = number
    disk_gib     = optional(number)
    linked_clone = optional(bool, true)
  }))

  validation {
    condition     = length(setsubtract(["control_plane", "workers"], keys(var.sizes))) == 0
    error_message = "Give the sizes of both roles: control_plane and workers."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.cpus >= 1 && size.cpus <= 256 && floor(size.cpus) == size.cpus])
    error_message = "CPUs are a whole number from 1 to 256."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.memory_mib >= 512 && size.memory_mib % 4 == 0])
    error_message = "Memory is a multiple of 4 MiB, at least 512 MiB."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.disk_gib == null || try(size.disk_gib >= 1 && floor(size.disk_gib) == size.disk_gib, false)])
    error_message = "A disk's size is a whole number of GiB."
  }
}

variable "machines" {
  description = "The machines by host name: role, addresses in the node subnets, rack."
  type = map(object({
    role = string
    v4   = string
    v6   = optional(string)
    rack = optional(string)
  }))

  validation {
    condition     = alltrue([for name in keys(var.machines) : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "A host name has 1 to 63 small letters, digits or '-', and begins and ends with a letter or digit."
  }
  validation {
    condition     = alltrue([for machine in values(var.machines) : contains(["control_plane", "workers"], machine.role)])
    error_message = "A machine's role is control_plane or workers."
  }
  validation {
    condition = alltrue([
      for machine in values(var.machines) :
      try(cidrhost("${machine.v4}/${split("/", var.node_subnet.v4)[1]}", 0) == cidrhost(var.node_subnet.v4, 0), false)
    ])
    error_message = "Each machine needs an IPv4 address in the node subnet."
  }
  validation {
    condition = alltrue([
      for machine in values(var.machines) : machine.v6 == null ||
      try(cidrhost("${machine.v6}/${split("/", var.node_subnet.v6)[1]}", 0) == cidrhost(var.node_subnet.v6, 0), false)
    ])
    error_message = "A machine's IPv6 address must lie in the IPv6 node subnet."
  }
  validation {
    condition     = length(distinct([for machine in values(var.machines) : machine.v4])) == length(var.machines)
    error_message = "Two machines have the same IPv4 address."
  }
}

variable "domain" {
  description = "DNS domain of the machines."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$", var.domain))
    error_message = "The machines need a DNS domain, such as dc1.example.net."
  }
}

variable "node_subnet" {
  description = "Subnet of the nodes, for IPv4 and optionally IPv6."
  type        = object({ v4 = string, v6 = optional(string) })

  validation {
    condition     = alltrue([for subnet in compact([var.node_subnet.v4, var.node_subnet.v6]) : can(cidrhost(subnet, 0))])
    error_message = "A node subnet has a prefix length, such as 198.18.2.0/24."
  }
}

variable "gateway" {
  description = "Default gateway of the nodes per family: the L3Out's secondary address."
  type        = object({ v4 = string, v6 = optional(string) })

  validation {
    condition     = can(cidrhost("${var.gateway.v4}/32", 0))
    error_message = "gateway.v4 must be an IPv4 address without a prefix length."
  }
}

variable "dns_servers" {
  description = "Addresses of the name servers that the machines ask."
  type        = list(string)
  default     = []
}

variable "user" {
  description = "User that cloud-init makes on each machine for Ansible, or null to make none."
  type        = string
  default     = null
}

variable "authorized_keys" {
  description = "Public ssh keys of that user."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for key in var.authorized_keys : can(regex("^(ssh|ecdsa|sk)-\\S+ [A-Za-z0-9+/=]+", key))])
    error_message = "An authorized key is a public key in OpenSSH's form: ssh-ed25519 AAAA…"
  }
}

variable "anti_affinity" {
  description = "Per role, whether vSphere is asked to run its machines on different hosts."
  type        = object({ control_plane = optional(bool, true), workers = optional(bool, false) })
  default     = {}
}

variable "wait_net" {
  description = "Minutes to wait for a new machine to tell its address; 0 does not wait."
  type        = number
  default     = 5

  validation {
    condition     = var.wait_net >= 0 && floor(var.wait_net) == var.wait_net
    error_message = "wait_net is a whole number of minutes, 0 or more."
  }
}
