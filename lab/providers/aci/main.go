// Command terraform-provider-aci is the lab's stand-in for the provider of the same name.
//
// It manages objects of Anchorage's APIC simulator and nothing else: it refuses every
// APIC whose replies do not say that they come from the simulator.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"anchorage.local/lab/providers/aci/internal/provider"
)

// version is set by the build (-ldflags -X main.version=...).
var version = "0.0.0"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "-about" {
		fmt.Println(provider.Marker, version)
		return
	}
	opts := providerserver.ServeOpts{Address: "registry.terraform.io/ciscodevnet/aci", ProtocolVersion: 6}
	if err := providerserver.Serve(context.Background(), provider.New(version), opts); err != nil {
		log.Fatal(err)
	}
}
