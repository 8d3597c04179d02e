package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// The versions of Landlock's interface by which something became possible.
const (
	landlockTCP     = 4
	landlockScopes  = 6
	landlockResolve = 9
	landlockUDP     = 10
)

// report says what is enforced. Notes of the launcher become reasons.
func (s *Start) report(notes []order.Note) Report {
	r := Report{s.processes(), s.fileSystem(), s.networking(), s.deviceNodes(), s.ipc(), s.userID(),
		{Name: Privilege, State: Enforced, By: "no capabilities, no_new_privs"}, s.landlock(), s.systemCalls()}
	r = append(r, s.resources()...)
	r = append(r, Measure{Name: Limits, State: Enforced, By: "resource limits"}, Measure{Name: Program, State: Enforced, By: "sealed memory"})
	for _, n := range slices.Concat(s.notes, notes) {
		for i := range r {
			if r[i].Name == n.Measure {
				r[i].Why = strings.TrimPrefix(r[i].Why+"; "+n.Text, "; ")
			}
		}
	}
	return r
}

func (s *Start) noNamespaces() string {
	return fmt.Sprintf("no namespaces (%v); allow user namespaces or run the host as root", s.bare)
}

func (s *Start) processes() Measure {
	if s.bare != nil {
		return Measure{Name: Processes, State: Missing, By: "process group", Why: s.noNamespaces()}
	}
	return Measure{Name: Processes, State: Enforced, By: "PID namespace"}
}

func (s *Start) fileSystem() Measure {
	m := Measure{Name: Files, State: Enforced, By: "mount namespace"}
	switch {
	case s.bare == nil && s.l.abi > 0:
		m.By += ", Landlock"
	case s.bare != nil && s.l.abi > 0:
		m.State, m.By, m.Why = Partly, "Landlock", "names and sizes of files can be seen, and its temporary files are on the host's disk: "+s.noNamespaces()
	case s.bare != nil:
		m.State, m.By, m.Why = Missing, "", "neither Landlock nor "+s.noNamespaces()
	}
	return m
}

func (s *Start) networking() Measure {
	m := Measure{Name: Network}
	switch {
	case s.bare == nil && !s.net.shared && len(s.net.doors) == 0:
		m.State, m.By = Enforced, "network namespace"
	case s.bare == nil && !s.net.shared:
		m.State, m.By = Enforced, "network namespace, relay"
	case s.l.abi >= landlockTCP:
		m.State, m.By = Partly, "Landlock"
		m.Why = "hosts not enforced, only TCP ports"
		if s.l.abi < landlockUDP {
			m.Why += ", and not UDP"
		}
		if s.bare == nil {
			m.Why += ": it may listen, or connect to any host, so it is in the host's network"
		} else {
			m.Why += ": " + s.noNamespaces()
		}
	default:
		m.State, m.Why = Missing, "Landlock restricts no ports before Linux 6.7"
		if s.bare != nil {
			m.Why += ", and " + s.noNamespaces()
		}
	}
	return m
}

func (s *Start) deviceNodes() Measure {
	switch {
	case s.bare == nil && s.l.root:
		return Measure{Name: Devices, State: Enforced, By: "device nodes of its own"}
	case s.bare == nil:
		return Measure{Name: Devices, State: Enforced, By: "mount namespace"}
	case s.l.abi > 0:
		return Measure{Name: Devices, State: Enforced, By: "Landlock"}
	}
	return Measure{Name: Devices, State: Missing, Why: "neither Landlock nor " + s.noNamespaces()}
}

func (s *Start) ipc() Measure {
	switch {
	case s.bare == nil && s.net.shared && s.l.abi < landlockScopes:
		return Measure{Name: IPC, State: Partly, By: "IPC and UTS namespace",
			Why: "it is in the host's network, where abstract sockets can be reached before version 6 of Landlock"}
	case s.bare == nil:
		return Measure{Name: IPC, State: Enforced, By: "IPC and UTS namespace"}
	case s.l.abi >= landlockScopes:
		m := Measure{Name: IPC, State: Partly, By: "Landlock", Why: "System V and POSIX queues are the host's"}
		if s.l.abi < landlockResolve {
			m.Why += ", and sockets in the file system can be reached that its user may connect to"
		}
		m.Why += ": " + s.noNamespaces()
		return m
	}
	return Measure{Name: IPC, State: Missing, Why: s.noNamespaces()}
}

func (s *Start) userID() Measure {
	switch {
	case s.user != nil:
		return Measure{Name: User, State: Enforced, By: fmt.Sprintf("user id %d", s.user.id)}
	case s.bare == nil:
		return Measure{Name: User, State: Partly, By: "user namespace",
			Why: "the host is not root, so it has the host's user id, without its files and processes"}
	}
	return Measure{Name: User, State: Missing, Why: "the plugin has the host's user id; " + s.noNamespaces()}
}

func (s *Start) landlock() Measure {
	m := Measure{Name: Landlock, State: Enforced, By: fmt.Sprintf("Landlock version %d", s.l.abi)}
	switch {
	case s.l.abi == 0:
		m.State, m.By, m.Why = Missing, "", "this kernel has no Landlock, or its boot parameter lsm= does not name it"
	case s.l.abi < landlockScopes:
		m.State, m.Why = Partly, fmt.Sprintf("version %d restricts signals and abstract sockets; a newer kernel has it", landlockScopes)
	}
	return m
}

func (s *Start) systemCalls() Measure {
	if s.l.calls != nil {
		return Measure{Name: Calls, State: Missing, Why: s.l.calls.Error()}
	}
	return Measure{Name: Calls, State: Enforced, By: "seccomp"}
}

func (s *Start) resources() Report {
	memory, tasks, cpu, without := s.c.Memory, s.c.Tasks, s.c.CPU, "no control group"
	r := Report{
		{Name: Memory, State: Enforced, By: memory}, {Name: Tasks, State: Enforced, By: tasks}, {Name: CPU, State: Enforced, By: cpu},
	}
	if s.c.Unbound != "" {
		without += " (" + s.c.Unbound + ")"
	}
	if memory == "" {
		r[0] = Measure{Name: Memory, State: Partly, By: "resource limit",
			Why: fmt.Sprintf("each process of it may have %d MiB: %s bounds memory", dataFallback>>20, without)}
	}
	if tasks == "" && s.ownTasks() {
		r[1].By = "resource limit"
	} else if tasks == "" {
		r[1] = Measure{Name: Tasks, State: Missing, Why: without + ", and the resource limit would count the host's own"}
	}
	if cpu == "" {
		r[2] = Measure{Name: CPU, State: Partly, By: "priority", Why: without + " bounds CPU time"}
	}
	return r
}

// Expected is the report of a plugin before it is started.
func (s *Start) Expected() Report { return s.report(nil) }
