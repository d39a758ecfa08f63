package provider

import (
	"context"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The descriptions are part of the schema and stand here as the real provider has them.
const (
	idText           = "The distinguished name (DN) of the object."
	contentText      = "Map of key-value pairs those needed to be passed to the Model object as parameters. Make sure the key name matches the name with the object parameter in ACI."
	childContentText = "Map of key-value pairs which represents the attributes for the child object."
	annotationText   = "The annotation of the ACI object."
)

var (
	keepString  = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	keepMap     = []planmodifier.Map{mapplanmodifier.UseStateForUnknown()}
	keepSet     = []planmodifier.Set{setplanmodifier.UseStateForUnknown()}
	replaceThen = []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()}
)

func (r *restManaged) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages ACI Model Objects via REST API calls. This resource can only manage a single API object and its direct children. It is able to read the state and therefore reconcile configuration drift.",
		Attributes: map[string]schema.Attribute{
			"id":         schema.StringAttribute{Computed: true, MarkdownDescription: idText, PlanModifiers: keepString},
			"dn":         schema.StringAttribute{Required: true, MarkdownDescription: "Distinguished name of object being managed including its relative name, e.g. uni/tn-EXAMPLE_TENANT.", PlanModifiers: replaceThen},
			"class_name": schema.StringAttribute{Required: true, MarkdownDescription: "Which class object is being created, eg. fvTenant. (Make sure there is no colon in the classname)", PlanModifiers: replaceThen},
			"content":    schema.MapAttribute{Optional: true, Computed: true, ElementType: types.StringType, MarkdownDescription: contentText, PlanModifiers: keepMap},
			"annotation": schema.StringAttribute{
				Optional: true, Computed: true, MarkdownDescription: annotationText,
				Default: stringdefault.StaticString(globalAnnotation()), PlanModifiers: keepString,
			},
			"escape_html": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Enable escaping of HTML characters when encoding the JSON payload.",
			},
			"content_on_destroy": schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Map of key-value pairs to be applied to the parent object during destroy operation. This allows you to modify the object before deletion instead of deleting it."},
		},
		Blocks: map[string]schema.Block{"child": childBlock()},
	}
}

func childBlock() schema.SetNestedBlock {
	return schema.SetNestedBlock{
		MarkdownDescription: "List of children.",
		PlanModifiers:       keepSet,
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"rn":                 schema.StringAttribute{Required: true, MarkdownDescription: "The relative name of the child object.", PlanModifiers: keepString},
			"class_name":         schema.StringAttribute{Required: true, MarkdownDescription: "Class name of child object.", PlanModifiers: keepString},
			"content":            schema.MapAttribute{Optional: true, Computed: true, ElementType: types.StringType, MarkdownDescription: childContentText, PlanModifiers: keepMap},
			"content_on_destroy": schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Map of key-value pairs to be applied to the child object during destroy operation. This allows you to modify the child object before deletion instead of deleting it."},
		}},
	}
}

func dataSchema() dschema.Schema {
	return dschema.Schema{
		MarkdownDescription: "The _rest_managed datasource for the 'AciRestManaged' class",
		Attributes: map[string]dschema.Attribute{
			"id":         dschema.StringAttribute{Computed: true, MarkdownDescription: idText},
			"dn":         dschema.StringAttribute{Required: true, MarkdownDescription: "The distinguished name (DN) of the parent object. e.g. uni/tn-EXAMPLE_TENANT"},
			"class_name": dschema.StringAttribute{Computed: true, MarkdownDescription: "Which class object is being created. (Make sure there is no colon in the classname)"},
			"content":    dschema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: contentText},
			"annotation": dschema.StringAttribute{Computed: true, MarkdownDescription: annotationText},
		},
		Blocks: map[string]dschema.Block{"child": dschema.SetNestedBlock{
			MarkdownDescription: "List of children.",
			NestedObject: dschema.NestedBlockObject{Attributes: map[string]dschema.Attribute{
				"rn":         dschema.StringAttribute{Computed: true, MarkdownDescription: "The relative name of the child object."},
				"class_name": dschema.StringAttribute{Computed: true, MarkdownDescription: "Class name of child object."},
				"content":    dschema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: childContentText},
			}},
		}},
	}
}
