// Package provider is the stand-in's Terraform side: the real provider's schema of the parts that Anchorage uses, with
// the real one's behaviour, over the same SOAP and REST interfaces. Sources: the real provider's documentation, and runs
// of the real provider against the same simulator.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"anchorage.local/lab/providers/vsphere/internal/table"
)

// Marker stands in the binary so that a real site can recognise and refuse it.
const Marker = "ANCHORAGE-LAB-STAND-IN:vmware/vsphere"

const providerTable = `
allow_unverified_ssl bool O
api_timeout int O
client_debug bool O
client_debug_path string O
client_debug_path_run string O
password string R
persist_session bool O
rest_session_path string O
user string R
vcenter_server string O
vim_keep_alive int O
vim_session_path string O
vsphere_server string O
`

// fromEnvironment says where attributes of the provider come from when the configuration leaves them out.
var fromEnvironment = map[string]string{
	"allow_unverified_ssl": "VSPHERE_ALLOW_UNVERIFIED_SSL", "password": "VSPHERE_PASSWORD", "user": "VSPHERE_USER",
	"vsphere_server": "VSPHERE_SERVER", "vcenter_server": "VSPHERE_VCENTER",
}

// New is the provider, as Terraform's plugin protocol wants it.
func New() *schema.Provider {
	attributes := table.Parse(providerTable)
	for name, variable := range fromEnvironment {
		attributes[name].DefaultFunc = schema.EnvDefaultFunc(variable, nil)
	}
	attributes["vcenter_server"].Deprecated = "This field has been renamed to vsphere_server."
	return &schema.Provider{
		Schema: attributes,
		ResourcesMap: map[string]*schema.Resource{
			"vsphere_folder":          folderResource(),
			"vsphere_tag":             tagResource(),
			"vsphere_tag_category":    categoryResource(),
			"vsphere_virtual_machine": machineResource(),
			"vsphere_compute_cluster_vm_anti_affinity_rule": ruleResource(),
		},
		DataSourcesMap: map[string]*schema.Resource{
			"vsphere_compute_cluster": clusterData(),
			"vsphere_datacenter":      datacenterData(),
			"vsphere_datastore":       datastoreData(),
			"vsphere_network":         networkData(),
			"vsphere_resource_pool":   poolData(),
			"vsphere_virtual_machine": templateData(),
		},
		ConfigureContextFunc: configure,
	}
}

// configure signs in, also where there is nothing to do, as the real provider does.
func configure(ctx context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
	server := d.Get("vsphere_server").(string)
	if server == "" {
		server = d.Get("vcenter_server").(string)
	}
	if server == "" {
		return nil, diag.Errorf("one of vsphere_server or [deprecated] vcenter_server must be provided")
	}
	client, err := connect(ctx, login{
		server:   server,
		user:     d.Get("user").(string),
		password: d.Get("password").(string),
		insecure: d.Get("allow_unverified_ssl").(bool),
	})
	if err != nil {
		return nil, diag.FromErr(err)
	}
	return client, nil
}
