# One floating L3Out with eBGP towards the nodes of one Kubernetes cluster.
#
# What exists before (tenant, VRF, contract, domain) is only read: it is neither adopted nor
# destroyed. Everything else is made here, and a destroy removes exactly that.

# The user, key and certificate come as ACI_USERNAME, ACI_PRIVATE_KEY and ACI_CERT_NAME from the
# environment of the Terraform process: a saved plan would keep what stands here.
provider "aci" {
  url      = var.apic_url
  insecure = var.apic_insecure
}

# Find at plan time what an apply would fail on half-way. A destroy needs none of it, and must not
# fail for a contract that went before.
module "existing_objects" {
  source = "../modules/existing_objects"
  count  = var.verify_site ? 1 : 0

  tenant          = var.tenant
  vrf             = var.vrf
  contract        = var.contract
  physical_domain = var.physical_domain
  l3_domain       = var.l3_domain
  made            = [for rn in ["out-%s", "bgpCtxP-%s", "bgpPfxP-%s", "bestpath-%s", "subj-%s-export", "subj-%s-import", "attr-%s"] : format(rn, var.l3out.name)]
}

# How many equal paths the VRF keeps is a setting of the VRF, so one cluster of it owns this at most.
module "vrf_bgp_policy" {
  source = "../modules/vrf_bgp_policy"
  count  = var.bgp.manage_vrf_policy ? 1 : 0

  vrf      = var.vrf
  name     = var.l3out.name
  families = local.families
}

# Policies of the tenant that the L3Out refers to by name: timers, prefix limit, what may be routed.
module "l3out_policies" {
  source = "../modules/l3out_policies"

  tenant         = var.tenant
  name           = var.l3out.name
  timers         = { keepalive = var.bgp.keepalive, hold = var.bgp.hold, stale = var.bgp.stale }
  max_prefixes   = var.bgp.max_prefixes
  export         = var.prefixes.pods
  import         = local.imported
  next_hop_rules = var.bgp.next_hop_unchanged
}

module "floating_l3out" {
  source = "../modules/floating_l3out"

  tenant             = var.tenant
  vrf                = var.vrf.name
  l3_domain          = var.l3_domain
  physical_domain    = var.physical_domain
  l3out              = var.l3out
  node_subnet        = var.node_subnet
  floating           = var.floating
  secondary          = var.secondary
  anchors            = var.anchors
  cluster_as         = var.bgp.cluster_as
  local_as           = var.bgp.local_as
  bgp_password       = var.bgp_password
  next_hop_unchanged = var.bgp.next_hop_unchanged
  policies           = module.l3out_policies.names
}

module "external_epg" {
  source = "../modules/external_epg"

  l3out_dn = module.floating_l3out.dn
  name     = var.external_epg.name
  subnets  = var.external_epg.subnets
  contract = var.contract.name
}

locals {
  families = toset([for family in ["v4", "v6"] : family if var.node_subnet[family] != null])

  # What leaves accept from nodes: their own subnet and all that Kubernetes may announce.
  imported = concat(
    compact([var.node_subnet.v4, var.node_subnet.v6]),
    var.prefixes.pods,
    var.prefixes.services,
    var.prefixes.external_services,
  )
}
