# Short timers find a dead node in seconds. Helper mode and the stale time let a node restart its
# BGP daemon without losing routes; the stale time bounds how long a dead node's routes may stay.
resource "aci_rest_managed" "bgpCtxPol" {
  dn         = "uni/tn-${var.tenant}/bgpCtxP-${var.name}"
  class_name = "bgpCtxPol"
  content = {
    name       = var.name
    kaIntvl    = tostring(var.timers.keepalive)
    holdIntvl  = tostring(var.timers.hold)
    grCtrl     = "helper"
    staleIntvl = tostring(var.timers.stale)
    maxAsLimit = "1" # nodes announce what is theirs, one AS away; longer paths are a leak
  }
}

# A node that announces too much keeps its session and is refused what is beyond the limit:
# closing the session would take the node's own pods off the network.
resource "aci_rest_managed" "bgpPeerPfxPol" {
  dn         = "uni/tn-${var.tenant}/bgpPfxP-${var.name}"
  class_name = "bgpPeerPfxPol"
  content = {
    name   = var.name
    action = "reject"
    maxPfx = tostring(var.max_prefixes)
  }
}

# What the route control profiles match: `export` goes back to the nodes, `import` is taken from them.
resource "aci_rest_managed" "rtctrlSubjP" {
  for_each = local.prefixes

  dn         = "uni/tn-${var.tenant}/subj-${var.name}-${each.key}"
  class_name = "rtctrlSubjP"
  content = {
    name = "${var.name}-${each.key}"
  }
}

# Aggregate matches longer prefixes as well: each node's block of pods, each service's /32.
resource "aci_rest_managed" "rtctrlMatchRtDest" {
  for_each = merge([for direction, prefixes in local.prefixes : { for prefix in prefixes : "${direction} ${prefix}" => { direction = direction, prefix = prefix } }]...)

  dn         = "${aci_rest_managed.rtctrlSubjP[each.value.direction].dn}/dest-[${each.value.prefix}]"
  class_name = "rtctrlMatchRtDest"
  content = {
    ip         = each.value.prefix
    aggregate  = "yes"
    fromPfxLen = "0"
    toPfxLen   = "0"
  }
}

# APIC 6.1(2) and newer: leaves hand on the node as next hop, so that traffic goes to it straight
# and also nodes that hang on other leaves than their anchors are balanced over.
resource "aci_rest_managed" "rtctrlAttrP" {
  count = var.next_hop_rules ? 1 : 0

  dn         = "uni/tn-${var.tenant}/attr-${var.name}"
  class_name = "rtctrlAttrP"
  content = {
    name = var.name
  }
}

resource "aci_rest_managed" "rtctrlSetNhUnchanged" {
  count = var.next_hop_rules ? 1 : 0

  dn         = "${aci_rest_managed.rtctrlAttrP[0].dn}/nhunchanged"
  class_name = "rtctrlSetNhUnchanged"
  content = {
    type = "nh-unchanged"
  }
}

# All of a prefix's next hops are redistributed, not the best one alone. It rests on the rule above:
# made after it, removed before it.
resource "aci_rest_managed" "rtctrlSetRedistMultipath" {
  count = var.next_hop_rules ? 1 : 0

  dn         = "${aci_rest_managed.rtctrlAttrP[0].dn}/redistmpath"
  class_name = "rtctrlSetRedistMultipath"
  content = {
    type = "redist-multipath"
  }

  depends_on = [aci_rest_managed.rtctrlSetNhUnchanged]
}

locals {
  prefixes = { export = toset(var.export), import = toset(var.import) }
}
