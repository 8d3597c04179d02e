package agent

import (
	"os"
	"path/filepath"
)

// DefaultDir is where the certificates of this user's machine are if nothing
// else is said.
func DefaultDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "aisle-ca"
	}
	return filepath.Join(dir, "aisle", "ca")
}
