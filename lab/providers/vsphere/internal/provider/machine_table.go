package provider

// The attributes of vsphere_virtual_machine: names, types and defaults as the real provider documents them. What the
// stand-in does not imitate stands here too, so that a configuration means the same, and is refused when it is used.
const machineTable = `
alternate_guest_name string O
annotation string OC
boot_delay int O
boot_retry_delay int O 10000
boot_retry_enabled bool O
[cdrom] list 2 O
    client_device bool O
    datastore_id string O
    device_address string C
    key int C
    path string O
change_version string C
[clone] list 1 O
    [customization_spec] list 1 O
        id string R
        timeout int O 10
    [customize] list 1 O
        dns_server_list list O
        dns_suffix_list list O
        ipv4_gateway string O
        ipv6_gateway string O
        [linux_options] list 1 O
            domain string R
            host_name string R
            hw_clock_utc bool O true
            script_text string OS
            time_zone string O
        [network_interface] list 0 O
            dns_domain string O
            dns_server_list list O
            ipv4_address string O
            ipv4_netmask int O
            ipv6_address string O
            ipv6_netmask int O
        timeout int O 10
        [windows_options] list 1 O
            admin_password string OS
            auto_logon bool O
            auto_logon_count int O 1
            computer_name string R
            domain_admin_password string OS
            domain_admin_user string O
            domain_ou string O
            full_name string O Administrator
            join_domain string O
            organization_name string O
            product_key string OS
            run_once_command_list list O
            time_zone int O 85
            workgroup string O
        windows_sysprep_text string OS
    linked_clone bool O
    ovf_network_map map O
    ovf_storage_map map O
    template_uuid string R
    timeout int O 30
cpu_hot_add_enabled bool O
cpu_hot_remove_enabled bool O
cpu_limit int O -1
cpu_performance_counters_enabled bool O
cpu_reservation int O
cpu_share_count int OC
cpu_share_level string O normal
custom_attributes map O
datacenter_id string O
datastore_cluster_id string O
datastore_id string OC
default_ip_address string C
[disk] list 60 OC
    attach bool O false
    controller_type string O scsi
    datastore_id string OC
    device_address string C
    disk_mode string O persistent
    disk_sharing string O sharingNone
    eagerly_scrub bool O false
    io_limit int O -1
    io_reservation int O 0
    io_share_count int O 0
    io_share_level string O normal
    keep_on_remove bool O false
    key int C
    label string R
    path string OC
    size int O
    storage_policy_id string OC
    thin_provisioned bool O true
    unit_number int O 0
    uuid string C
    write_through bool O false
efi_secure_boot_enabled bool O
enable_disk_uuid bool O
enable_logging bool O
ept_rvi_mode string OC
extra_config map O
extra_config_reboot_required bool O true
firmware string O bios
folder string O
force_power_off bool O true
guest_id string OC
guest_ip_addresses list C
hardware_version int OC
host_system_id string OC
hv_mode string OC
ide_controller_count int O 2
ignored_guest_ips list O
imported bool C
latency_sensitivity string O normal
memory int O 1024
memory_hot_add_enabled bool O
memory_limit int O -1
memory_reservation int O
memory_reservation_locked_to_max bool O
memory_share_count int OC
memory_share_level string O normal
migrate_wait_timeout int O 30
moid string C
name string R
nested_hv_enabled bool O
[network_interface] list 20 O
    adapter_type string O vmxnet3
    bandwidth_limit int O -1
    bandwidth_reservation int O 0
    bandwidth_share_count int OC
    bandwidth_share_level string O normal
    device_address string C
    key int C
    mac_address string OC
    network_id string R
    ovf_mapping string OF
    physical_function string O
    use_static_mac bool O
num_cores_per_socket int O 1
num_cpus int O 1
nvme_controller_count int O 0
[ovf_deploy] list 1 O
    allow_unverified_ssl_cert bool O
    deployment_option string OF
    disk_provisioning string OF
    enable_hidden_properties bool OF false
    ip_allocation_policy string OF
    ip_protocol string OF
    local_ovf_path string OF
    ovf_network_map map OF
    remote_ovf_url string OF
pci_device_id set O
power_state string C
poweron_timeout int O 300
reboot_required bool C
replace_trigger string OF
resource_pool_id string R
run_tools_scripts_after_power_on bool O true
run_tools_scripts_after_resume bool O true
run_tools_scripts_before_guest_reboot bool O
run_tools_scripts_before_guest_shutdown bool O true
run_tools_scripts_before_guest_standby bool O true
sata_controller_count int O 0
scsi_bus_sharing string O noSharing
scsi_controller_count int O 1
scsi_type string O pvscsi
shutdown_wait_timeout int O 3
storage_policy_id string OC
swap_placement_policy string O inherit
sync_time_with_host bool O true
sync_time_with_host_periodically bool O
tags set O
tools_upgrade_policy string O manual
uuid string C
[vapp] list 1 O
    properties map O
vapp_transport list C
vbs_enabled bool O
vmware_tools_status string C
vmx_path string C
[vtpm] list 1 O
    version string O 2.0
vvtd_enabled bool O
wait_for_guest_ip_timeout int O 0
wait_for_guest_net_routable bool O true
wait_for_guest_net_timeout int O 5
`
