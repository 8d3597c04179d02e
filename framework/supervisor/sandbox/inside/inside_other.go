//go:build !linux

// Package inside is the launcher's work. Sandboxes are made of Linux parts.
package inside

import (
	"fmt"
	"os"
)

// Main says that there is nothing to do here.
func Main() int {
	fmt.Fprintln(os.Stderr, "aisle-launcher: plugins are isolated on Linux only")
	return 1
}
