package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/providers/vsphere/internal/table"
)

func categoryResource() *schema.Resource {
	return &schema.Resource{
		Schema:        table.Parse("associable_types set R\ncardinality string R\ndescription string O\nname string R"),
		CreateContext: createCategory, ReadContext: readCategory, UpdateContext: updateCategory,
		DeleteContext: func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			if err := meta.(*client).tags.DeleteCategory(ctx, &tags.Category{ID: d.Id()}); err != nil {
				return diag.Errorf("could not delete category with id %q: %s", d.Id(), err)
			}
			return nil
		},
	}
}

func category(d *schema.ResourceData) *tags.Category {
	c := &tags.Category{
		ID: d.Id(), Name: d.Get("name").(string), Description: d.Get("description").(string),
		Cardinality: d.Get("cardinality").(string),
	}
	for _, kind := range d.Get("associable_types").(*schema.Set).List() {
		c.AssociableTypes = append(c.AssociableTypes, "urn:vim25:"+kind.(string)) // as the real provider writes them
	}
	return c
}

func createCategory(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	id, err := meta.(*client).tags.CreateCategory(ctx, category(d))
	if err != nil {
		return diag.Errorf("could not create category: %s", err)
	}
	d.SetId(id)
	return readCategory(ctx, d, meta)
}

func readCategory(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	found, err := meta.(*client).tags.GetCategory(ctx, d.Id())
	if isMissing(err) {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.FromErr(err)
	}
	return set(d, map[string]any{
		"name": found.Name, "description": found.Description, "cardinality": found.Cardinality,
		"associable_types": found.AssociableTypes,
	})
}

func updateCategory(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	if err := meta.(*client).tags.UpdateCategory(ctx, category(d)); err != nil {
		return diag.Errorf("could not update category with id %q: %s", d.Id(), err)
	}
	return readCategory(ctx, d, meta)
}

func tagResource() *schema.Resource {
	return &schema.Resource{
		Schema:        table.Parse("category_id string RF\ndescription string O\nname string R"),
		CreateContext: createTag, ReadContext: readTag, UpdateContext: updateTag,
		DeleteContext: func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			if err := meta.(*client).tags.DeleteTag(ctx, &tags.Tag{ID: d.Id()}); err != nil {
				return diag.Errorf("could not delete tag with id %q: %s", d.Id(), err)
			}
			return nil
		},
	}
}

func tag(d *schema.ResourceData) *tags.Tag {
	return &tags.Tag{
		ID: d.Id(), Name: d.Get("name").(string), Description: d.Get("description").(string),
		CategoryID: d.Get("category_id").(string),
	}
}

func createTag(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	id, err := meta.(*client).tags.CreateTag(ctx, tag(d))
	if err != nil {
		return diag.Errorf("could not create tag: %s", err)
	}
	d.SetId(id)
	return readTag(ctx, d, meta)
}

func readTag(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	found, err := meta.(*client).tags.GetTag(ctx, d.Id())
	if isMissing(err) {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.FromErr(err)
	}
	return set(d, map[string]any{
		"name": found.Name, "description": found.Description, "category_id": found.CategoryID,
	})
}

func updateTag(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	if err := meta.(*client).tags.UpdateTag(ctx, tag(d)); err != nil {
		return diag.Errorf("could not update tag with id %q: %s", d.Id(), err)
	}
	return readTag(ctx, d, meta)
}

// isMissing is true of the REST interface's error for what is not there.
func isMissing(err error) bool { return err != nil && strings.Contains(err.Error(), "404 Not Found") }

// tagMachine attaches and detaches what differs from the wanted tags.
func tagMachine(ctx context.Context, c *client, d *schema.ResourceData, machine types.ManagedObjectReference) error {
	if !d.HasChange("tags") {
		return nil
	}
	before, after := d.GetChange("tags")
	had, wants := before.(*schema.Set), after.(*schema.Set)
	for _, id := range had.Difference(wants).List() {
		if err := c.tags.DetachTag(ctx, id.(string), machine); err != nil {
			return err
		}
	}
	for _, id := range wants.Difference(had).List() {
		if err := c.tags.AttachTag(ctx, id.(string), machine); err != nil {
			return err
		}
	}
	return nil
}

// set writes several attributes into the state.
func set(d *schema.ResourceData, values map[string]any) diag.Diagnostics {
	for name, value := range values {
		if err := d.Set(name, value); err != nil {
			return diag.Errorf("%s: %s", name, err)
		}
	}
	return nil
}
