# What the variables refuse, and what leaves and families are made of, without a fabric.

mock_provider "aci" {
  mock_data "aci_rest_managed" {
    defaults = {
      content = { bdEnforcedEnable = "no" }
    }
  }
}

override_module {
  target = module.existing_objects
}

variables {
  apic_url        = "https://apic1.example.net"
  tenant          = "k8s-prod"
  vrf             = { tenant = "k8s-prod", name = "main" }
  physical_domain = "phys-k8s"
  contract        = { tenant = "common", name = "k8s-permit" }
  l3out           = { name = "k8s-dc1", node_profile = "k8s-dc1-nodes", interface_profile = "k8s-dc1-nodes", vlan = 310, mtu = 9000 }
  node_subnet     = { v4 = "198.18.2.0/24", v6 = "2001:db8:2::/64" }
  floating        = { v4 = "198.18.2.254", v6 = "2001:db8:2::fffe" }
  secondary       = { v4 = "198.18.2.253", v6 = "2001:db8:2::fffd" }
  anchors = {
    "101" = { pod = 1, node = 101, router_id = "198.19.0.101", v4 = "198.18.2.101", v6 = "2001:db8:2::101" }
    "201" = { pod = 2, node = 201, router_id = "198.19.0.201", v4 = "198.18.2.201", v6 = "2001:db8:2::201" }
  }
  external_epg = { name = "k8s-dc1-ext", subnets = { "198.18.2.0/24" = { scope = ["import-security"] } } }
  prefixes     = { pods = ["198.18.64.0/18"], services = ["198.18.4.0/24"], external_services = [] }
  bgp          = { cluster_as = 65003, keepalive = 1, hold = 3, stale = 6, max_prefixes = 500, next_hop_unchanged = true, manage_vrf_policy = true }
}

run "dual_stack" {
  command = plan

  assert {
    condition     = jsonencode([for peer in output.bgp_peers : peer.node]) == "[101,201]" && output.bgp_peers[1].v6 == "2001:db8:2::201"
    error_message = "Nodes are told each leaf's own addresses."
  }
  assert {
    condition     = output.gateway == { v4 = "198.18.2.253", v6 = "2001:db8:2::fffd" }
    error_message = "The gateway is the shared secondary address."
  }
  assert {
    condition     = length(module.vrf_bgp_policy) == 1
    error_message = "The VRF's policy is ours unless it is said to exist."
  }
}

run "single_stack_with_an_existing_vrf_policy" {
  command = plan

  variables {
    node_subnet = { v4 = "198.18.2.0/24" }
    floating    = { v4 = "198.18.2.254" }
    secondary   = { v4 = "198.18.2.253" }
    anchors     = { "101" = { pod = 1, node = 101, router_id = "198.19.0.101", v4 = "198.18.2.101" } }
    bgp         = { cluster_as = 65003, keepalive = 1, hold = 3, stale = 6, max_prefixes = 500, next_hop_unchanged = false, manage_vrf_policy = false }
  }

  assert {
    condition     = length(module.vrf_bgp_policy) == 0
    error_message = "A policy that exists is left alone."
  }
}

run "refuses_an_address_with_a_path" {
  command = plan
  variables {
    apic_url = "https://apic1.example.net/api"
  }
  expect_failures = [var.apic_url]
}

run "refuses_an_apic_without_tls" {
  command = plan
  variables {
    apic_url = "http://apic1.example.net"
  }
  expect_failures = [var.apic_url]
}

run "refuses_a_vrf_of_a_third_tenant" {
  command = plan
  variables {
    vrf = { tenant = "other", name = "main" }
  }
  expect_failures = [var.vrf]
}

run "refuses_a_contract_of_a_third_tenant" {
  command = plan
  variables {
    contract = { tenant = "other", name = "k8s-permit" }
  }
  expect_failures = [var.contract]
}

run "refuses_names_that_an_apic_does_not_take" {
  command = plan
  variables {
    vrf = { tenant = "common", name = "a/b" }
  }
  expect_failures = [var.vrf]
}

run "refuses_vlan_and_mtu_out_of_range" {
  command = plan
  variables {
    l3out = { name = "k8s-dc1", node_profile = "n", interface_profile = "i", vlan = 4095, mtu = 9217 }
  }
  expect_failures = [var.l3out]
}

