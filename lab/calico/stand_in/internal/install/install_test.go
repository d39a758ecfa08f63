package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func lookup(config string) func(string) (string, bool) {
	values := map[string]string{"CNI_NETWORK_CONFIG": config, "KUBERNETES_NODE_NAME": "w1", "CNI_MTU": "0"}
	return func(name string) (string, bool) { value, found := values[name]; return value, found }
}

func TestItFillsTheConfiguration(t *testing.T) {
	folder := t.TempDir()
	config := `{"nodename": "__KUBERNETES_NODE_NAME__", "mtu": __CNI_MTU__, "kubeconfig": "__KUBECONFIG_FILEPATH__"}`
	if err := writeConfig(folder, lookup(config)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "10-calico.conflist"))
	wanted := `{"nodename": "w1", "mtu": 0, "kubeconfig": "/etc/cni/net.d/calico-kubeconfig"}`
	if err != nil || string(text) != wanted {
		t.Errorf("%s %v", text, err)
	}
}

func TestItRefusesWhatIsNoJSON(t *testing.T) {
	folder := t.TempDir()
	if err := writeConfig(folder, lookup(`{"mtu": __OTHER__}`)); err == nil || !strings.Contains(err.Error(), "JSON") {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}
