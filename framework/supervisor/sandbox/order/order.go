// Package order is what a host and its launcher say to each other: one order
// for one plugin, and the launcher's answers.
//
// It does nothing. Package sandbox writes orders, package inside carries them
// out. Both are built of one source, so that no version travels along: the host
// runs the launcher that belongs to it.
package order

import (
	"encoding/json"
	"fmt"
	"syscall"
)

// The launcher's descriptors. The plugin gets the first four.
const (
	Stdin, Stdout, Stderr = 0, 1, 2
	Lifeline              = 3 // the reading end of the host's pipe
	Control               = 4 // SOCK_SEQPACKET: the order comes, answers go
	Program               = 5 // the plugin's program, sealed
)

// MaxMessage is the most bytes of an order or answer.
const MaxMessage = 128 << 10

// Order says how to run one plugin.
type Order struct {
	Name string
	// Args are the plugin's, the name of the program first.
	Args, Env []string
	// Dir is its working directory. One that it can't see is "/".
	Dir string
	// Script says that the program names an interpreter, which then opens it
	// again by its descriptor.
	Script bool

	// Own says that the launcher is the first process of namespaces of its own.
	// Otherwise it becomes the plugin, in the host's file system.
	Own *Own
	// UID and GID are who to become, and Groups with whom; nil to stay.
	ID *ID
	// Limits are resource limits.
	Limits []Limit
	// Niceness and OOMScore are added to the host's.
	Niceness, OOMScore int
	// Filter is the seccomp program, nil for none.
	Filter []Instruction
	// Rules are Landlock's.
	Rules Rules
}

// ID is a user.
type ID struct {
	UID, GID int
	Groups   []int
}

// Own is what the plugin's own namespaces hold.
type Own struct {
	// Root is an empty directory to put the new root on.
	Root string
	// System are paths of the system to show read-only, where they are there.
	System []string
	// Read, Write and Devices are granted paths. What is not there is left out
	// and told.
	Read, Write, Devices []string
	// Kernel are folders of the kernel's own file systems to show read-only.
	Kernel []string
	// Dialled are granted Unix sockets.
	Dialled []string
	// Nodes says that device nodes are made for the plugin's user; otherwise the
	// machine's are shown.
	Nodes bool
	// Files are files to write, and Links symbolic links, by path.
	Files, Links map[string]string
	// Sockets is a directory that the host reaches through a descriptor, and
	// Within a directory to make in it.
	Sockets, Within string
	// Tmp is the size of /tmp in bytes.
	Tmp int64
	// Doors are addresses to listen on, for the host to accept at. Nil leaves
	// the loopback interface down.
	Doors []Door
	// HostName is the namespace's.
	HostName string
}

// Door is a TCP address.
type Door struct {
	// Address is an IP address.
	Address string
	Port    uint16
	// Add says that the address is to be given to the loopback interface.
	Add bool
}

// Limit is a resource limit, hard and soft.
type Limit struct {
	Resource int
	Value    uint64
}

// Instruction is one of a seccomp program's.
type Instruction struct {
	Op     uint16
	Jt, Jf uint8
	K      uint32
}

// Rules are Landlock rules.
type Rules struct {
	// Off says not to use Landlock.
	Off bool
	// Read, Write are files and folders, Devices device nodes.
	Read, Write, Devices []string
	// Sockets are Unix sockets to connect to.
	Sockets []string
	// Connect and Bind are TCP ports.
	Connect, Bind []uint16
	// Resolve lets it ask name servers.
	Resolve bool
}

// The kinds of answers.
const (
	// Ready: the plugin runs, or is about to where there are no own namespaces.
	// With it come descriptors: the plugin's pidfd, the directory of sockets,
	// one listener for each door that opened.
	Ready = "ready"
	// Failed: there is no plugin.
	Failed = "failed"
	// Ended: the plugin has ended, and the launcher is about to.
	Ended = "ended"
)

// Answer is what the launcher says.
type Answer struct {
	Kind string
	// Step is what failed.
	Step string        `json:",omitempty"`
	Err  string        `json:",omitempty"`
	Code syscall.Errno `json:",omitempty"`
	// Status is how the plugin ended (wait status).
	Status int `json:",omitempty"`
	// Opened are the doors, by index, whose listeners come along.
	Opened []int `json:",omitempty"`
	// Notes tell what could not be done as ordered, for the report: by measure.
	Notes []Note `json:",omitempty"`
}

// Note is a remark on a measure of the report.
type Note struct{ Measure, Text string }

// The steps of the launcher, by what a failure of them means.
const (
	StepOrder     = "order"     // the order is not one
	StepNamespace = "namespace" // this machine can't have such namespaces
	StepGrant     = "grant"     // what is granted can't be put together
	StepRestrict  = "restrict"  // it can't restrict
	StepRun       = "run"       // the program can't run
)

// Check says what is wrong with an order.
func (o Order) Check() error {
	switch {
	case o.Name == "":
		return fmt.Errorf("it names no plugin")
	case len(o.Args) == 0:
		return fmt.Errorf("it has no arguments, not even the program's name")
	case o.Own != nil && (o.Own.Root == "" || o.Own.Sockets == ""):
		return fmt.Errorf("it names no root or no directory for sockets")
	case o.ID != nil && (o.ID.UID <= 0 || o.ID.GID <= 0):
		return fmt.Errorf("it asks to run a plugin as user %d and group %d", o.ID.UID, o.ID.GID)
	case o.Own == nil && len(o.Filter) == 0 && o.Rules.Off:
		return fmt.Errorf("it restricts nothing")
	}
	return nil
}

// Decode reads an order.
func Decode(b []byte) (o Order, err error) {
	if err = json.Unmarshal(b, &o); err == nil {
		err = o.Check()
	}
	return o, err
}
