// Command vcenter is the lab's simulated vCenter: govmomi's simulator engine with a named inventory, users with
// privileges, waits that do not hang, faults by rule, and a power hook that can boot a machine for each one powered on.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"anchorage.local/lab/vcenter/internal/access"
	"anchorage.local/lab/vcenter/internal/guests"
	"anchorage.local/lab/vcenter/internal/inventory"
	"anchorage.local/lab/vcenter/internal/serve"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vcenter:", err)
		os.Exit(1)
	}
}

func run() error {
	options, ready, err := read()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	address, end, err := serve.Start(ctx, options)
	if err != nil {
		return err
	}
	defer end()
	fmt.Println("ready", address)
	if err := announce(ready, address); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// announce writes the address to a file, whole or not at all.
func announce(path, address string) error {
	if path == "" {
		return nil
	}
	if err := os.WriteFile(path+".part", []byte(address+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// read reads the command line and the files that it names.
func read() (o serve.Options, ready string, err error) {
	flag.StringVar(&o.Listen, "listen", "127.0.0.1:0", "loopback address and port; port 0: any")
	flag.StringVar(&o.FaultsFile, "faults", "", "JSON file of fault rules; it may come and change at any time")
	hook := flag.String("hook", "", "shell command run when a machine is powered on, powered off, destroyed")
	site := flag.String("inventory", "", "JSON file of the inventory")
	users := flag.String("users", "", "JSON file of users, mode 0600")
	certificate := flag.String("cert", "", "PEM file of the server's certificate and its chain")
	key := flag.String("key", "", "PEM file of its private key")
	flag.StringVar(&ready, "ready", "", "file that gets the address once it is served")
	flag.Parse()
	o.Hook = guests.Hook(*hook)
	if o.Site, err = inventory.Read(*site); err != nil {
		return o, ready, err
	}
	if o.Users, err = access.Read(*users); err != nil {
		return o, ready, err
	}
	o.Certificate, err = tls.LoadX509KeyPair(*certificate, *key)
	return o, ready, err
}
