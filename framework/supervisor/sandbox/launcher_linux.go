package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// Launcher starts plugins through the launcher program, with all that this
// kernel and user can. What it finds out about them it keeps.
type Launcher struct {
	path string

	once    sync.Once
	root    bool // may become other users and make any namespace
	users   bool // may become other users
	abi     int  // Landlock's
	program []order.Instruction
	calls   error // why there is no system call filter

	mu     sync.Mutex
	bare   error // why there are no own namespaces
	proven bool  // a plugin got its own: there is no going back
}

// NewLauncher makes a launcher of the program at a path.
func NewLauncher(path string) *Launcher { return &Launcher{path: path} }

// usersNeeds are the capabilities that let a host have users for its plugins,
// and rootNeeds those that let it do without user namespaces besides.
var (
	usersNeeds = []int{unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_SETPCAP, unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_KILL}
	rootNeeds  = []int{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_MKNOD}
)

// within are the capabilities that the launcher has in its user namespace,
// until it has made the plugin's world.
var within = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_NET_ADMIN, unix.CAP_NET_BIND_SERVICE, unix.CAP_DAC_OVERRIDE,
	unix.CAP_CHOWN, unix.CAP_FOWNER, unix.CAP_SYS_CHROOT}

func (l *Launcher) look() {
	l.once.Do(func() {
		h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var d [2]unix.CapUserData
		has := func(caps []int) bool {
			return !slices.ContainsFunc(caps, func(c int) bool { return d[c/32].Effective&(1<<(c%32)) == 0 })
		}
		l.users = os.Geteuid() == 0 && unix.Capget(&h, &d[0]) == nil && has(usersNeeds)
		l.root = l.users && has(rootNeeds)
		if v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION); errno == 0 {
			l.abi = int(v)
		}
		l.program, l.calls = filter()
	})
}

func (l *Launcher) bareWhy() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bare
}

// WithoutNamespaces has plugins go without namespaces of their own from now on,
// for a reason that their reports name.
func (l *Launcher) WithoutNamespaces(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bare = why
}

// Start is one start of one plugin.
type Start struct {
	// Cmd is the launcher's, to be started by the caller, from a thread that
	// lives as long as the host.
	Cmd *exec.Cmd
	// PIDFD gets the launcher's.
	PIDFD *int

	l     *Launcher
	c     Command
	order order.Order
	net   network
	bare  error // why there are no own namespaces
	user  *lease
	plugged

	conn   *net.UnixConn
	theirs *os.File
	notes  []order.Note // of what is granted

	ended  chan struct{} // closed when the launcher has said its last
	status *syscall.WaitStatus
}

// Prepare makes all ready for a plugin's start. Close ends it.
func (l *Launcher) Prepare(c Command) (*Start, error) {
	l.look()
	s := &Start{l: l, c: c, bare: l.bareWhy(), ended: make(chan struct{})}
	if err := s.prepare(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Start) prepare() (err error) {
	l, c := s.l, s.c
	if s.net, err = networkOf(c.Grants); err != nil {
		return err
	}
	s.settle()
	s.plugged = pluggedIn(c.Kernel, c.Grants.USB)
	if l.root && s.bare == nil || l.users && s.bare != nil && passable(filepath.Dir(filepath.Dir(c.Instance))) {
		if s.user, err = leaseUser(c.Name); err != nil {
			return fmt.Errorf("find a user for the plugin: %w", err)
		}
	}
	if err := s.write(); err != nil {
		return err
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	s.theirs = os.NewFile(uintptr(fds[1]), "launcher")
	ours := os.NewFile(uintptr(fds[0]), "launcher")
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		return err
	}
	s.conn = conn.(*net.UnixConn)
	s.Cmd = &exec.Cmd{
		Path: l.path, Args: []string{"aisle-launcher"}, Env: []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}, Dir: "/",
		Stdout: c.Stdout, Stderr: c.Stderr, ExtraFiles: []*os.File{c.Lifeline, s.theirs, c.Program},
	}
	s.attributes()
	return nil
}

// attributes are those of the launcher's process.
func (s *Start) attributes() {
	s.PIDFD = new(int)
	*s.PIDFD = -1
	a := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, PidFD: s.PIDFD}
	s.Cmd.SysProcAttr = a
	if s.bare != nil {
		return
	}
	a.Cloneflags = unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	if !s.net.shared {
		a.Cloneflags |= unix.CLONE_NEWNET
	}
	if s.l.root {
		return
	}
	a.Cloneflags |= unix.CLONE_NEWUSER
	a.AmbientCaps = within
	uid, gid := s.inside()
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Geteuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: os.Getegid(), Size: 1}}
}

// insideUser stands for root in the user namespace of a host that is root and
// may not become another.
const insideUser = 1000

// inside is the plugin's user in its own eyes.
func (s *Start) inside() (uid, gid int) {
	if s.user != nil {
		return s.user.id, s.user.id
	}
	uid, gid = os.Geteuid(), os.Getegid()
	if s.bare == nil {
		if uid == 0 {
			uid = insideUser
		}
		if gid == 0 {
			gid = insideUser
		}
	}
	return uid, gid
}

// Started is called when Cmd has been started, or could not be. Where own
// namespaces are what this machine can't have, the error is ErrAgain: they are
// not asked for any more.
func (s *Start) Started(err error) error {
	s.theirs.Close()
	if err == nil {
		return nil
	}
	for _, e := range []error{unix.EPERM, unix.ENOSPC, unix.EINVAL, unix.ENOSYS, unix.EUSERS, unix.EACCES} {
		if s.bare == nil && errors.Is(err, e) {
			return s.demote(fmt.Errorf("this kernel makes no such namespaces for this user: %w", err))
		}
	}
	return fmt.Errorf("start the launcher %s: %w", s.l.path, err)
}

