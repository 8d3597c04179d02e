package sandbox

import (
	"os"
	"syscall"

	"github.com/openaisle/aisle/sdk/line/usb"
)

// Command is one plugin process to be.
type Command struct {
	Name string
	// Args are its arguments, the program's name first, Env its environment.
	Args, Env []string
	Dir       string
	// Program is its sealed program, Script whether that names an interpreter.
	Program *os.File
	Script  bool
	// Instance is the directory made for this process, and Sockets the one in it
	// where it makes its socket.
	Instance, Sockets string
	Grants            Grants
	// Kernel is where the kernel shows devices.
	Kernel usb.Tree
	// Stdout, Stderr and Lifeline are its ends of pipes.
	Stdout, Stderr, Lifeline *os.File
	// Memory, Tasks and CPU say by what each is bounded; "" where it isn't, and
	// Unbound then why.
	Memory, Tasks, CPU string
	Unbound            string
}

// Door is an address inside the plugin's network namespace where somebody must
// accept connections and carry them to a destination.
type Door struct {
	Listener *os.File
	// To is "host:port".
	To string
}

// Running is what the host has of a plugin that runs.
type Running struct {
	// PID is the plugin's number in the host's eyes.
	PID int
	// PIDFD refers to it; -1 where it is the process that was started.
	PIDFD int
	// Sockets is the directory where it makes its socket; nil where that is in
	// the host's file system.
	Sockets *os.File
	Doors   []Door
	Report  Report
}

// Close lets go of what Running holds.
func (r *Running) Close() {
	if r.PIDFD >= 0 {
		_ = syscall.Close(r.PIDFD) // a descriptor that is closed either way
	}
	if r.Sockets != nil {
		r.Sockets.Close()
	}
	for _, d := range r.Doors {
		d.Listener.Close()
	}
}

// RunError says that the kernel would not run the program. Its cause is the
// kernel's.
type RunError struct {
	Err  error
	Text string
}

func (e *RunError) Error() string { return e.Text }

// Unwrap gives the kernel's error.
func (e *RunError) Unwrap() error { return e.Err }

// Unisolated is the report of a plugin that runs without any measure.
func Unisolated(why string) Report {
	var r Report
	for _, name := range []string{Processes, Files, Network, Devices, IPC, User, Privilege, Landlock, Calls, Memory, Tasks, CPU, Limits, Program} {
		r = append(r, Measure{Name: name, State: Missing, Why: why})
	}
	return r
}
