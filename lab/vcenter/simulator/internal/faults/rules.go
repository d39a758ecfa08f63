// Package faults makes calls fail or tarry as a file of rules says, for tests and for trying out what goes wrong.
package faults

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path"
	"reflect"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/failures"
	"anchorage.local/lab/vcenter/internal/objects"
)

// Rule is one fault. Method and Object are patterns as of a shell ("*" when empty).
type Rule struct {
	Method       string          `json:"method"`       // SOAP method, such as CloneVM_Task
	Object       string          `json:"object"`       // name of the object that the method is called on
	Error        string          `json:"error"`        // a fault of the vSphere API, such as NoDiskSpace; none: only the delay
	Message      string          `json:"message"`      // what vCenter would say
	Details      json.RawMessage `json:"details"`      // fields of the fault
	DelaySeconds float64         `json:"delaySeconds"` // before the call goes on
	Skip         int             `json:"skip"`         // how many calls pass before the first that fails
	Count        int             `json:"count"`        // how many calls fail; 0: all

	seen int
}

// Rules are those of a file, read again whenever the file changes.
type Rules struct {
	path string

	mu    sync.Mutex
	mtime time.Time
	rules []*Rule
}

// New reads no file yet; a missing one holds no rules.
func New(path string) *Rules { return &Rules{path: path} }

// Step is the rules' place in the chain of calls.
func (r *Rules) Step(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	if r.path == "" || ctx.Session == nil || ctx.Session.UserName == "" { // not for the engine's own calls
		return nil
	}
	rule := r.first(method.Name, objects.Name(ctx.Map, method.This))
	if rule == nil {
		return nil
	}
	time.Sleep(time.Duration(rule.DelaySeconds * float64(time.Second)))
	if rule.Error == "" {
		return nil
	}
	fault, err := rule.fault()
	if err != nil {
		log.Printf("fault rule for %s: %v", rule.Method, err)
		return nil
	}
	return failures.Call(ctx, method, fault, rule.Message)
}

// first is the first rule that applies to this call; it counts the call.
func (r *Rules) first(method, object string) *Rule {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refresh()
	for _, rule := range r.rules {
		if !matches(rule.Method, method) || !matches(rule.Object, object) {
			continue
		}
		rule.seen++
		if rule.seen > rule.Skip && (rule.Count == 0 || rule.seen <= rule.Skip+rule.Count) {
			return rule
		}
	}
	return nil
}

func (r *Rules) refresh() {
	info, err := os.Stat(r.path)
	if err != nil {
		r.rules, r.mtime = nil, time.Time{}
		return
	}
	if info.ModTime().Equal(r.mtime) {
		return
	}
	r.mtime, r.rules = info.ModTime(), nil
	text, err := os.ReadFile(r.path)
	if err == nil {
		err = json.Unmarshal(text, &r.rules)
	}
	if err != nil {
		log.Printf("fault rules: %v", err)
	}
}

func matches(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// fault makes the API's fault of the rule's name.
func (r *Rule) fault() (types.BaseMethodFault, error) {
	kind, ok := types.TypeFunc()(r.Error)
	if !ok {
		return nil, fmt.Errorf("the vSphere API has no fault %q", r.Error)
	}
	fault, ok := reflect.New(kind).Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%q is no fault", r.Error)
	}
	if len(r.Details) == 0 {
		return fault, nil
	}
	return fault, json.Unmarshal(r.Details, fault)
}
