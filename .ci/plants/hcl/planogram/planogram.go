// Package planogram is planted: it must read no file.
package planogram

import (
	"os" // want depguard "planogram-reads-the-store': "
)

// Here reads a folder.
func Here() (string, error) { return os.Getwd() }
