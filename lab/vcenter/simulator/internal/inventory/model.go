// Package inventory says in our own words what the simulated vCenter holds, and builds it.
package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Site is the whole inventory, as in the JSON file.
type Site struct {
	Datacenters []Datacenter `json:"datacenters"`
}

// Datacenter holds everything that a machine needs.
type Datacenter struct {
	Name       string      `json:"name"`
	Switches   []Switch    `json:"switches"`
	Clusters   []Cluster   `json:"clusters"`
	Datastores []Datastore `json:"datastores"`
	Folders    []string    `json:"folders"` // paths below the machines' root, parents made by themselves
	Templates  []Template  `json:"templates"`
}

// Switch is a distributed switch; every host of the data centre is a member.
type Switch struct {
	Name       string      `json:"name"`
	MTU        int32       `json:"mtu"` // bytes; 0: 1500
	PortGroups []PortGroup `json:"portGroups"`
}

// PortGroup is a distributed port group with one VLAN.
type PortGroup struct {
	Name string `json:"name"`
	VLAN int32  `json:"vlan"`
}

// Cluster is a cluster with DRS; Pools are resource pools directly below its root pool.
type Cluster struct {
	Name          string   `json:"name"`
	Hosts         []string `json:"hosts"`
	HostCPUs      int32    `json:"hostCpus"`      // logical processors of each host; 0: a usual server's
	HostMemoryGiB int32    `json:"hostMemoryGiB"` // likewise
	Pools         []string `json:"pools"`
}

// Datastore is seen by all hosts of the named clusters.
type Datastore struct {
	Name        string   `json:"name"`
	Clusters    []string `json:"clusters"`
	CapacityGiB int64    `json:"capacityGiB"`
	FreeGiB     int64    `json:"freeGiB"`
}

// Template is a machine template. Without Snapshot it cannot be a linked clone's parent;
// without Tools its guests can neither be customized nor tell their address.
type Template struct {
	Name      string `json:"name"`
	Folder    string `json:"folder"`
	Cluster   string `json:"cluster"`
	Datastore string `json:"datastore"`
	PortGroup string `json:"portGroup"`
	GuestID   string `json:"guestId"`
	Firmware  string `json:"firmware"` // "bios" or "efi"
	CPUs      int32  `json:"cpus"`
	MemoryMiB int64  `json:"memoryMiB"`
	DiskGiB   int64  `json:"diskGiB"`
	Tools     bool   `json:"tools"`
	Snapshot  string `json:"snapshot"`
}

// Read reads a Site and refuses one that names what it does not hold.
func Read(path string) (Site, error) {
	var site Site
	text, err := os.ReadFile(path)
	if err != nil {
		return site, err
	}
	if err := json.Unmarshal(text, &site); err != nil {
		return site, fmt.Errorf("%s: %w", path, err)
	}
	if err := site.check(); err != nil {
		return site, fmt.Errorf("%s: %w", path, err)
	}
	return site, nil
}

func (s Site) check() error {
	if len(s.Datacenters) == 0 {
		return errors.New("the inventory has no data centre")
	}
	for _, dc := range s.Datacenters {
		if err := dc.check(); err != nil {
			return fmt.Errorf("data centre %q: %w", dc.Name, err)
		}
	}
	return nil
}

func (d Datacenter) check() error {
	clusters, stores, groups := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range d.Clusters {
		clusters[c.Name] = true
	}
	for _, ds := range d.Datastores {
		stores[ds.Name] = true
		for _, c := range ds.Clusters {
			if !clusters[c] {
				return fmt.Errorf("datastore %q names the unknown cluster %q", ds.Name, c)
			}
		}
	}
	for _, s := range d.Switches {
		for _, g := range s.PortGroups {
			groups[g.Name] = true
		}
	}
	for _, t := range d.Templates {
		if !clusters[t.Cluster] || !stores[t.Datastore] || !groups[t.PortGroup] {
			return fmt.Errorf("template %q names an unknown cluster, datastore or port group", t.Name)
		}
	}
	return nil
}
