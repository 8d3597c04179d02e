package sandbox

import (
	"os"
	"syscall"
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
	// Stdout, Stderr and Lifeline are its ends of pipes.
	Stdout, Stderr, Lifeline *os.File
	// Group is the control group that it starts in.
	Group Group
}

// Group is a control group for one process, and what it bounds.
type Group interface {
	// FD is the descriptor of its directory to start in, or -1.
	FD() int
	// Join puts a process into it that was not started there.
	Join(pid int) error
	// Bounds says by what memory, tasks and CPU time are bounded: "" where they
	// aren't.
	Bounds() (memory, tasks, cpu string)
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
