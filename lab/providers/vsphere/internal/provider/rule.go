package provider

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/providers/vsphere/internal/table"
)

const ruleTable = `
compute_cluster_id string RF
enabled bool O true
mandatory bool O
name string R
virtual_machine_ids set R
`

func ruleResource() *schema.Resource {
	return &schema.Resource{
		Schema: table.Parse(ruleTable), CreateContext: createRule, ReadContext: readRule,
		UpdateContext: func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			return changeRule(ctx, d, meta, types.ArrayUpdateOperationEdit)
		},
		DeleteContext: deleteRule,
	}
}

func createRule(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	return changeRule(ctx, d, meta, types.ArrayUpdateOperationAdd)
}

func changeRule(ctx context.Context, d *schema.ResourceData, meta any, operation types.ArrayUpdateOperation) diag.Diagnostics {
	c := meta.(*client)
	rule, err := wantedRule(ctx, c, d)
	if err != nil {
		return diag.FromErr(err)
	}
	spec := types.ClusterRuleSpec{ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: operation}, Info: rule}
	if err := reconfigureCluster(ctx, c, d, spec); err != nil {
		return diag.FromErr(err)
	}
	if operation == types.ArrayUpdateOperationAdd {
		made, err := findRule(ctx, c, d, func(r *types.ClusterRuleInfo) bool { return r.Name == rule.Name })
		if err != nil || made == nil {
			return diag.Errorf("could not find the rule %q after it was made: %v", rule.Name, err)
		}
		d.SetId(fmt.Sprintf("%s:%d", d.Get("compute_cluster_id"), made.Key))
	}
	return readRule(ctx, d, meta)
}

func wantedRule(ctx context.Context, c *client, d *schema.ResourceData) (*types.ClusterAntiAffinityRuleSpec, error) {
	rule := &types.ClusterAntiAffinityRuleSpec{ClusterRuleInfo: types.ClusterRuleInfo{
		Key: ruleKey(d), Name: d.Get("name").(string), UserCreated: types.NewBool(true),
		Enabled: types.NewBool(d.Get("enabled").(bool)), Mandatory: types.NewBool(d.Get("mandatory").(bool)),
	}}
	for _, uuid := range d.Get("virtual_machine_ids").(*schema.Set).List() {
		machine, err := c.machine(ctx, uuid.(string))
		if err != nil || machine == nil {
			return nil, fmt.Errorf("virtual machine with UUID %q not found: %v", uuid, err)
		}
		rule.Vm = append(rule.Vm, machine.Reference())
	}
	return rule, nil
}

func readRule(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, key := meta.(*client), ruleKey(d)
	spec, err := findRule(ctx, c, d, func(r *types.ClusterRuleInfo) bool { return r.Key == key })
	if err != nil {
		return diag.FromErr(err)
	}
	if spec == nil {
		d.SetId("")
		return nil
	}
	uuids, err := uuidsOf(ctx, c, spec.Vm)
	if err != nil {
		return diag.FromErr(err)
	}
	return set(d, map[string]any{
		"name": spec.Name, "enabled": isTrue(spec.Enabled), "mandatory": isTrue(spec.Mandatory), "virtual_machine_ids": uuids,
	})
}

func deleteRule(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	remove := types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationRemove, RemoveKey: ruleKey(d)}
	return diag.FromErr(reconfigureCluster(ctx, meta.(*client), d, types.ClusterRuleSpec{ArrayUpdateSpec: remove}))
}

func reconfigureCluster(ctx context.Context, c *client, d *schema.ResourceData, rule types.ClusterRuleSpec) error {
	spec := &types.ClusterConfigSpecEx{RulesSpec: []types.ClusterRuleSpec{rule}}
	_, err := done(ctx)(object.NewClusterComputeResource(c.vim.Client, clusterRef(d)).Reconfigure(ctx, spec, true))
	return err
}

func clusterRef(d *schema.ResourceData) types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "ClusterComputeResource", Value: d.Get("compute_cluster_id").(string)}
}

// ruleKey is the number in an id CLUSTER:KEY; 0 before there is one.
func ruleKey(d *schema.ResourceData) int32 {
	_, text, _ := strings.Cut(d.Id(), ":")
	key, _ := strconv.ParseInt(text, 10, 32)
	return int32(key)
}

func findRule(
	ctx context.Context, c *client, d *schema.ResourceData, is func(*types.ClusterRuleInfo) bool,
) (*types.ClusterAntiAffinityRuleSpec, error) {
	var cluster mo.ClusterComputeResource
	ref := clusterRef(d)
	if err := c.vim.RetrieveOne(ctx, ref, []string{"configurationEx"}, &cluster); err != nil {
		return nil, err
	}
	for _, rule := range cluster.ConfigurationEx.(*types.ClusterConfigInfoEx).Rule {
		if spec, ok := rule.(*types.ClusterAntiAffinityRuleSpec); ok && is(&spec.ClusterRuleInfo) {
			return spec, nil
		}
	}
	return nil, nil
}

func uuidsOf(ctx context.Context, c *client, refs []types.ManagedObjectReference) ([]string, error) {
	var uuids []string
	for _, ref := range refs {
		var machine mo.VirtualMachine
		err := c.vim.RetrieveOne(ctx, ref, []string{"config.uuid"}, &machine)
		if isGone(err) {
			continue // it left the rule when it was destroyed
		}
		if err != nil {
			return nil, err
		}
		uuids = append(uuids, machine.Config.Uuid)
	}
	sort.Strings(uuids)
	return uuids, nil
}

func isTrue(value *bool) bool { return value != nil && *value }
