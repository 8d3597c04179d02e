// Package distribution stands in for the one that looks through packages.
package distribution

import (
	"os/exec" // want depguard "packages-start-nothing': framework/distribution looks through packages and starts nothing"

	"github.com/openaisle/aisle/framework/supervisor" // want depguard "packages-start-nothing': framework/distribution looks through packages and starts nothing"
)

// A Package starts what it should look at.
type Package struct {
	Command exec.Cmd
	Process supervisor.Process
}