run "refuses_an_mtu_too_small_for_ipv6" {
  command = plan
  variables {
    l3out = { name = "k8s-dc1", node_profile = "n", interface_profile = "i", vlan = 310, mtu = 1000 }
  }
  expect_failures = [var.l3out]
}

run "refuses_a_subnet_with_host_bits" {
  command = plan
  variables {
    node_subnet = { v4 = "198.18.2.1/24", v6 = "2001:db8:2::/64" }
  }
  expect_failures = [var.node_subnet]
}

run "refuses_ipv6_that_is_not_in_its_short_form" {
  command = plan
  variables {
    node_subnet = { v4 = "198.18.2.0/24", v6 = "2001:0DB8:2::/64" }
  }
  expect_failures = [var.node_subnet]
}

run "refuses_a_floating_address_outside_the_subnet" {
  command = plan
  variables {
    floating = { v4 = "198.18.3.254", v6 = "2001:db8:2::fffe" }
  }
  expect_failures = [var.floating]
}

run "refuses_floating_and_secondary_alike" {
  command = plan
  variables {
    secondary = { v4 = "198.18.2.254", v6 = "2001:db8:2::fffd" }
  }
  expect_failures = [var.secondary]
}

run "refuses_ipv6_addresses_without_an_ipv6_subnet" {
  command = plan
  variables {
    node_subnet = { v4 = "198.18.2.0/24" }
  }
  expect_failures = [var.floating]
}

run "refuses_an_anchor_under_another_key" {
  command = plan
  variables {
    anchors = { "leaf-101" = { pod = 1, node = 101, router_id = "198.19.0.101", v4 = "198.18.2.101", v6 = "2001:db8:2::101" } }
  }
  expect_failures = [var.anchors]
}

run "refuses_an_l3out_without_anchors" {
  command = plan
  variables {
    anchors = {}
  }
  expect_failures = [var.anchors]
}

run "refuses_anchors_with_one_router_id" {
  command = plan
  variables {
    anchors = {
      "101" = { pod = 1, node = 101, router_id = "198.19.0.101", v4 = "198.18.2.101", v6 = "2001:db8:2::101" }
      "102" = { pod = 1, node = 102, router_id = "198.19.0.101", v4 = "198.18.2.102", v6 = "2001:db8:2::102" }
    }
  }
  expect_failures = [var.anchors]
}

run "refuses_an_anchor_with_the_gateways_address" {
  command = plan
  variables {
    anchors = { "101" = { pod = 1, node = 101, router_id = "198.19.0.101", v4 = "198.18.2.253", v6 = "2001:db8:2::101" } }
  }
  expect_failures = [var.anchors]
}

run "refuses_a_scope_that_no_apic_knows" {
  command = plan
  variables {
    external_epg = { name = "e", subnets = { "198.18.64.0/18" = { scope = ["import"] } } }
  }
  expect_failures = [var.external_epg]
}

run "refuses_to_aggregate_the_node_subnet" {
  command = plan
  variables {
    external_epg = { name = "e", subnets = { "198.18.2.0/24" = { scope = ["shared-rtctrl"], aggregate = "shared-rtctrl" } } }
  }
  expect_failures = [var.external_epg]
}

run "refuses_a_prefix_given_twice" {
  command = plan
  variables {
    prefixes = { pods = ["198.18.64.0/18"], services = ["198.18.64.0/18"], external_services = [] }
  }
  expect_failures = [var.prefixes]
}

run "refuses_a_hold_time_below_three_keepalives" {
  command = plan
  variables {
    bgp = { cluster_as = 65003, keepalive = 2, hold = 5, stale = 6, max_prefixes = 500, next_hop_unchanged = true, manage_vrf_policy = true }
  }
  expect_failures = [var.bgp]
}

run "refuses_an_as_out_of_range" {
  command = plan
  variables {
    bgp = { cluster_as = 0, keepalive = 1, hold = 3, stale = 6, max_prefixes = 500, next_hop_unchanged = true, manage_vrf_policy = true }
  }
  expect_failures = [var.bgp]
}

run "refuses_a_password_with_blanks" {
  command = plan
  variables {
    bgp_password = "two words"
  }
  expect_failures = [var.bgp_password]
}
