package guests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
)

// Hook is a shell command that runs at each poweredon, poweredoff, suspended and destroyed.
//
// Environment: LAB_EVENT, LAB_VM (name), LAB_UUID, LAB_MAC (first card), LAB_ADDRESS (ADDRESS/PREFIX, as asked for by
// customization, may be empty) and LAB_GATEWAY. Standard input: the machine's extraConfig (guestinfo.*) as a JSON object.
// At poweredon it returns once the guest is up and prints `ADDRESS[/PREFIX] [GATEWAY]`, one line for each address.
// Runs of one machine never overlap; a power-on that is under way is ended (its process group is killed) by the next event.
type Hook string

// event is what a hook is told.
type event struct {
	name  string
	env   []string
	stdin []byte
}

// booted is what a guest reports once it is up.
type booted struct {
	addresses []netip.Prefix
	gateway   netip.Addr
	simulated bool
}

func newEvent(name string, machine *mo.VirtualMachine, want asked) event {
	extra, mac := map[string]any{}, ""
	for _, option := range machine.Config.ExtraConfig {
		extra[option.GetOptionValue().Key] = option.GetOptionValue().Value
	}
	if len(machine.Guest.Net) != 0 {
		mac = machine.Guest.Net[0].MacAddress
	}
	address, gateway := "", ""
	if len(want.addresses) != 0 {
		address = want.addresses[0].String()
	}
	if want.gateway.IsValid() {
		gateway = want.gateway.String()
	}
	stdin, _ := json.Marshal(extra) // strings and numbers alone: cannot fail
	return event{name: name, stdin: stdin, env: []string{
		"LAB_EVENT=" + name, "LAB_VM=" + machine.Name, "LAB_UUID=" + machine.Config.Uuid, "LAB_MAC=" + mac,
		"LAB_ADDRESS=" + address, "LAB_GATEWAY=" + gateway,
	}}
}

// run runs the hook to its end and gives what it printed.
func (h Hook) run(ctx context.Context, e event) (string, error) {
	command := exec.CommandContext(ctx, "sh", "-c", string(h))
	command.Env = append(os.Environ(), e.env...)
	command.Stdin, command.Stderr, command.WaitDelay = bytes.NewReader(e.stdin), os.Stderr, time.Second
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	printed, err := command.Output()
	return string(printed), err
}

// parseBooted reads the lines that a hook printed at poweredon. No line: the guest is up and reports no address.
func parseBooted(printed string) (booted, error) {
	var up booted
	for _, line := range strings.Split(strings.TrimSpace(printed), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		prefix, err := parsePrefix(words[0])
		if err != nil {
			return up, fmt.Errorf("the hook printed %q, not ADDRESS[/PREFIX] [GATEWAY]: %w", line, err)
		}
		up.addresses = append(up.addresses, prefix)
		if len(words) > 1 && !up.gateway.IsValid() {
			if up.gateway, err = netip.ParseAddr(words[1]); err != nil {
				return up, fmt.Errorf("the hook printed %q, not ADDRESS[/PREFIX] [GATEWAY]: %w", line, err)
			}
		}
	}
	return up, nil
}

// parsePrefix reads ADDRESS[/PREFIX]; without a prefix length it is 24, or 64 for IPv6.
func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if address.Is6() {
		return netip.PrefixFrom(address, 64), nil
	}
	return netip.PrefixFrom(address, 24), nil
}
