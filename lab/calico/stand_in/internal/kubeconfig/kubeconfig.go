// Package kubeconfig writes the file by which the CNI plugin reaches the API, as Calico does: with a token of the
// service account calico-cni-plugin.
package kubeconfig

import (
	"context"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"anchorage.local/lab/calico/internal/api"
)

const (
	account = "calico-cni-plugin"
	name    = "calico-kubeconfig"
	// Lifetime is how long a token is good for.
	Lifetime = 24 * time.Hour
)

// Write asks for a token and writes the file into a directory, 0600, whole or not at all.
func Write(ctx context.Context, client dynamic.Interface, config *rest.Config, folder string) error {
	token, err := request(ctx, client)
	if err != nil {
		return err
	}
	if err := rest.LoadTLSFiles(config); err != nil {
		return err
	}
	text, err := clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{
			"local": {Server: config.Host, CertificateAuthorityData: config.CAData},
		},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{"calico": {Token: token}},
		Contexts:       map[string]*clientcmdapi.Context{"calico-context": {Cluster: "local", AuthInfo: "calico"}},
		CurrentContext: "calico-context",
	})
	if err != nil {
		return err
	}
	part := filepath.Join(folder, "."+name)
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(folder, name))
}

func request(ctx context.Context, client dynamic.Interface) (string, error) {
	wanted := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
		"metadata": map[string]any{"name": account},
		"spec":     map[string]any{"expirationSeconds": int64(Lifetime.Seconds())},
	}}
	namespace := os.Getenv("NAMESPACE")
	if namespace == "" {
		namespace = "kube-system"
	}
	made, err := client.Resource(api.Accounts).Namespace(namespace).Create(ctx, wanted, metav1.CreateOptions{}, "token")
	if err != nil {
		return "", err
	}
	token, _, err := unstructured.NestedString(made.Object, "status", "token")
	return token, err
}
