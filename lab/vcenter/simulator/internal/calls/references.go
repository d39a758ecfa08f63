package calls

import (
	"sort"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// MendReferences does for property calls what a real vCenter does and the engine does not.
//
// The vSphere provider asks for ComputeResource:domain-cN of a cluster; vCenter resolves by value alone.
// Its wait for a guest's address accepts one only after the gateway, so guest.ipStack must come before
// guest.net: vCenter answers in the order of names.
func MendReferences(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	switch body := method.Body.(type) {
	case *types.RetrievePropertiesEx:
		mendSpecs(ctx.Map, body.SpecSet)
	case *types.RetrieveProperties:
		mendSpecs(ctx.Map, body.SpecSet)
	case *types.CreateFilter:
		mendSpecs(ctx.Map, []types.PropertyFilterSpec{body.Spec})
		for i := range body.Spec.PropSet {
			sort.Strings(body.Spec.PropSet[i].PathSet)
		}
	}
	return nil
}

func mendSpecs(objects *simulator.Registry, specs []types.PropertyFilterSpec) {
	for i := range specs {
		for j := range specs[i].ObjectSet {
			ref := &specs[i].ObjectSet[j].Obj
			if ref.Type == "ComputeResource" && objects.Get(*ref) == nil {
				ref.Type = "ClusterComputeResource"
			}
		}
	}
}
