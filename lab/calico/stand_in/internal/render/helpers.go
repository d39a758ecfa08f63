package render

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"path"
	"strings"
	"text/template"

	"github.com/kelseyhightower/memkv"

	"anchorage.local/lab/calico/internal/objects"
)

// helpers are the functions that Calico's templates call besides memkv's (confd/pkg/resource/template in its source).
func helpers(getenv func(string) string) template.FuncMap {
	return template.FuncMap{
		"base": path.Base, "split": strings.Split, "join": strings.Join, "contains": strings.Contains,
		"replace": strings.Replace, "hasSuffix": strings.HasSuffix,
		"json": func(text string) (found map[string]any, err error) {
			err = json.Unmarshal([]byte(text), &found)
			return
		},
		"jsonArray":  func(text string) (found []any, err error) { err = json.Unmarshal([]byte(text), &found); return },
		"hashToIPv4": RouterID,
		"getenv": func(name string, fallback ...string) string {
			if value := getenv(name); value != "" || len(fallback) == 0 {
				return value
			}
			return fallback[0]
		},
		"bgpFilterBIRDFuncs":    filterFunctions,
		"bgpFilterFunctionName": filterName,
	}
}

// RouterID makes a router ID of a node's name, for CALICO_ROUTER_ID=hash. The first octet stays below multicast.
func RouterID(node string) string {
	sum := sha256.Sum256([]byte(node))
	if sum[0] > 223 {
		sum[0] -= 32
	}
	return net.IP(sum[:4]).String()
}

// symbol is how long a name may be in BIRD.
const symbol = 64

// filterName is the BIRD function of a BGPFilter; a long name is cut and told apart by its hash.
func filterName(filter, direction, version string) (string, error) {
	direction = strings.ToLower(direction)
	if direction != "import" && direction != "export" {
		return "", fmt.Errorf("%s is no direction of a BGPFilter", direction)
	}
	end := "_" + direction + "FilterV" + version
	if room := symbol - len("bgp_"+end); len(filter) > room {
		hash := fmt.Sprintf("_%X", sha256.Sum256([]byte(filter)))[:17]
		filter = filter[:room-len(hash)] + hash
	}
	return "'bgp_" + filter + end + "'", nil
}

// filterFunctions are the lines of all BGPFilters' functions for one IP version.
func filterFunctions(filters memkv.KVPairs, version int) (lines []string, err error) {
	for _, pair := range filters {
		var filter objects.BGPFilter
		if err := json.Unmarshal([]byte(pair.Value), &filter); err != nil {
			return nil, err
		}
		added, err := functionsOf(path.Base(pair.Key), filter, version)
		if err != nil {
			return nil, err
		}
		lines = append(lines, added...)
	}
	if len(lines) == 0 {
		lines = []string{fmt.Sprintf("# No v%d BGPFilters configured", version)}
	}
	return lines, nil
}

func functionsOf(name string, filter objects.BGPFilter, version int) (lines []string, err error) {
	rules := map[string][]objects.FilterRule{"import": filter.Spec.ImportV4, "export": filter.Spec.ExportV4}
	if version == 6 {
		rules = map[string][]objects.FilterRule{"import": filter.Spec.ImportV6, "export": filter.Spec.ExportV6}
	}
	for _, direction := range []string{"import", "export"} {
		if len(rules[direction]) == 0 {
			continue
		}
		if len(lines) == 0 {
			lines = append(lines, fmt.Sprintf("# v%d BGPFilter %s", version, name))
		}
		function, err := filterName(name, direction, fmt.Sprint(version))
		if err != nil {
			return nil, err
		}
		lines = append(lines, "function "+function+"() {")
		for _, rule := range rules[direction] {
			statement, err := statement(rule)
			if err != nil {
				return nil, fmt.Errorf("BGPFilter %s: %w", name, err)
			}
			lines = append(lines, "  "+statement)
		}
		lines = append(lines, "}")
	}
	return lines, nil
}

var operators = map[string]string{"Equal": "=", "NotEqual": "!=", "In": "~", "NotIn": "!~"}

func statement(rule objects.FilterRule) (string, error) {
	if rule.Action != "Accept" && rule.Action != "Reject" {
		return "", fmt.Errorf("%q is no action", rule.Action)
	}
	action := strings.ToLower(rule.Action) + ";"
	var conditions []string
	if rule.CIDR != "" {
		operator, found := operators[rule.MatchOperator]
		if !found {
			return "", fmt.Errorf("%q is no matchOperator", rule.MatchOperator)
		}
		conditions = append(conditions, fmt.Sprintf("(net %s %s)", operator, rule.CIDR))
	}
	if rule.Source != "" {
		if rule.Source != "RemotePeers" {
			return "", fmt.Errorf("%q is no source", rule.Source)
		}
		conditions = append(conditions, "((defined(source))&&(source ~ [ RTS_BGP ]))")
	}
	if rule.Interface != "" {
		conditions = append(conditions, fmt.Sprintf(`((defined(ifname))&&(ifname ~ "%s"))`, rule.Interface))
	}
	if len(conditions) == 0 {
		return action, nil
	}
	return fmt.Sprintf("if (%s) then { %s }", strings.Join(conditions, "&&"), action), nil
}
