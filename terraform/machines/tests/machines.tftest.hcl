# What the variables refuse, and how machines fall into roles and families, without a vCenter.

mock_provider "vsphere" {
  mock_data "vsphere_virtual_machine" {
    defaults = {
      disks                   = [{ size = 20, thin_provisioned = true, eagerly_scrub = false, label = "Hard disk 1", unit_number = 0 }]
      network_interface_types = ["vmxnet3"]
      scsi_type               = "pvscsi"
      firmware                = "efi"
      guest_id                = "debian12_64Guest"
    }
  }
}

variables {
  vcenter         = { address = "vcenter.example.net" }
  cluster         = "k8s-dc1"
  datacenter      = "DC1"
  compute_cluster = "cluster-k8s"
  datastore       = "ds-k8s"
  port_group      = "k8s-vlan-310"
  template        = "debian-12-cloud"
  folder          = { existing = "kubernetes", made = ["dc1", "k8s-dc1"] }
  sizes = {
    control_plane = { cpus = 4, memory_mib = 8192 }
    workers       = { cpus = 8, memory_mib = 16384, disk_gib = 60, linked_clone = false }
  }
  machines = {
    "k8s-cp-1" = { role = "control_plane", v4 = "198.18.2.1", v6 = "2001:db8:2::1" }
    "k8s-cp-2" = { role = "control_plane", v4 = "198.18.2.2", v6 = "2001:db8:2::2" }
    "k8s-w-1"  = { role = "workers", v4 = "198.18.2.4" }
  }
  domain      = "dc1.example.net"
  node_subnet = { v4 = "198.18.2.0/24", v6 = "2001:db8:2::/64" }
  gateway     = { v4 = "198.18.2.253", v6 = "2001:db8:2::fffd" }
  dns_servers = ["198.18.0.53"]
}

run "roles_and_folders" {
  assert {
    condition     = jsonencode(keys(output.machines)) == "[\"k8s-cp-1\",\"k8s-cp-2\",\"k8s-w-1\"]"
    error_message = "Every machine is put out under its host name."
  }
  assert {
    condition     = output.machines["k8s-w-1"].role == "workers" && output.machines["k8s-cp-2"].v6 == "2001:db8:2::2"
    error_message = "A machine keeps its role and addresses."
  }
  assert {
    condition     = output.folder == "kubernetes/dc1/k8s-dc1"
    error_message = "The lowest folder is that of the machines."
  }
}

run "no_folder_of_its_own" {
  variables {
    folder = { existing = "kubernetes" }
  }

  assert {
    condition     = output.folder == "kubernetes"
    error_message = "Without levels to make, machines lie in the folder that exists."
  }
}

run "address_with_a_scheme" {
  command = plan

  variables {
    vcenter = { address = "https://vcenter.example.net" }
  }
  expect_failures = [var.vcenter]
}

run "too_many_levels" {
  command = plan

  variables {
    folder = { made = ["a", "b", "c", "d"] }
  }
  expect_failures = [var.folder]
}

run "a_role_without_a_size" {
  command = plan

  variables {
    sizes = { workers = { cpus = 2, memory_mib = 4096 } }
  }
  expect_failures = [var.sizes]
}

run "odd_memory" {
  command = plan

  variables {
    sizes = {
      control_plane = { cpus = 4, memory_mib = 8191 }
      workers       = { cpus = 4, memory_mib = 8192 }
    }
  }
  expect_failures = [var.sizes]
}

run "two_machines_with_one_address" {
  command = plan

  variables {
    machines = {
      "k8s-w-1" = { role = "workers", v4 = "198.18.2.4" }
      "k8s-w-2" = { role = "workers", v4 = "198.18.2.4" }
    }
  }
  expect_failures = [var.machines]
}

run "an_address_of_another_subnet" {
  command = plan

  variables {
    machines = { "k8s-w-1" = { role = "workers", v4 = "198.18.3.4" } }
  }
  expect_failures = [var.machines]
}

run "a_v6_address_of_another_subnet" {
  command = plan

  variables {
    machines = { "k8s-w-1" = { role = "workers", v4 = "198.18.2.4", v6 = "2001:db8:3::4" } }
  }
  expect_failures = [var.machines]
}

run "a_private_key_for_a_public_one" {
  command = plan

  variables {
    authorized_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]
  }
  expect_failures = [var.authorized_keys]
}
