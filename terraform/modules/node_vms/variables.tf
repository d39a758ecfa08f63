variable "cluster" {
  description = "Name of the Kubernetes cluster."
  type        = string
}

variable "role" {
  description = "Role of these machines: control_plane or workers."
  type        = string
}

variable "machines" {
  description = "The role's machines by host name."
  type = map(object({
    role = string
    v4   = string
    v6   = optional(string)
    rack = optional(string)
  }))
}

variable "size" {
  description = "CPUs, memory (MiB), disk (GiB; null: the template's) and whether machines are linked clones."
  type = object({
    cpus         = number
    memory_mib   = number
    disk_gib     = optional(number)
    linked_clone = optional(bool, true)
  })
}

variable "site" {
  description = "Outputs of the module vsphere_site."
  type = object({
    compute_cluster_id = string
    resource_pool_id   = string
    datastore_id       = string
    network_id         = string
    template = object({
      name             = string
      uuid             = string
      guest_id         = string
      firmware         = string
      scsi_type        = string
      adapter_type     = string
      disk_gib         = number
      thin_provisioned = bool
      eagerly_scrub    = bool
    })
  })
}

variable "folder" {
  description = "Path of the machines' folder."
  type        = string
}

variable "tags" {
  description = "Ids of the machines' tags."
  type        = list(string)
}

variable "anti_affinity" {
  description = "Ask vSphere to run the machines on different hosts."
  type        = bool
}

variable "domain" {
  description = "DNS domain of the machines."
  type        = string
}

variable "node_subnet" {
  description = "Subnet of the nodes per family."
  type        = object({ v4 = string, v6 = optional(string) })
}

variable "gateway" {
  description = "Default gateway per family."
  type        = object({ v4 = string, v6 = optional(string) })
}

variable "dns_servers" {
  description = "Name servers of the machines."
  type        = list(string)
}

variable "user" {
  description = "User that cloud-init makes, or null."
  type        = string
}

variable "authorized_keys" {
  description = "Public ssh keys of that user."
  type        = list(string)
}

variable "wait_net" {
  description = "Minutes to wait for a machine's address."
  type        = number
}
