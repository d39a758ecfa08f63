// Package render fills Calico's own confd templates, as they lie in a directory, from keys.
package render

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/kelseyhightower/memkv"

	"anchorage.local/lab/calico/internal/keys"
)

// V4 and V6 are the files of BIRD's configuration; the first includes the others.
var (
	V4 = []string{"bird.cfg", "bird_aggr.cfg", "bird_ipam.cfg"}
	V6 = []string{"bird6.cfg", "bird6_aggr.cfg", "bird6_ipam.cfg"}
)

// forkOnly is an attribute that Calico's fork of BIRD has and Debian's refuses. Its value is empty without IPIP.
var forkOnly = regexp.MustCompile(`(?m)^\s*krt_tunnel = "[^"]*";[ \t]*\n`)

// Files renders the named files from the templates in a directory. getenv gives NODENAME and CALICO_ROUTER_ID.
func Files(templates string, names []string, held keys.Keys, getenv func(string) string) (map[string]string, error) {
	store := memkv.New()
	for key, value := range held {
		store.Set(key, value)
	}
	functions := helpers(getenv)
	for name, function := range store.FuncMap {
		functions[name] = function
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := one(filepath.Join(templates, name+".template"), functions)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = text
	}
	return files, nil
}

func one(path string, functions template.FuncMap) (string, error) {
	parsed, err := template.New(filepath.Base(path)).Funcs(functions).ParseFiles(path)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = parsed.Execute(&text, nil)
	return text.String(), err
}

// ForDebian drops what Debian's BIRD does not know.
func ForDebian(text string) string { return forkOnly.ReplaceAllString(text, "") }
