package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// resourceModel is aci_rest_managed in plan and state.
type resourceModel struct {
	ID               types.String `tfsdk:"id"`
	DN               types.String `tfsdk:"dn"`
	ClassName        types.String `tfsdk:"class_name"`
	Content          types.Map    `tfsdk:"content"`
	Child            types.Set    `tfsdk:"child"`
	Annotation       types.String `tfsdk:"annotation"`
	EscapeHTML       types.Bool   `tfsdk:"escape_html"`
	ContentOnDestroy types.Map    `tfsdk:"content_on_destroy"`
}

// childModel is one child block of the resource.
type childModel struct {
	RN               types.String `tfsdk:"rn"`
	ClassName        types.String `tfsdk:"class_name"`
	Content          types.Map    `tfsdk:"content"`
	ContentOnDestroy types.Map    `tfsdk:"content_on_destroy"`
}

// ignoredOnRead never enter the content in the state: they are kept elsewhere (dn,
// annotation) or change by themselves.
var ignoredOnRead = []string{"dn", "configQual", "configSt", "virtualIp", "annotation"}

func (m *resourceModel) children(ctx context.Context, diags *diag.Diagnostics) []childModel {
	var children []childModel
	if !m.Child.IsNull() && !m.Child.IsUnknown() {
		diags.Append(m.Child.ElementsAs(ctx, &children, false)...)
	}
	return children
}

func (m *resourceModel) setChildren(ctx context.Context, diags *diag.Diagnostics, children []childModel) {
	if len(children) == 0 {
		m.Child = types.SetNull(m.Child.ElementType(ctx))
		return
	}
	set, problems := types.SetValueFrom(ctx, m.Child.ElementType(ctx), children)
	diags.Append(problems...)
	m.Child = set
}

// settle replaces what is still unknown after a write by null: the next read fills it.
func (m *resourceModel) settle(ctx context.Context, diags *diag.Diagnostics) {
	m.Content = settled(m.Content)
	children := m.children(ctx, diags)
	for i := range children {
		children[i].Content = settled(children[i].Content)
	}
	m.setChildren(ctx, diags, children)
}

func settled(content types.Map) types.Map {
	if content.IsUnknown() {
		return types.MapNull(types.StringType)
	}
	return content
}

// known gives the values of a content map that have a value.
func known(content types.Map) map[string]string {
	values := map[string]string{}
	for name, value := range content.Elements() {
		if text, ok := value.(types.String); ok && !text.IsNull() && !text.IsUnknown() {
			values[name] = text.ValueString()
		}
	}
	return values
}

// refreshed is the content as the APIC has it now: of the attributes that the state
// holds alone, or of all when the state holds no content (after an import). What the
// APIC does not give back, a password for one, becomes null and stays null.
func refreshed(content types.Map, attributes map[string]string) types.Map {
	values := map[string]attr.Value{}
	if content.IsNull() {
		for name, value := range attributes {
			if !slices.Contains(ignoredOnRead, name) {
				values[name] = types.StringValue(value)
			}
		}
		return types.MapValueMust(types.StringType, values)
	}
	for name, before := range content.Elements() {
		value, present := attributes[name]
		if present && !before.IsNull() && !slices.Contains(ignoredOnRead, name) {
			values[name] = types.StringValue(value)
		} else {
			values[name] = types.StringNull()
		}
	}
	return types.MapValueMust(types.StringType, values)
}

// textMap makes a content map of all attributes but those named.
func textMap(attributes map[string]string, without ...string) types.Map {
	values := map[string]attr.Value{}
	for name, value := range attributes {
		if !slices.Contains(without, name) {
			values[name] = types.StringValue(value)
		}
	}
	return types.MapValueMust(types.StringType, values)
}

func keys(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
