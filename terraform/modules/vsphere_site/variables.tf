variable "datacenter" {
  description = "Name of the data centre."
  type        = string
}

variable "compute_cluster" {
  description = "Name of the vSphere cluster."
  type        = string
}

variable "resource_pool" {
  description = "Name of a resource pool in the cluster, or null for the cluster's own."
  type        = string
  default     = null
}

variable "datastore" {
  description = "Name of the datastore."
  type        = string
}

variable "port_group" {
  description = "Name of the port group."
  type        = string
}

variable "template" {
  description = "Name or path of the template."
  type        = string
}
