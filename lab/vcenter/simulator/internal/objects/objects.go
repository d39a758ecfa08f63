// Package objects names the things of the inventory.
package objects

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Name is an object's name, or "" for one that has none or is gone.
func Name(registry *simulator.Registry, ref types.ManagedObjectReference) string {
	entity, ok := registry.Get(ref).(mo.Entity)
	if !ok {
		return ""
	}
	if name := entity.Entity().Name; name != "" {
		return name
	}
	// Networks and switches have a Name of their own that hides the entity's.
	if field := reflect.ValueOf(entity).Elem().FieldByName("Name"); field.IsValid() && field.Kind() == reflect.String {
		return field.String()
	}
	return ""
}

// Lineage is an object and all above it, the object first.
func Lineage(registry *simulator.Registry, ref types.ManagedObjectReference) []types.ManagedObjectReference {
	line := []types.ManagedObjectReference{ref}
	for {
		entity, ok := registry.Get(ref).(mo.Entity)
		if !ok || entity.Entity().Parent == nil {
			return line
		}
		ref = *entity.Entity().Parent
		line = append(line, ref)
	}
}

// Path is an inventory path, such as /DC1/vm/templates; the root is "/".
func Path(registry *simulator.Registry, ref types.ManagedObjectReference) string {
	line := Lineage(registry, ref)
	var names []string
	for i := len(line) - 2; i >= 0; i-- { // the root folder has no place in paths
		names = append(names, Name(registry, line[i]))
	}
	return "/" + strings.Join(names, "/")
}
