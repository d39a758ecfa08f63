package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"anchorage.local/lab/providers/aci/internal/apic"
)

const (
	configOnly   = "?rsp-prop-include=config-only"
	withChildren = "?rsp-subtree=children"
)

// refresh brings the model up to what the APIC has; false when the object is gone.
// With children, the object is read with them first and then by itself, and each child
// that is still there once more: one request each, as the real provider does.
func (r *restManaged) refresh(ctx context.Context, diags *diag.Diagnostics, model *resourceModel, imported []string) (bool, error) {
	parental := !model.Child.IsNull() || len(imported) > 0
	query := configOnly
	if parental {
		query = withChildren
	}
	object, err := r.get(ctx, model.DN.ValueString(), query)
	if object == nil || err != nil {
		return false, err
	}
	present := object.Children
	model.take(object)
	if parental {
		if object, err = r.get(ctx, model.DN.ValueString(), configOnly); object == nil || err != nil {
			return false, err
		}
	}
	model.Content = refreshed(model.Content, object.Attributes)
	children := model.children(ctx, diags)
	if len(children) == 0 {
		children = imports(imported)
	}
	found, err := r.refreshChildren(ctx, diags, model, children, present)
	model.setChildren(ctx, diags, found)
	return true, err
}

func (m *resourceModel) take(object *apic.Object) {
	m.ClassName = types.StringValue(object.Class)
	if dn, ok := object.Attributes["dn"]; ok {
		m.DN, m.ID = types.StringValue(dn), types.StringValue(dn)
	}
	if annotation, ok := object.Attributes["annotation"]; ok {
		m.Annotation = types.StringValue(annotation)
	}
}

// refreshChildren leaves out the children that are gone, so that an update makes them anew.
func (r *restManaged) refreshChildren(ctx context.Context, diags *diag.Diagnostics, model *resourceModel, children []childModel, present []apic.Object) ([]childModel, error) {
	var found []childModel
	for _, child := range children {
		rn := child.RN.ValueString()
		at := slices.IndexFunc(present, func(object apic.Object) bool { return object.Attributes["rn"] == rn })
		if at < 0 {
			if child.ClassName.IsNull() {
				diags.AddError("Import Failed", fmt.Sprintf("Unable to find specified child '%s'", rn))
			}
			continue
		}
		object, err := r.get(ctx, model.DN.ValueString()+"/"+rn, configOnly)
		if err != nil {
			return found, err
		}
		if object == nil {
			continue
		}
		child.Content = refreshedChild(child, object)
		child.ClassName = types.StringValue(present[at].Class)
		found = append(found, child)
	}
	return found, nil
}

// refreshedChild keeps the annotation of an imported child, unlike refreshed.
func refreshedChild(child childModel, object *apic.Object) types.Map {
	if child.ClassName.IsNull() {
		return textMap(object.Attributes, "dn", "configQual", "configSt", "virtualIp")
	}
	if child.Content.IsNull() {
		return types.MapValueMust(types.StringType, nil)
	}
	return refreshed(child.Content, object.Attributes)
}

func (r *restManaged) get(ctx context.Context, dn, query string) (*apic.Object, error) {
	objects, err := r.client.Get(ctx, moPath(dn, query))
	return first(objects), err
}