// ErrAgain says that a start is to be made anew, with less.
var ErrAgain = errors.New("start again without namespaces")

// demote has plugins go without namespaces, unless one has had them: then what
// is wrong now is a shortage, and no reason to isolate anything less.
func (s *Start) demote(why error) error {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	if s.l.proven {
		return fmt.Errorf("start the launcher %s: %w", s.l.path, why)
	}
	s.l.bare = why
	return ErrAgain
}

// Run gives the launcher its order and returns when the plugin runs. It ends,
// too, when the launcher is killed.
func (s *Start) Run() (*Running, error) {
	b, err := json.Marshal(s.order)
	if err != nil {
		return nil, err
	}
	if len(b) > order.MaxMessage {
		return nil, fmt.Errorf("the order to the launcher has %d bytes: too much is granted", len(b))
	}
	if _, err := s.conn.Write(b); err != nil {
		return nil, fmt.Errorf("tell the launcher what to do: %w", err)
	}
	a, fds, err := s.answer()
	if err == nil && a.Kind == order.Ready && s.order.Own == nil {
		// It becomes the plugin now, unless it says why not.
		if more, _, gone := s.answer(); gone == nil {
			a = more
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the launcher said nothing: %w", err)
	case a.Kind == order.Failed:
		return nil, s.failed(a)
	case a.Kind != order.Ready:
		return nil, fmt.Errorf("the launcher answered %q", a.Kind)
	}
	r, err := s.running(a, fds)
	if err != nil {
		return nil, err
	}
	if name, gone := s.gone(); gone {
		r.Close()
		return nil, fmt.Errorf("the USB device at %s was pulled out while the plugin was started", name)
	}
	go s.listen()
	return r, nil
}

// never are the errors of a kernel that won't let this user have namespaces. Any
// other may be of one plugin or one moment, and must not cost all of them theirs.
var never = []unix.Errno{unix.EPERM, unix.EACCES, unix.ENOSYS, unix.EINVAL, unix.ENODEV, unix.EOPNOTSUPP}

// failed tells apart what the plugin's program is to blame for, and what this
// machine can't do.
func (s *Start) failed(a order.Answer) error {
	cause := errors.New(a.Err)
	switch a.Step {
	case order.StepRun:
		return &RunError{Err: a.Code, Text: a.Err}
	case order.StepNamespace:
		if s.order.Own != nil && slices.Contains(never, a.Code) {
			return s.demote(cause)
		}
	}
	return fmt.Errorf("the launcher could not isolate the plugin: %w", cause)
}

func (s *Start) running(a order.Answer, fds []int) (*Running, error) {
	r := &Running{PID: s.Cmd.Process.Pid, PIDFD: -1, Report: s.report(a.Notes)}
	if s.order.Own == nil {
		return r, nil
	}
	const fixed = 2 // the pidfd and the directory
	if len(fds) != fixed+len(a.Opened) {
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
		return nil, fmt.Errorf("the launcher gave %d descriptors for %d doors", len(fds), len(a.Opened))
	}
	s.l.mu.Lock()
	s.l.proven = true
	s.l.mu.Unlock()
	r.PIDFD, r.Sockets = fds[0], os.NewFile(uintptr(fds[1]), "sockets")
	for i, n := range a.Opened {
		r.Doors = append(r.Doors, Door{Listener: os.NewFile(uintptr(fds[fixed+i]), "door"), To: s.net.to[n]})
	}
	var err error
	if r.PID, err = pidOf(r.PIDFD); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// pidOf gives the number of a pidfd's process in the host's PID namespace; 0
// where it has gone already: a signal to the kernel's -1 would go to everybody.
func pidOf(fd int) (int, error) {
	b, err := os.ReadFile(filepath.Join("/proc/self/fdinfo", strconv.Itoa(fd)))
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if v, ok := strings.CutPrefix(line, "Pid:"); ok {
			pid, err := strconv.Atoi(strings.TrimSpace(v))
			return max(0, pid), err
		}
	}
	return 0, errors.New("the kernel does not tell the plugin's process number")
}

// rightsRoom is how many descriptors an answer may bring.
const rightsRoom = 250

func (s *Start) answer() (a order.Answer, fds []int, err error) {
	b, oob := make([]byte, order.MaxMessage), make([]byte, unix.CmsgSpace(rightsRoom*4))
	n, oobn, _, _, err := s.conn.ReadMsgUnix(b, oob)
	if err != nil {
		return a, nil, err
	}
	if n == 0 {
		return a, nil, errors.New("it ended")
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return a, nil, err
	}
	for _, m := range messages {
		got, err := unix.ParseUnixRights(&m)
		if err != nil {
			return a, nil, err
		}
		fds = append(fds, got...)
	}
	return a, fds, json.Unmarshal(b[:n], &a)
}

// listen waits for the launcher's last word.
func (s *Start) listen() {
	defer close(s.ended)
	for {
		a, _, err := s.answer()
		if err != nil {
			return
		}
		if a.Kind == order.Ended {
			w := syscall.WaitStatus(a.Status) //nolint:gosec // a wait status
			s.status = &w
		}
	}
}

// Outdated reports whether a granted USB device was plugged in since, or again: only
// another start gets it.
func (s *Start) Outdated() bool { return s.outdated() }

// Ended says how the plugin ended, once its launcher has gone; nil where the
// launcher was killed before it knew.
func (s *Start) Ended() *syscall.WaitStatus {
	<-s.ended
	return s.status
}

// Close lets go of all that a start holds. The launcher has gone, or never was.
func (s *Start) Close() {
	if s.theirs != nil {
		s.theirs.Close()
	}
	if s.conn != nil {
		s.conn.Close()
	}
	s.user.close()
	s.user = nil
}
