package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"anchorage.local/lab/providers/aci/internal/apic"
)

var (
	_ resource.ResourceWithConfigure   = &restManaged{}
	_ resource.ResourceWithImportState = &restManaged{}
	_ resource.ResourceWithModifyPlan  = &restManaged{}
)

// restManaged is the resource aci_rest_managed.
type restManaged struct {
	*session
}

func (r *restManaged) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rest_managed"
}

func (r *restManaged) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(&resp.Diagnostics, req.ProviderData)
}

func sessionOf(diags *diag.Diagnostics, data any) *session {
	if data == nil {
		return nil
	}
	configured, ok := data.(*session)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Expected *session, got %T.", data))
	}
	return configured
}

// ModifyPlan refuses an annotation inside the content and, when the provider was told so,
// an object that exists before it is created.
func (r *restManaged) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	for name, content := range map[string]types.Map{"content": plan.Content, "content_on_destroy": plan.ContentOnDestroy} {
		if value := content.Elements()["annotation"]; value != nil && !value.IsNull() {
			resp.Diagnostics.AddError("Annotation not supported in "+name,
				fmt.Sprintf("Annotation is not supported in %s, please remove annotation from %s", name, name))
		}
	}
	if req.State.Raw.IsNull() && !plan.DN.IsUnknown() && r.session != nil && !r.allowExistingCreate {
		r.refuseExisting(ctx, &resp.Diagnostics, plan.ClassName.ValueString(), plan.DN.ValueString())
	}
}

func (r *restManaged) refuseExisting(ctx context.Context, diags *diag.Diagnostics, class, dn string) {
	objects, err := r.client.Get(ctx, moPath(dn, ""))
	if err != nil {
		addError(diags, "get", err)
	}
	for _, object := range objects {
		if object.Class == class {
			diags.AddError("Object Already Exists", fmt.Sprintf("The %s object with DN '%s' already exists.", class, dn))
		}
	}
}

func (r *restManaged) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	status := ""
	if !r.allowExistingCreate {
		status = "created"
	}
	r.write(ctx, &resp.Diagnostics, &plan, nil, status)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
}

func (r *restManaged) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	r.write(ctx, &resp.Diagnostics, &plan, state.children(ctx, &resp.Diagnostics), "")
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
}

func (r *restManaged) write(ctx context.Context, diags *diag.Diagnostics, plan *resourceModel, before []childModel, status string) {
	planned := plan.children(ctx, diags)
	if diags.HasError() {
		return
	}
	plan.ID = plan.DN
	r.post(ctx, diags, plan, writeBody(plan, planned, before, status))
	plan.settle(ctx, diags)
}

func (r *restManaged) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	children := state.children(ctx, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		r.post(ctx, &resp.Diagnostics, &state, destroyBody(&state, children))
	}
}

func (r *restManaged) post(ctx context.Context, diags *diag.Diagnostics, model *resourceModel, object body) {
	encoded, err := encode(object, model.EscapeHTML.ValueBool())
	if err == nil {
		err = r.client.Post(ctx, moPath(model.ID.ValueString(), ""), encoded)
	}
	if err != nil {
		addError(diags, "post", err)
	}
}

func (r *restManaged) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := importedRNs(ctx, &resp.Diagnostics, req.Private)
	if resp.Diagnostics.HasError() {
		return
	}
	exists, err := r.refresh(ctx, &resp.Diagnostics, &state, imported)
	switch {
	case err != nil:
		addError(&resp.Diagnostics, "get", err)
	case !exists:
		resp.State.RemoveResource(ctx)
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// moPath is the path of one object, with the query that the real provider appends.
func moPath(dn, query string) string {
	return fmt.Sprintf("/api/mo/%s.json%s", dn, query)
}

// first is the object of a reply to a read by DN, nil when there is none.
func first(objects []apic.Object) *apic.Object {
	if len(objects) == 0 {
		return nil
	}
	return &objects[0]
}
