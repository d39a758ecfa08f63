package table

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func TestALineIsAnAttributeAndIndentationABlock(t *testing.T) {
	found := Parse(`
name string RF
memory int O 1024
linked bool O true
level string OC normal
keys list C
[disk] list 60 OC
    label string R
    [deep] set 0 O
        secret string OS
after map O
`)
	if s := found["name"]; !s.Required || !s.ForceNew || s.Type != schema.TypeString {
		t.Error("name", s)
	}
	if found["memory"].Default != 1024 || found["linked"].Default != true || found["level"].Default != "normal" {
		t.Error("defaults")
	}
	disk := found["disk"]
	inner := disk.Elem.(*schema.Resource).Schema
	if disk.MaxItems != 60 || !disk.Computed || !inner["label"].Required {
		t.Error("disk", disk)
	}
	if !inner["deep"].Elem.(*schema.Resource).Schema["secret"].Sensitive {
		t.Error("deep")
	}
	if found["after"].Type != schema.TypeMap {
		t.Error("what follows a block was lost")
	}
}

func TestAMistakeInATableIsAPanic(t *testing.T) {
	for _, text := range []string{"name text R", "name string X", "memory int O much", "  name string R"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", text)
				}
			}()
			Parse(text)
		}()
	}
}
