output "l3out_dn" {
  description = "DN of the L3Out."
  value       = module.floating_l3out.dn
}

output "external_epg_dn" {
  description = "DN of the external EPG that stands for the cluster."
  value       = module.external_epg.dn
}

output "bgp_peers" {
  description = "Per anchor leaf, the addresses that nodes peer with: the leaf's own, never the floating address."
  value       = [for key in sort(keys(var.anchors)) : { node = var.anchors[key].node, v4 = var.anchors[key].v4, v6 = var.anchors[key].v6 }]
}

output "gateway" {
  description = "The nodes' default gateway, static on each node: the secondary address that all anchor leaves share."
  value       = var.secondary
}

output "cluster_as" {
  description = "AS number of the cluster."
  value       = var.bgp.cluster_as
}

output "node_subnet" {
  description = "Subnet of the nodes per address family."
  value       = var.node_subnet
}
