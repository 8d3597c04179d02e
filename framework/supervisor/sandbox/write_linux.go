package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// The resource limits of each plugin process. There is none of address space: a
// Go program reserves far more than it uses, and does not start below 1 GiB.
const (
	maxFiles    = 1024
	maxFileSize = 256 << 20
	maxTasks    = 512
	// dataFallback bounds a process's memory where there is no control group.
	dataFallback = 2 << 30
)

// oomScore makes the kernel take plugins first when memory is short, and
// niceFallback is the priority where no control group bounds CPU time.
const (
	oomScore     = 500
	niceFallback = 5
)

// write writes the order.
func (s *Start) write() error {
	c, l := s.c, s.l
	devices, notes := devicesOf(c.Grants.Devices)
	s.notes = append(s.notes, notes...)
	ports, notes := s.plugged.nodes()
	s.notes = append(s.notes, notes...)
	devices = append(devices, ports...)
	nodes := slices.Concat(standardDevices, devices)
	o := order.Order{
		Name: c.Name, Args: c.Args, Env: slices.Clone(c.Env), Dir: c.Dir, Script: c.Script,
		OOMScore: oomScore, Filter: l.program,
		Limits: []order.Limit{
			{Resource: unix.RLIMIT_CORE, Value: 0}, {Resource: unix.RLIMIT_NOFILE, Value: maxFiles},
			{Resource: unix.RLIMIT_FSIZE, Value: maxFileSize},
		},
		Rules: order.Rules{Off: l.abi == 0, Devices: nodes, Connect: s.net.connect, Bind: s.net.bind, Sockets: s.net.sockets,
			Resolve: s.net.shared},
	}
	if c.Memory == "" {
		o.Limits = append(o.Limits, order.Limit{Resource: unix.RLIMIT_DATA, Value: dataFallback})
	}
	if c.CPU == "" {
		o.Niceness = niceFallback
	}
	if s.ownTasks() {
		o.Limits = append(o.Limits, order.Limit{Resource: unix.RLIMIT_NPROC, Value: maxTasks})
	}
	if s.user != nil {
		o.ID = &order.ID{UID: s.user.id, GID: s.user.id, Groups: s.groups(devices)}
	}
	s.order = o
	if s.bare != nil {
		return s.writeBare()
	}
	return s.writeOwn(nodes)
}

// writeOwn orders a world of the plugin's own.
func (s *Start) writeOwn(nodes []string) error {
	g, o := s.c.Grants, &s.order
	root := filepath.Join(s.c.Instance, "root")
	if err := os.Mkdir(root, 0o700); err != nil && !errors.Is(err, fs.ErrExist) { // of another try
		return err
	}
	uid, gid := s.inside()
	show := system
	if s.net.shared {
		show = slices.Concat(system, resolving)
	}
	o.Own = &order.Own{
		Root: root, System: show, Read: g.Read, Write: g.Write, Dialled: s.net.sockets, Devices: nodes, Nodes: s.l.root,
		Files: files(uid, gid, s.net), Links: s.plugged.with(links), Kernel: s.plugged.folders(), Sockets: s.c.Instance, Within: s.c.Sockets,
		Tmp: TmpSize, Doors: s.net.doors, HostName: hostName,
	}
	o.Env = append(o.Env, "TMPDIR=/tmp")
	o.Rules.Read = []string{"/"}
	o.Rules.Write = slices.Concat([]string{"/tmp", s.c.Instance}, g.Write)
	return nil
}

// writeBare orders what can be had in the machine's own file system.
func (s *Start) writeBare() error {
	g, o := s.c.Grants, &s.order
	o.Env = append(o.Env, "TMPDIR="+s.c.Instance)
	o.Rules.Read = slices.Concat(system, resolving, procFiles, g.Read)
	if len(g.USB) > 0 {
		o.Rules.Read = append(append(o.Rules.Read, s.plugged.class()), s.plugged.folders()...)
	}
	o.Rules.Write = slices.Concat([]string{s.c.Instance}, g.Write)
	if s.user == nil {
		return nil
	}
	for _, d := range []string{s.c.Instance, s.c.Sockets} {
		if err := os.Chown(d, s.user.id, s.user.id); err != nil {
			return err
		}
	}
	// Its user has to come by, and sees nothing on the way.
	if err := os.Chmod(filepath.Dir(s.c.Instance), 0o711); err != nil { //nolint:gosec // no names are to be read in it
		return fmt.Errorf("let the plugin's user pass: %w", err)
	}
	return nil
}

// groups are those of granted files that only a group may open. The group of
// root is none to be in.
func (s *Start) groups(devices []string) (l []int) {
	paths := slices.Concat(s.c.Grants.Read, s.c.Grants.Write)
	if s.bare != nil {
		paths = slices.Concat(paths, devices)
	}
	for _, p := range paths {
		var st syscall.Stat_t
		if syscall.Stat(p, &st) == nil && st.Gid != 0 && !slices.Contains(l, int(st.Gid)) {
			l = append(l, int(st.Gid))
		}
	}
	return l
}

// ownTasks reports whether the limit of processes counts this plugin's alone.
func (s *Start) ownTasks() bool { return s.user != nil || s.bare == nil }
