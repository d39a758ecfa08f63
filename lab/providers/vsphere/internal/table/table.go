// Package table reads a provider's schema written as a table: one attribute a line, blocks by indentation.
//
//	name        string  R
//	memory      int     O   1024
//	[disk]      list 60 OC
//	    label   string  R
//
// A line is name, type (string, int, bool, list, set, map; elements are strings), flags (R required, O optional,
// C computed, F forces a new object, S sensitive) and a default. A block is a list or set with the most that may stand.
package table

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

var kinds = map[string]schema.ValueType{
	"string": schema.TypeString, "int": schema.TypeInt, "bool": schema.TypeBool,
	"list": schema.TypeList, "set": schema.TypeSet, "map": schema.TypeMap,
}

const indent = "    "

// Parse reads a table. A table is part of the program, so that a mistake in it is a panic.
func Parse(text string) map[string]*schema.Schema {
	attributes, rest := block(strings.Split(strings.Trim(text, "\n"), "\n"), "")
	if len(rest) != 0 {
		panic(fmt.Sprintf("schema table: unexpected %q", rest[0]))
	}
	return attributes
}

// block reads the lines of one depth, and gives back those that follow.
func block(lines []string, depth string) (map[string]*schema.Schema, []string) {
	attributes := map[string]*schema.Schema{}
	for len(lines) != 0 {
		line, ok := strings.CutPrefix(lines[0], depth)
		if !ok || strings.HasPrefix(line, " ") {
			return attributes, lines
		}
		words := strings.Fields(line)
		lines = lines[1:]
		name := strings.Trim(words[0], "[]")
		if name == words[0] {
			attributes[name] = attribute(words[1:])
			continue
		}
		inner, after := block(lines, depth+indent)
		attributes[name], lines = nested(words[1:], inner), after
	}
	return attributes, lines
}

func attribute(words []string) *schema.Schema {
	s := flagged(words[0], words[1])
	if s.Type == schema.TypeList || s.Type == schema.TypeSet || s.Type == schema.TypeMap {
		s.Elem = &schema.Schema{Type: schema.TypeString}
	}
	if len(words) == 3 {
		s.Default = value(s.Type, words[2])
	}
	return s
}

func nested(words []string, inner map[string]*schema.Schema) *schema.Schema {
	s := flagged(words[0], words[2])
	most, err := strconv.Atoi(words[1])
	if err != nil {
		panic(err)
	}
	s.MaxItems, s.Elem = most, &schema.Resource{Schema: inner}
	return s
}

func flagged(kind, flags string) *schema.Schema {
	known, ok := kinds[kind]
	if !ok {
		panic("schema table: unknown type " + kind)
	}
	s := &schema.Schema{Type: known}
	for _, flag := range flags {
		switch flag {
		case 'R':
			s.Required = true
		case 'O':
			s.Optional = true
		case 'C':
			s.Computed = true
		case 'F':
			s.ForceNew = true
		case 'S':
			s.Sensitive = true
		default:
			panic("schema table: unknown flag " + string(flag))
		}
	}
	return s
}

func value(kind schema.ValueType, text string) any {
	switch kind {
	case schema.TypeInt:
		number, err := strconv.Atoi(text)
		if err != nil {
			panic(err)
		}
		return number
	case schema.TypeBool:
		return text == "true"
	default:
		return text
	}
}
