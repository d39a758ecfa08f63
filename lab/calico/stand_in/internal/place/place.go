// Package place says where files lie: at Calico's paths, or below a directory of their own when several nodes share a
// file system in a test.
package place

import (
	"os"
	"path/filepath"
)

// Of is a path of Calico's, below STAND_IN_ROOT where that is set.
func Of(path string) string { return filepath.Join("/", os.Getenv("STAND_IN_ROOT"), path) }
