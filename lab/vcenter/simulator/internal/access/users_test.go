package access

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestAFileOfUsersMustBePrivateAndBeginWithAnAdministrator(t *testing.T) {
	admin := `[{"name": "a", "password": "p", "admin": true}]`
	for _, c := range []struct {
		text  string
		mode  os.FileMode
		words string
	}{
		{admin, 0o600, ""}, {admin, 0o644, "can be read by others"}, {`[]`, 0o600, "must be an administrator"},
		{`[{"name": "a", "password": "p"}]`, 0o600, "must be an administrator"},
		{`[{"name": "a", "admin": true}]`, 0o600, "with a password"},
	} {
		path := filepath.Join(t.TempDir(), "users.json")
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		if c.words == "" && err != nil || c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)) {
			t.Errorf("%s %o: %v", c.text, c.mode, err)
		}
	}
}

func TestNamesMatchInAnyCaseAndPasswordsExactly(t *testing.T) {
	users := Users{{Name: "Admin@vsphere.local", Password: "p", Admin: true}}
	for login, want := range map[types.Login]bool{
		{UserName: "admin@VSPHERE.local", Password: "p"}: true, {UserName: "Admin@vsphere.local", Password: "P"}: false,
		{UserName: "Admin@vsphere.local"}: false, {UserName: "other", Password: "p"}: false,
	} {
		if users.Valid(&login) != want {
			t.Errorf("%s: not %v", login.UserName, want)
		}
	}
}
