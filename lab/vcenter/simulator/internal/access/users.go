// Package access knows the users of the simulated vCenter and what each may do.
package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/objects"
)

// User signs in by name and password. An administrator may do everything; others what their grants say.
type User struct {
	Name     string  `json:"name"`
	Password string  `json:"password"`
	Admin    bool    `json:"admin"`
	Grants   []Grant `json:"grants"`
}

// Grant gives privileges on the object of an inventory path ("/" is the root), and below it if it propagates.
// The nearest grant alone counts, as in vCenter.
type Grant struct {
	Path       string   `json:"path"`
	Privileges []string `json:"privileges"`
	Propagate  bool     `json:"propagate"`
}

// Users are those of the file. The first must be an administrator: the engine's own calls sign in as it.
type Users []User

// Read reads a file of users, which holds passwords and must be for its owner alone.
func Read(path string) (Users, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds passwords and can be read by others: chmod 600", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var users Users
	if err := json.Unmarshal(text, &users); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(users) == 0 || !users[0].Admin || users[0].Password == "" {
		return nil, errors.New("the first user must be an administrator with a password")
	}
	return users, nil
}

// Valid checks a name (in any case, as vCenter) and its password.
func (u Users) Valid(login *types.Login) bool {
	user := u.find(login.UserName)
	if user == nil {
		return false
	}
	want, got := sha256.Sum256([]byte(user.Password)), sha256.Sum256([]byte(login.Password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

func (u Users) find(name string) *User {
	for i := range u {
		if strings.EqualFold(u[i].Name, name) {
			return &u[i]
		}
	}
	return nil
}

// Privileges are what a user may do on an object; all is true for an administrator and for the engine's own calls.
func (u Users) Privileges(registry *simulator.Registry, name string, ref types.ManagedObjectReference) (ids []string, all bool) {
	user := u.find(name)
	if user == nil || user.Admin {
		return nil, true
	}
	for i, above := range objects.Lineage(registry, ref) {
		path := objects.Path(registry, above)
		for _, grant := range user.Grants {
			if grant.Path == path && (i == 0 || grant.Propagate) {
				return grant.Privileges, false
			}
		}
	}
	return nil, false
}

// Has is true when the user holds the privilege on the object.
func (u Users) Has(registry *simulator.Registry, name string, ref types.ManagedObjectReference, id string) bool {
	ids, all := u.Privileges(registry, name, ref)
	return all || slices.Contains(ids, id)
}
