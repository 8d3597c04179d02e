//go:build !linux

package supervisor

import (
	"errors"
	"os"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// isolated is not called: no launcher is found here.
func (p *process) isolated(*sandbox.Launcher, []string, []*os.File, *os.File) error {
	return errors.ErrUnsupported
}
