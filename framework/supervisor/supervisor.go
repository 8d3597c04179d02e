package supervisor

import (
	"cmp"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/image"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/line/usb"
)

// Options are the supervisor's settings. Nil is the default.
type Options struct {
	// Log gets what the supervisor does, and every line that plugins print.
	Log *slog.Logger
	// Now is the clock of log records, statuses and the crash window.
	Now func() time.Time
	// RunDir is where the sockets of plugins go; empty for the system's
	// temporary directory. Its path must be short.
	RunDir string
	Limits *Limits
	// LogDir is where what plugins print is stored, at most LogSize of each and
	// in lines of JSON; empty to store nothing. It is made in a folder that is
	// there; as long as that is not, nothing is stored.
	LogDir string
	// LogThrough gives what a record passes on its way to such a file, one write
	// each, so that no secret is stored; nil for nothing.
	LogThrough func(io.Writer) io.Writer
	// Launcher is the program that isolates plugins. Empty for aisle-launcher
	// beside the running program, or else built from this module's source with
	// the go command; NoLauncher for none, and no isolation.
	Launcher string
	// Protected are files and folders that no plugin is granted, whoever names
	// them (sandbox.Rules). The run directories and LogDir are so by themselves.
	Protected []string
	// Kernel is where the kernel shows devices; the zero value is this machine's /sys
	// and /dev.
	Kernel usb.Tree
	// Notify is called at every change of a kept plugin's state. It must not
	// block.
	Notify func(Status)
}

// NoLauncher says to run plugins without isolation.
const NoLauncher = "none"

// Supervisor owns plugin processes.
type Supervisor struct {
	log    *slog.Logger
	now    func() time.Time
	notify func(Status)
	limits Limits
	dirs   rundir
	logs   logFiles
	// protected is what no plugin is granted.
	protected []string
	// spread is where in its range a random delay lies, from 0 to 1.
	spread func() float64

	with starter

	mu   sync.Mutex
	kept map[string]*keeper
	// lent are the sockets of Lend.
	lent []string
}

// New makes a supervisor. It starts nothing.
func New(o *Options) *Supervisor {
	if o == nil {
		o = &Options{}
	}
	s := &Supervisor{
		log: o.Log, now: o.Now, notify: o.Notify, limits: o.Limits.withDefaults(),
		spread: rand.Float64, kept: map[string]*keeper{},
	}
	s.dirs.under = o.RunDir
	s.logs.dir, s.logs.through = o.LogDir, o.LogThrough
	s.protected = slices.Concat(o.Protected, s.dirs.patterns())
	if o.LogDir != "" {
		s.protected = append(s.protected, o.LogDir)
	}
	s.with.kernel = cmp.Or(o.Kernel, usb.Machine())
	s.with.images, s.with.groups, s.with.starts = image.NewCache(), &groups{}, make(chan struct{}, startsAtOnce)
	s.with.launcher = sync.OnceValues(func() (*sandbox.Launcher, error) {
		l, err := findLauncher(o.Launcher)
		if err != nil && o.Launcher != NoLauncher {
			s.log.Warn("plugins run without a sandbox", "cause", err)
		}
		return l, err
	})
	if s.log == nil {
		s.log = slog.Default()
	}
	s.with.log = s.log
	if s.now == nil {
		s.now = time.Now
	}
	s.logs.now = s.now
	if s.notify == nil {
		s.notify = func(Status) {}
	}
	return s
}

// Rules is what no plugin of this host is granted.
func (s *Supervisor) Rules() sandbox.Rules {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sandbox.Rules{Protected: slices.Clone(s.protected), Lent: slices.Clone(s.lent)}
}

// Lend lets plugins be granted to dial sockets although they are in a protected
// folder, from the next start on.
func (s *Supervisor) Lend(sockets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lent = append(s.lent, sockets...)
}

// Close removes what the supervisor made. Every instance has been stopped and
// every Keep has returned before; a process that is still there is killed.
func (s *Supervisor) Close() error {
	s.with.spawner.close()
	return errors.Join(s.logs.close(), s.with.images.Close(), s.with.groups.close(), s.dirs.close())
}

// Status returns the statuses of all plugins that were ever kept, by name.
func (s *Supervisor) Status() []Status {
	s.mu.Lock()
	kept := slices.Collect(maps.Values(s.kept))
	s.mu.Unlock()
	all := make([]Status, len(kept))
	for i, k := range kept {
		all[i] = k.measured()
	}
	slices.SortFunc(all, func(a, b Status) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Release closes the open circuit of a plugin, which then is started again. It
// reports whether there was one.
func (s *Supervisor) Release(name string) bool {
	s.mu.Lock()
	k := s.kept[name]
	s.mu.Unlock()
	if k == nil || k.read().State != StateQuarantined {
		return false
	}
	select {
	case k.release <- struct{}{}:
		return true
	default:
		return false
	}
}
