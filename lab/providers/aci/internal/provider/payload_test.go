package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func content(pairs ...string) types.Map {
	values := map[string]attr.Value{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = types.StringValue(pairs[i+1])
	}
	return types.MapValueMust(types.StringType, values)
}

func child(class, rn string, pairs ...string) childModel {
	return childModel{
		RN: types.StringValue(rn), ClassName: types.StringValue(class),
		Content: content(pairs...), ContentOnDestroy: types.MapNull(types.StringType),
	}
}

func tenant(pairs ...string) *resourceModel {
	return &resourceModel{
		ID: types.StringValue("uni/tn-a"), ClassName: types.StringValue("fvTenant"), Content: content(pairs...),
		Annotation: types.StringValue("orchestrator:terraform"), ContentOnDestroy: types.MapNull(types.StringType),
	}
}

func encoded(t *testing.T, object body, escape bool) string {
	t.Helper()
	text, err := encode(object, escape)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWritesObjectsInTheFormOfTheRealProvider(t *testing.T) {
	for name, test := range map[string]struct {
		object body
		escape bool
		want   string
	}{
		"create": {
			writeBody(tenant("name", "a", "descr", "<b> & c"), nil, nil, ""), true,
			`{"fvTenant":{"attributes":{"annotation":"orchestrator:terraform","descr":"\u003cb\u003e \u0026 c","name":"a"},"children":[]}}`,
		},
		"without escapes": {
			writeBody(tenant("descr", "<b>"), nil, nil, ""), false,
			`{"fvTenant":{"attributes":{"annotation":"orchestrator:terraform","descr":"<b>"},"children":[]}}`,
		},
		"create where nothing may exist": {
			writeBody(tenant(), nil, nil, "created"), true,
			`{"fvTenant":{"attributes":{"annotation":"orchestrator:terraform","status":"created"},"children":[]}}`,
		},
		"children, one new and one gone": {
			writeBody(tenant(), []childModel{child("fvCtx", "ctx-n", "name", "n")}, []childModel{child("fvCtx", "ctx-n"), child("fvBD", "BD-o")}, ""), true,
			`{"fvTenant":{"attributes":{"annotation":"orchestrator:terraform"},"children":[{"fvCtx":{"attributes":{"annotation":"orchestrator:terraform","name":"n","rn":"ctx-n"}}},{"fvBD":{"attributes":{"rn":"BD-o","status":"deleted"}}}]}}`,
		},
		"delete": {
			destroyBody(tenant("name", "a"), []childModel{child("fvCtx", "ctx-n")}), true,
			`{"fvTenant":{"attributes":{"dn":"uni/tn-a","status":"deleted"}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := encoded(t, test.object, test.escape); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestContentOnDestroyStaysAndOtherChildrenGo(t *testing.T) {
	model := tenant("descr", "x")
	model.ContentOnDestroy = content("descr", "")
	staying := child("fvCtx", "ctx-s", "name", "s")
	staying.ContentOnDestroy = content("descr", "left")
	want := `{"fvTenant":{"attributes":{"annotation":"orchestrator:terraform","descr":""},"children":[{"fvCtx":{"attributes":{"annotation":"orchestrator:terraform","descr":"left","rn":"ctx-s"}}},{"fvBD":{"attributes":{"rn":"BD-g","status":"deleted"}}}]}}`
	if got := encoded(t, destroyBody(model, []childModel{staying, child("fvBD", "BD-g")}), true); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRefreshKeepsToTheAttributesOfTheState(t *testing.T) {
	before := types.MapValueMust(types.StringType, map[string]attr.Value{
		"name": types.StringValue("old"), "password": types.StringValue("p"), "ttl": types.StringNull(),
	})
	got := refreshed(before, map[string]string{"name": "new", "descr": "d", "ttl": "1"})
	want := types.MapValueMust(types.StringType, map[string]attr.Value{
		"name": types.StringValue("new"), "password": types.StringNull(), "ttl": types.StringNull(),
	})
	if !got.Equal(want) {
		t.Errorf("got %v", got)
	}
	imported := refreshed(types.MapNull(types.StringType), map[string]string{"name": "n", "dn": "uni/tn-a", "annotation": "x"})
	if !imported.Equal(content("name", "n")) {
		t.Errorf("got %v", imported)
	}
}

func TestUnderstandsImportIDs(t *testing.T) {
	const dn = "uni/tn-a/out-b/vlifp-[topology/pod-1/node-1]-[vlan-3]"
	for id, want := range map[string]struct {
		dn  string
		rns int
	}{
		"uni/tn-a":                          {"uni/tn-a", 0},
		"fvTenant:uni/tn-a":                 {"uni/tn-a", 0},
		"uni/tn-a:ctx-b,ctx-c":              {"uni/tn-a", 2},
		"fvTenant:uni/tn-a:ctx-b":           {"uni/tn-a", 1},
		dn:                                  {dn, 0},
		"uni/tn-a/subj-b/dest-[2001:db8::]": {"uni/tn-a/subj-b/dest-[2001:db8::]", 0},
		`{"parentDn": "` + dn + `", "childRns": ["addr-[2001:db8::1/64]"]}`: {dn, 1},
	} {
		if gotDN, rns := parseImportID(id); gotDN != want.dn || len(rns) != want.rns {
			t.Errorf("%s: %s %v", id, gotDN, rns)
		}
	}
}
