variable "tenant" {
  description = "Tenant of the L3Out, which finds these policies by name."
  type        = string
}

variable "name" {
  description = "Name of the policies; those that match prefixes end in -export and -import."
  type        = string
}

variable "timers" {
  description = "BGP keepalive interval, hold time and graceful-restart stale time, in s."
  type        = object({ keepalive = number, hold = number, stale = number })
}

variable "max_prefixes" {
  description = "Prefixes that one session may bring."
  type        = number
}

variable "export" {
  description = "Prefixes, with all longer ones, that leaves announce to nodes."
  type        = list(string)
}

variable "import" {
  description = "Prefixes, with all longer ones, that leaves accept from nodes."
  type        = list(string)
}

variable "next_hop_rules" {
  description = "Make the rule that keeps next hops unchanged; APIC 6.1(2) and newer."
  type        = bool
}
