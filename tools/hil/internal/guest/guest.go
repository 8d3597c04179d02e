// Package guest is what the two sides of a machine agree about: where the order
// for one run lies in it, and how its end is told. Command init carries it out.
package guest

// Paths inside the machine.
const (
	OrderPath   = "hil/order.json"
	ProgramPath = "hil/program"
	ModulesPath = "hil/modules.json" // name of a module to the modules that it needs, first to last, itself included
	ModulesDir  = "hil/modules"
)

// EndMark begins the line on the first serial port that tells the program's exit
// status, and RunMark the one that tells that it is started.
const (
	EndMark = "HIL-EXIT="
	RunMark = "HIL-RUN"
)

// Broken is the exit status that tells that the machine could not be set up.
const Broken = 125

// Order is what one boot does.
type Order struct {
	Modules []Module
	Args    []string // of the program
	Env     []string
}

// Module is a module of the kernel to load, with its parameters as modprobe takes them.
type Module struct {
	Name   string
	Params string
}
