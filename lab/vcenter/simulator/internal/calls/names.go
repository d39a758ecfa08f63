package calls

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/failures"
	"anchorage.local/lab/vcenter/internal/objects"
)

// NameTaken refuses a new machine or folder whose name its folder has already, in vCenter's own words: the engine has none.
func NameTaken(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	switch body := method.Body.(type) {
	case *types.CloneVM_Task:
		return taken(ctx, method, body.Folder, body.Name)
	case *types.CreateFolder:
		return taken(ctx, method, body.This, body.Name)
	case *types.CreateVM_Task:
		return taken(ctx, method, body.This, body.Config.Name)
	case *types.ImportVApp:
		if spec, ok := body.Spec.(*types.VirtualMachineImportSpec); ok && body.Folder != nil {
			return taken(ctx, method, *body.Folder, spec.ConfigSpec.Name)
		}
	}
	return nil
}

func taken(ctx *simulator.Context, method *simulator.Method, in types.ManagedObjectReference, name string) types.BaseMethodFault {
	folder, ok := ctx.Map.Get(in).(*simulator.Folder)
	if !ok {
		return nil
	}
	for _, child := range folder.ChildEntity { // not FindByName: it panics on a machine that has no name yet
		if objects.Name(ctx.Map, child) == name {
			fault := &types.DuplicateName{Name: name, Object: child}
			return failures.Call(ctx, method, fault, fmt.Sprintf("The name '%s' already exists.", name))
		}
	}
	return nil
}
