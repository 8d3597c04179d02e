package sandbox

import (
	"fmt"
	"strings"
)

// Level is how much isolation a plugin must have.
type Level int

// The levels.
const (
	// Auto takes all that this kernel and this user can, and tells what can't be.
	Auto Level = iota
	// Required refuses to start the plugin where a measure is missing.
	Required
)

// State is how far a measure holds.
type State string

// The states.
const (
	Enforced State = "enforced"
	// Partly: something of it is left open; Why tells what.
	Partly State = "partly"
	// Missing: this kernel or user can't; Why tells why and what to do.
	Missing State = "missing"
	// NotNeeded: what was granted leaves nothing to enforce.
	NotNeeded State = "not needed"
)

// The measures, in the order of a report.
const (
	Processes = "processes" // sees, signals and outlives nothing of others
	Files     = "files"     // sees the system's programs and what is granted
	Network   = "network"   // reaches the granted hosts and ports
	Devices   = "devices"   // opens the granted device nodes
	IPC       = "ipc"       // shared memory, queues, abstract sockets, host name
	User      = "user"      // an own user id
	Privilege = "privilege" // no capability, and none to be had
	Landlock  = "landlock"  // files, ports and signals a second time
	Calls     = "calls"     // system calls that no plugin needs
	Memory    = "memory"
	Tasks     = "tasks"  // processes and threads
	CPU       = "cpu"    //
	Limits    = "limits" // descriptors, file size, core dumps
	Program   = "program"
)

// Measure is one thing that is kept from a plugin, and by what.
type Measure struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// By names the mechanism: "mount namespace", "rlimit".
	By string `json:"by,omitempty"`
	// Why tells what is left open, and what to do about it.
	Why string `json:"why,omitempty"`
}

func (m Measure) String() string {
	s := m.Name + " " + string(m.State)
	if m.By != "" {
		s += " by " + m.By
	}
	if m.Why != "" {
		s += ": " + m.Why
	}
	return s
}

// Report says what is enforced on one plugin, a measure each.
type Report []Measure

// Measure gives one measure by name.
func (r Report) Measure(name string) (Measure, bool) {
	for _, m := range r {
		if m.Name == name {
			return m, true
		}
	}
	return Measure{}, false
}

// Missing lists the measures that are missing.
func (r Report) Missing() []Measure {
	var l []Measure
	for _, m := range r {
		if m.State == Missing {
			l = append(l, m)
		}
	}
	return l
}

// Open lists what is missing or not whole.
func (r Report) Open() []Measure {
	var l []Measure
	for _, m := range r {
		if m.State == Missing || m.State == Partly {
			l = append(l, m)
		}
	}
	return l
}

// Summary is one line: "isolated", or what is not enforced.
func (r Report) Summary() string {
	if len(r) == 0 {
		return "not isolated: nothing is known"
	}
	missing := r.Missing()
	if len(missing) == len(r) {
		return "not isolated: " + missing[0].Why
	}
	var names []string
	for _, m := range r.Open() {
		if m.State == Partly {
			names = append(names, m.Name+" partly")
			continue
		}
		names = append(names, m.Name)
	}
	if len(names) == 0 {
		return "isolated"
	}
	return "isolated, but for " + strings.Join(names, ", ")
}

// RequiredError says that a plugin that has to be isolated can't be.
type RequiredError struct{ Missing []Measure }

func (e *RequiredError) Error() string {
	// One reason is mostly that of them all.
	var whys []string
	by := map[string][]string{}
	for _, m := range e.Missing {
		if by[m.Why] == nil {
			whys = append(whys, m.Why)
		}
		by[m.Why] = append(by[m.Why], m.Name)
	}
	for i, why := range whys {
		whys[i] = fmt.Sprintf("%s (%s)", strings.Join(by[why], ", "), why)
	}
	return `isolation = "required", and this machine can't enforce ` + strings.Join(whys, "; ")
}
