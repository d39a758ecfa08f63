// Command terraform-provider-vsphere is the lab's stand-in for the provider of the same name.
//
// It manages machines of Anchorage's simulated vCenter and nothing else: it refuses every vCenter that does not say
// that it is the simulator, before it sends a password.
package main

import (
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-sdk/v2/plugin"

	"anchorage.local/lab/providers/vsphere/internal/provider"
)

// version is set by the build (-ldflags -X main.version=...).
var version = "0.0.0"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "-about" {
		fmt.Println(provider.Marker, version)
		return
	}
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: provider.New, ProviderAddr: "registry.terraform.io/vmware/vsphere"})
}
