package bird

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// again is how long a BIRD that ended stays down.
const again = time.Second

// Daemon is a BIRD for one IP version. Config and Socket are paths, Program is bird or bird6.
type Daemon struct {
	Program, Config, Socket string
	running                 atomic.Bool
}

// Apply checks the files (name -> text, in Config's directory), puts them in place and lets BIRD read them; sessions
// whose settings are the same stay up. A configuration that BIRD refuses changes nothing.
func (d *Daemon) Apply(files map[string]string) error {
	place := filepath.Dir(d.Config)
	if err := d.check(place, files); err != nil {
		return err
	}
	for name, text := range files {
		if err := write(filepath.Join(place, name), text); err != nil {
			return err
		}
	}
	if !d.running.Load() {
		return nil
	}
	lines, err := Ask(d.Socket, "configure")
	if err == nil {
		log.Printf("%s: %s", d.Program, lines[len(lines)-1])
	}
	return err
}

// check lets BIRD parse the files in a directory of their own. Its message names a line and shows none: passwords.
func (d *Daemon) check(place string, files map[string]string) error {
	scratch, err := os.MkdirTemp(place, ".check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	for name, text := range files {
		if err := write(filepath.Join(scratch, name), text); err != nil {
			return err
		}
	}
	words, err := exec.Command(d.Program, "-p", "-c", filepath.Join(scratch, filepath.Base(d.Config))).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s refuses the configuration: %s", d.Program, strings.TrimSpace(string(words)))
	}
	return nil
}

func write(path, text string) error {
	part := path + ".part"
	if err := os.WriteFile(part, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// Run keeps BIRD running until ctx ends, then ends it in order: its sessions are closed.
func (d *Daemon) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := d.once(ctx); err != nil && ctx.Err() == nil {
			log.Printf("%s ended (%v), again in %v", d.Program, err, again)
		}
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

func (d *Daemon) once(ctx context.Context) error {
	command := exec.CommandContext(ctx, d.Program, "-R", "-d", "-s", d.Socket, "-c", d.Config)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 3 * time.Second
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return err
	}
	d.running.Store(true)
	defer d.running.Store(false)
	return command.Wait()
}
