// Package calls sees each SOAP call before the engine does: it may mend it, refuse it, or turn it into a failing task.
package calls

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/failures"
)

// Step looks at a call. A fault that it returns is the call's answer.
type Step func(*simulator.Context, *simulator.Method) types.BaseMethodFault

// Chain is the engine's hook for all calls: each step in turn, until one refuses or makes the call fail.
func Chain(steps ...Step) func(*simulator.Context, *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	return func(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
		for _, step := range steps {
			if fault := step(ctx, method); fault != nil {
				return nil, fault
			}
			if failures.Decided(method) {
				break
			}
		}
		return nil, nil
	}
}
