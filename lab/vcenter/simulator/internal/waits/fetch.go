package waits

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
)

// FetchResponse is the answer for a property that is not set: an empty element.
type FetchResponse struct{}

type fetchBody struct {
	Res    *FetchResponse `xml:"FetchResponse,omitempty"`
	Fault_ *soap.Fault    `xml:"http://schemas.xmlsoap.org/soap/envelope/ Fault,omitempty"` //nolint:revive // as in govmomi
}

// Fault is never set: faults are answered by the engine.
func (b *fetchBody) Fault() *soap.Fault { return b.Fault_ }

// Fetch is how pyvmomi reads one property. Where the property is not set, the engine answers with another method's
// response, on which pyvmomi fails; vCenter's response is empty. The request's type is the engine's own, hence `any`.
func (c *Collector) Fetch(ctx *simulator.Context, req any) soap.HasFault {
	engine := reflect.ValueOf(&c.PropertyCollector).MethodByName("Fetch")
	reply := engine.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(req)})[0].Interface().(soap.HasFault)
	if _, other := reply.(*methods.RetrievePropertiesExBody); other && reply.Fault() == nil {
		return &fetchBody{Res: new(FetchResponse)}
	}
	return reply
}
