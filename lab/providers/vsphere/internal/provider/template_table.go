package provider

// The attributes of the data source vsphere_virtual_machine.
const templateTable = `
alternate_guest_name string O
annotation string OC
boot_delay int O
boot_retry_delay int O 10000
boot_retry_enabled bool O
change_version string C
cpu_hot_add_enabled bool O
cpu_hot_remove_enabled bool O
cpu_limit int O -1
cpu_performance_counters_enabled bool O
cpu_reservation int O
cpu_share_count int OC
cpu_share_level string O normal
datacenter_id string O
default_ip_address string C
[disks] list 0 C
    eagerly_scrub bool C
    label string C
    size int C
    thin_provisioned bool C
    unit_number int C
efi_secure_boot_enabled bool O
enable_disk_uuid bool O
enable_logging bool O
ept_rvi_mode string OC
extra_config map O
extra_config_reboot_required bool O true
firmware string O bios
folder string O
guest_id string OC
guest_ip_addresses list C
hardware_version int OC
hv_mode string OC
ide_controller_scan_count int O 2
instance_uuid string C
latency_sensitivity string O normal
memory int O 1024
memory_hot_add_enabled bool O
memory_limit int O -1
memory_reservation int O
memory_reservation_locked_to_max bool O
memory_share_count int OC
memory_share_level string O normal
moid string OC
name string O
nested_hv_enabled bool O
network_interface_types list C
[network_interfaces] list 0 C
    adapter_type string C
    bandwidth_limit int O -1
    bandwidth_reservation int O 0
    bandwidth_share_count int OC
    bandwidth_share_level string O normal
    mac_address string C
    network_id string C
    physical_function string C
num_cores_per_socket int O 1
num_cpus int O 1
nvme_controller_scan_count int O 1
replace_trigger string OF
run_tools_scripts_after_power_on bool O true
run_tools_scripts_after_resume bool O true
run_tools_scripts_before_guest_reboot bool O
run_tools_scripts_before_guest_shutdown bool O true
run_tools_scripts_before_guest_standby bool O true
sata_controller_scan_count int O 0
scsi_bus_sharing string C
scsi_controller_scan_count int O 1
scsi_type string C
storage_policy_id string OC
swap_placement_policy string O inherit
sync_time_with_host bool O true
sync_time_with_host_periodically bool O
tools_upgrade_policy string O manual
uuid string OC
[vapp] list 1 O
    properties map O
vapp_transport list C
vbs_enabled bool O
vtpm bool C
vvtd_enabled bool O
`
