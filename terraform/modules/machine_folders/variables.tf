variable "datacenter_id" {
  description = "Managed object id of the data centre."
  type        = string
}

variable "existing" {
  description = "Path of the folder that exists; \"\" is the data centre's own machine folder."
  type        = string
  default     = ""
}

variable "made" {
  description = "Names of the levels made below it, the upper first."
  type        = list(string)
  default     = []
}
