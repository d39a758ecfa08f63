package selector

import (
	"fmt"
	"slices"
	"strings"
)

type parser struct {
	tokens []token
}

// either: both ('||' both)*
func (p *parser) either() (Selector, error) {
	left, err := p.both()
	for err == nil && p.take(symbol, "||") {
		var right Selector
		right, err = p.both()
		left = either{left, right}
	}
	return left, err
}

// both: one ('&&' one)*
func (p *parser) both() (Selector, error) {
	left, err := p.one()
	for err == nil && p.take(symbol, "&&") {
		var right Selector
		right, err = p.one()
		left = both{left, right}
	}
	return left, err
}

// one: '!' one | '(' either ')' | function | label comparison
func (p *parser) one() (Selector, error) {
	if p.take(symbol, "!") {
		inner, err := p.one()
		return not{inner}, err
	}
	if p.take(symbol, "(") {
		inner, err := p.either()
		if err != nil {
			return nil, err
		}
		return inner, p.need(symbol, ")")
	}
	name, err := p.next(word, "a label")
	if err != nil {
		return nil, err
	}
	if p.take(symbol, "(") {
		return p.function(name)
	}
	return p.comparison(name)
}

// function: all() | global() | has(label). The opening parenthesis is read.
func (p *parser) function(name string) (Selector, error) {
	switch name {
	case "all", "global":
		return everything{}, p.need(symbol, ")")
	case "has":
		label, err := p.next(word, "a label")
		if err != nil {
			return nil, err
		}
		return has{label}, p.need(symbol, ")")
	}
	return nil, fmt.Errorf("unknown function %s()", name)
}

// comparison: what follows a label. A label that is missing differs from every value and is in no set.
func (p *parser) comparison(label string) (Selector, error) {
	switch {
	case p.take(symbol, "=="):
		return p.against(label, false, func(value, wanted string) bool { return value == wanted })
	case p.take(symbol, "!="):
		return p.against(label, true, func(value, wanted string) bool { return value != wanted })
	case p.take(word, "contains"):
		return p.against(label, false, strings.Contains)
	case p.take(word, "starts"):
		return p.with(label, strings.HasPrefix)
	case p.take(word, "ends"):
		return p.with(label, strings.HasSuffix)
	case p.take(word, "in"):
		return p.within(label, true)
	case p.take(word, "not"):
		if err := p.need(word, "in"); err != nil {
			return nil, err
		}
		return p.within(label, false)
	}
	return nil, fmt.Errorf("after the label %s there is no comparison", label)
}

func (p *parser) with(label string, test func(value, wanted string) bool) (Selector, error) {
	if err := p.need(word, "with"); err != nil {
		return nil, err
	}
	return p.against(label, false, test)
}

func (p *parser) against(label string, absent bool, test func(value, wanted string) bool) (Selector, error) {
	wanted, err := p.next(literal, "a quoted value")
	return compare{label, func(value string) bool { return test(value, wanted) }, absent}, err
}

// within: '{' 'a', 'b' '}', which may be empty.
func (p *parser) within(label string, inside bool) (Selector, error) {
	if err := p.need(symbol, "{"); err != nil {
		return nil, err
	}
	var set []string
	for !p.take(symbol, "}") {
		if len(set) > 0 {
			if err := p.need(symbol, ","); err != nil {
				return nil, err
			}
		}
		value, err := p.next(literal, "a quoted value")
		if err != nil {
			return nil, err
		}
		set = append(set, value)
	}
	return compare{label, func(value string) bool { return slices.Contains(set, value) == inside }, !inside}, nil
}

// take reads a token if it comes next.
func (p *parser) take(of kind, text string) bool {
	if len(p.tokens) == 0 || p.tokens[0] != (token{of, text}) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *parser) need(of kind, text string) error {
	if !p.take(of, text) {
		return fmt.Errorf("expected %s, found %s", text, p.ahead())
	}
	return nil
}

func (p *parser) next(of kind, what string) (string, error) {
	if len(p.tokens) == 0 || p.tokens[0].kind != of {
		return "", fmt.Errorf("expected %s, found %s", what, p.ahead())
	}
	text := p.tokens[0].text
	p.tokens = p.tokens[1:]
	return text, nil
}

func (p *parser) ended() error {
	if len(p.tokens) > 0 {
		return fmt.Errorf("unexpected %s", p.ahead())
	}
	return nil
}

func (p *parser) ahead() string {
	if len(p.tokens) == 0 {
		return "the end"
	}
	return p.tokens[0].text
}
