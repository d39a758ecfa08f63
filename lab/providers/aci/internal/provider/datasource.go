package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"anchorage.local/lab/providers/aci/internal/apic"
)

var _ datasource.DataSourceWithConfigure = &restManagedData{}

// restManagedData is the data source aci_rest_managed: one object with its direct children.
type restManagedData struct {
	*session
}

type dataModel struct {
	ID         types.String `tfsdk:"id"`
	DN         types.String `tfsdk:"dn"`
	ClassName  types.String `tfsdk:"class_name"`
	Content    types.Map    `tfsdk:"content"`
	Child      types.Set    `tfsdk:"child"`
	Annotation types.String `tfsdk:"annotation"`
}

type dataChild struct {
	RN        types.String `tfsdk:"rn"`
	ClassName types.String `tfsdk:"class_name"`
	Content   types.Map    `tfsdk:"content"`
}

func (d *restManagedData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rest_managed"
}

func (d *restManagedData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dataSchema()
}

func (d *restManagedData) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionOf(&resp.Diagnostics, req.ProviderData)
}

func (d *restManagedData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data dataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	objects, err := d.client.Get(ctx, moPath(data.DN.ValueString(), withChildren))
	if err != nil {
		addError(&resp.Diagnostics, "get", err)
		return
	}
	object := first(objects)
	if object == nil {
		resp.Diagnostics.AddError("Failed to read aci_rest_managed data source",
			fmt.Sprintf("The aci_rest_managed data source with dn '%s' has not been found", data.DN))
		return
	}
	data.take(object)
	if children := dataChildren(object.Children); len(children) > 0 {
		set, problems := types.SetValueFrom(ctx, data.Child.ElementType(ctx), children)
		resp.Diagnostics.Append(problems...)
		data.Child = set
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}

func (m *dataModel) take(object *apic.Object) {
	m.ClassName = types.StringValue(object.Class)
	m.Content = textMap(object.Attributes, "dn", "annotation")
	if dn, ok := object.Attributes["dn"]; ok {
		m.ID, m.DN = types.StringValue(dn), types.StringValue(dn)
	}
	if annotation, ok := object.Attributes["annotation"]; ok {
		m.Annotation = types.StringValue(annotation)
	}
}

func dataChildren(objects []apic.Object) []dataChild {
	children := make([]dataChild, 0, len(objects))
	for _, object := range objects {
		children = append(children, dataChild{
			RN:        types.StringValue(object.Attributes["rn"]),
			ClassName: types.StringValue(object.Class),
			Content:   textMap(object.Attributes, "rn"),
		})
	}
	return children
}
