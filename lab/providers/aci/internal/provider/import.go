package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// privateRNs is the key of the private state that carries the children to import from
// ImportState to the first Read.
const privateRNs = "import_rn"

// ImportState takes a DN, {"parentDn": …, "childRns": […]}, or the older [class:]dn[:rn,rn].
func (r *restManaged) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	dn, rns := parseImportID(req.ID)
	if dn == "" {
		resp.Diagnostics.AddError("Unexpected Import Identifier",
			fmt.Sprintf("Give a DN, or JSON with parentDn and childRns to import children as well. Got: %q", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), dn)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("dn"), dn)...)
	if len(rns) == 0 {
		return
	}
	encoded, err := json.Marshal(rns)
	if err != nil {
		resp.Diagnostics.AddError("Unexpected Import Identifier", err.Error())
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateRNs, encoded)...)
}

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

func importedRNs(ctx context.Context, diags *diag.Diagnostics, private privateState) []string {
	value, problems := private.GetKey(ctx, privateRNs)
	diags.Append(problems...)
	if value == nil {
		return nil
	}
	var rns []string
	if err := json.Unmarshal(value, &rns); err != nil {
		diags.AddError("Unable to parse import_rn", err.Error())
	}
	return rns
}

// imports are children of which the rn alone is known yet.
func imports(rns []string) []childModel {
	children := make([]childModel, 0, len(rns))
	for _, rn := range rns {
		children = append(children, childModel{
			RN:               types.StringValue(rn),
			ClassName:        types.StringNull(),
			Content:          types.MapNull(types.StringType),
			ContentOnDestroy: types.MapNull(types.StringType),
		})
	}
	return children
}

func parseImportID(id string) (dn string, rns []string) {
	var document struct {
		ParentDN string   `json:"parentDn"`
		ChildRNs []string `json:"childRns"`
	}
	if json.Unmarshal([]byte(id), &document) == nil {
		return document.ParentDN, document.ChildRNs
	}
	parts := splitOutsideBrackets(id)
	switch {
	case len(parts) == 3:
		return parts[1], strings.Split(parts[2], ",")
	case len(parts) == 2 && strings.HasPrefix(parts[0], "uni/"):
		return parts[0], strings.Split(parts[1], ",")
	case len(parts) == 2:
		return parts[1], nil
	}
	return id, nil
}

// splitOutsideBrackets splits at colons that stand in no brackets, where addresses have them.
func splitOutsideBrackets(id string) []string {
	var parts []string
	depth, start := 0, 0
	for at, char := range id {
		switch {
		case char == '[':
			depth++
		case char == ']':
			depth--
		case char == ':' && depth == 0:
			parts = append(parts, id[start:at])
			start = at + 1
		}
	}
	return append(parts, id[start:])
}
