package zoo

import (
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
)

// Animal is one plugin that misbehaves, and what becomes of it.
type Animal struct {
	// Name says what it does, and is its first argument.
	Name string
	// Python says that it is one of ./python; otherwise it is of ./animal.
	Python bool
	// Class is that of its one device; a weight shelf where it is empty.
	Class storedef.Class

	// Refused is why it does not start; empty where it does.
	Refused supervisor.Reason
	// Or is another reason, where two things happen at once and the host may
	// see either first.
	Or supervisor.Reason
	// State is what its device comes to; empty where it gets ready and stays.
	// A plugin that does not start comes to failed.
	State event.DeviceState
	// Says are words of what the operator reads: the error of the start, the
	// cause of the state, or what a command was answered with.
	Says []string
	// Logs are words that come in the log.
	Logs []string
	// Asks says that its device is sent a command, and Answer is the code of
	// the error that comes back, or one of several.
	Asks   bool
	Answer []fault.Code
	// Reports are how many reports are handed on, and Lost how many are stated
	// as lost, refused ones included, where that is certain.
	Reports, Lost int
	// AtLeast are how many reports are handed on at the least.
	AtLeast int
	// Foreign says that some of what it reports belongs to nobody and is
	// dropped and counted.
	Foreign bool
	// Needs is what a host must have to hold it; without, it is not let loose.
	Needs Feature
}

// Feature is something that the kernel or the machine may lack.
type Feature string

// The features.
const (
	// Isolation is a process of its own namespaces.
	Isolation Feature = "isolation"
	// MemoryLimit and the others bound what a plugin may take.
	MemoryLimit  Feature = "memory limit"
	ProcessLimit Feature = "process limit"
	DiskLimit    Feature = "disk limit"
)

// All lists the animals.
func All() []Animal {
	return slices.Concat(starts, crashes, hangs, forks, floods, forgeries, messages, answers, eaters, pythons)
}

// Eats reports whether it takes more than its share of the machine.
func (a Animal) Eats() bool {
	return slices.ContainsFunc(eaters, func(e Animal) bool { return e.Name == a.Name })
}
