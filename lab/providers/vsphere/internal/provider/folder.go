package provider

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/providers/vsphere/internal/table"
)

const folderTable = `
custom_attributes map O
datacenter_id string OF
path string R
tags set O
type string RF
`

func folderResource() *schema.Resource {
	attributes := table.Parse(folderTable)
	attributes["path"].StateFunc = func(value any) string { return normal(value.(string)) }
	return &schema.Resource{
		SchemaVersion: 1, Schema: attributes, CustomizeDiff: onlyImitated("datacenter_id", "path", "type"),
		CreateContext: createFolder, ReadContext: readFolder, UpdateContext: updateFolder, DeleteContext: deleteFolder,
	}
}

// normal is a folder's path as it stands in state: no slash at either end.
func normal(text string) string { return strings.Trim(path.Clean("/"+text), "/") }

func createFolder(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*client)
	if kind := d.Get("type").(string); kind != "vm" {
		return diag.Errorf("the lab's stand-in makes folders of the type vm alone, not %q", kind)
	}
	finder, err := c.finder(ctx, d.Get("datacenter_id").(string))
	if err != nil {
		return diag.FromErr(err)
	}
	above, name := path.Split(normal(d.Get("path").(string)))
	parent, err := machineFolder(ctx, finder, above)
	if err != nil {
		return diag.Errorf("error trying to determine parent targetFolder: %s", err)
	}
	made, err := parent.CreateFolder(ctx, name)
	if err != nil {
		return diag.Errorf("error creating targetFolder: %s", err)
	}
	d.SetId(made.Reference().Value)
	return readFolder(ctx, d, meta)
}

func readFolder(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*client)
	found, err := pathOf(ctx, c, folderRef(d.Id()))
	if isGone(err) {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("cannot locate folder: %s", err)
	}
	return diag.FromErr(d.Set("path", found))
}

func updateFolder(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	before, after := d.GetChange("path")
	if path.Dir(normal(before.(string))) != path.Dir(normal(after.(string))) {
		return diag.Errorf("the lab's stand-in renames folders and does not move them")
	}
	folder := object.NewFolder(meta.(*client).vim.Client, folderRef(d.Id()))
	if _, err := done(ctx)(folder.Rename(ctx, path.Base(after.(string)))); err != nil {
		return diag.Errorf("could not rename folder: %s", err)
	}
	return readFolder(ctx, d, meta)
}

// deleteFolder refuses a folder that holds something, whoever put it there.
func deleteFolder(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	folder := object.NewFolder(meta.(*client).vim.Client, folderRef(d.Id()))
	children, err := folder.Children(ctx)
	if err != nil {
		return diag.Errorf("error checking for folder contents: %s", err)
	}
	if len(children) != 0 {
		return diag.Errorf("folder is not empty, please remove all items before deleting")
	}
	if _, err := done(ctx)(folder.Destroy(ctx)); err != nil {
		return diag.Errorf("cannot delete folder: %s", err)
	}
	return nil
}

func folderRef(id string) types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Folder", Value: id}
}

// machineFolder is the folder of this path below the data centre's machine folder.
func machineFolder(ctx context.Context, finder *find.Finder, relative string) (*object.Folder, error) {
	folders, err := finder.DefaultFolder(ctx)
	if err != nil {
		return nil, err
	}
	if normal(relative) == "" {
		return folders, nil
	}
	return finder.Folder(ctx, path.Join(folders.InventoryPath, normal(relative)))
}

// pathOf is the path below the data centre's machine folder.
func pathOf(ctx context.Context, c *client, ref types.ManagedObjectReference) (string, error) {
	full, err := find.InventoryPath(ctx, c.vim.Client, ref)
	if err != nil {
		return "", err
	}
	_, relative, ok := strings.Cut(full, "/vm/")
	if !ok && !strings.HasSuffix(full, "/vm") {
		return "", fmt.Errorf("%s is in no folder of machines", full)
	}
	return normal(relative), nil
}
