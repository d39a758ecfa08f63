package selector

import "testing"

var node = map[string]string{"rack_id": "r1", "kubernetes.io/hostname": "w1", "role": ""}

func TestItSelects(t *testing.T) {
	for expression, wanted := range map[string]bool{
		"":                                       true,
		"all()":                                  true,
		"global()":                               true,
		"!all()":                                 false,
		"rack_id == 'r1'":                        true,
		`rack_id=="r2"`:                          false,
		"rack_id != 'r2'":                        true,
		"rack_id != 'r1'":                        false,
		"absent != 'r1'":                         true,
		"absent == ''":                           false,
		"role == ''":                             true,
		"rack_id in {'r1', 'r2'}":                true,
		"rack_id in {'r3'}":                      false,
		"rack_id in {}":                          false,
		"absent in {'r1'}":                       false,
		"rack_id not in {'r1'}":                  false,
		"rack_id not in {'r2','r3'}":             true,
		"absent not in {'r2'}":                   true,
		"has(rack_id)":                           true,
		"has(role)":                              true,
		"!has(absent)":                           true,
		"!!has(absent)":                          false,
		"rack_id contains '1'":                   true,
		"rack_id starts with 'r'":                true,
		"rack_id ends with 'r'":                  false,
		"absent contains ''":                     false,
		"kubernetes.io/hostname == 'w1'":         true,
		"has(absent) && all() || all()":          true,
		"all() || all() && has(absent)":          true,
		"(all() || all()) && has(absent)":        false,
		"! (rack_id == 'r1' && has(role))":       false,
		"!has(absent) && rack_id == 'r1'":        true,
		"rack_id == 'a' || rack_id == 'r1'":      true,
		"rack_id != 'r1' || has(absent)":         false,
		" ( ( rack_id  ==  'r1' ) ) ":            true,
		"rack_id == 'it\"s'":                     false,
		"in == 'x' || not == 'x' || has == 'x' ": false,
	} {
		parsed, err := Parse(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
		} else if parsed.Matches(node) != wanted {
			t.Errorf("%s: got %v", expression, !wanted)
		}
	}
}

func TestItRefuses(t *testing.T) {
	for _, expression := range []string{
		"rack_id", "rack_id =", "rack_id == r1", "rack_id == 'r1", "== 'r1'", "has()", "has('r1')", "some()", "all(",
		"all() all()", "rack_id in 'r1'", "rack_id in {'a' 'b'}", "rack_id in {'a',", "rack_id not 'a'", "(all()",
		"all())", "all() &&", "all() & all()", "rack_id starts 'r'", "!", "#",
	} {
		if _, err := Parse(expression); err == nil {
			t.Errorf("%s was taken", expression)
		}
	}
}
