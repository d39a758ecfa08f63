// Package selector reads Calico's selector expressions over labels, as BGPPeer and IPPool hold them.
//
// https://docs.tigera.io/calico/3.28/reference/resources/bgppeer#selector
package selector

// Selector is a parsed expression.
type Selector interface {
	// Matches tells whether something with these labels is selected.
	Matches(labels map[string]string) bool
}

// Parse reads an expression. An empty one selects everything.
func Parse(expression string) (Selector, error) {
	tokens, err := tokenize(expression)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return everything{}, nil
	}
	p := &parser{tokens: tokens}
	parsed, err := p.either()
	if err != nil {
		return nil, err
	}
	return parsed, p.ended()
}

type (
	everything struct{}
	not        struct{ inner Selector }
	both       struct{ left, right Selector }
	either     struct{ left, right Selector }
	has        struct{ label string }
	// compare holds a label's value against a literal. absent is the answer where the label is missing.
	compare struct {
		label  string
		test   func(value string) bool
		absent bool
	}
)

func (everything) Matches(map[string]string) bool   { return true }
func (n not) Matches(labels map[string]string) bool { return !n.inner.Matches(labels) }
func (b both) Matches(labels map[string]string) bool {
	return b.left.Matches(labels) && b.right.Matches(labels)
}

func (e either) Matches(labels map[string]string) bool {
	return e.left.Matches(labels) || e.right.Matches(labels)
}

func (h has) Matches(labels map[string]string) bool {
	_, found := labels[h.label]
	return found
}

func (c compare) Matches(labels map[string]string) bool {
	value, found := labels[c.label]
	if !found {
		return c.absent
	}
	return c.test(value)
}
