package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin/runner"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
	"github.com/openaisle/aisle/framework/supervisor/image"
	"github.com/openaisle/aisle/framework/supervisor/relay"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/line/usb"
)

// process is one operating-system process of a plugin. It is the runner that
// go-plugin negotiates through, and the only one that waits for or kills it.
type process struct {
	spec Spec
	root string // made for this process
	dir  string // where its socket is to be, in root
	out  *output
	with *starter

	isolation sandbox.Report
	jail      jail // nil where it runs without one
	group     *cgroup.Group

	cmd      *exec.Cmd
	pidfd    *int
	lifeline *os.File // closed when the host lets go

	// first gets the outcome of the handshake line: nil, or what was wrong.
	first chan error
	// rubbish is what came instead of it; set before first is sent to.
	rubbish string
	line    *io.PipeReader // what go-plugin reads
	toLine  *io.PipeWriter

	readers sync.WaitGroup
	gone    chan struct{} // closed when the process has been reaped
	drained chan struct{} // closed when its output has been read, too

	mu     sync.Mutex
	reaped bool
	killed bool
	// starved is whether the kernel killed it for want of memory.
	starved bool
	state   *os.ProcessState
	status  *syscall.WaitStatus
}

// starter is what a supervisor starts processes with.
type starter struct {
	spawner  spawner
	images   *image.Cache
	groups   *groups
	starts   chan struct{} // a place for each that starts
	launcher func() (*sandbox.Launcher, error)
	kernel   usb.Tree
	log      *slog.Logger
}

// jail is what is around an isolated process.
type jail interface {
	// pid is the plugin's number; the process that was started is around it.
	pid() int
	// signal sends one to the plugin; false where there is no other process than
	// the one that was started.
	signal(syscall.Signal) bool
	// ended says how the plugin ended, when the process that was started has
	// gone; nil where nobody knows.
	ended() *syscall.WaitStatus
	// dial connects to a socket below the process's directory.
	dial(ctx context.Context, path string) (net.Conn, error)
	// connections counts what goes through its doors.
	connections() []relay.Stat
	// outdated reports whether another start would get a USB device that this one
	// did not.
	outdated() bool
	// close lets go of it all.
	close()
}

var _ runner.Runner = (*process)(nil)

func newProcess(spec Spec, dir string, out *output, with *starter) *process {
	p := &process{
		spec: spec, root: dir, dir: dir, out: out, with: with,
		first: make(chan error, 1), gone: make(chan struct{}), drained: make(chan struct{}),
	}
	p.line, p.toLine = io.Pipe()
	return p
}

// spawn starts the process with the environment that go-plugin prepared and
// nothing else of the host's: standard input is the null device, output goes to
// pipes of its own, descriptor 3 is the life-line.
func (p *process) spawn(env []string) (err error) {
	var ends []*os.File // the child's, closed here in any case
	var ours []*os.File
	defer func() {
		for _, f := range ends {
			f.Close()
		}
		if err != nil {
			for _, f := range ours {
				f.Close()
			}
		}
	}()
	for range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			return fmt.Errorf("make pipes for a plugin: %w", err)
		}
		ours, ends = append(ours, r), append(ends, w)
	}
	// Of the life-line the child has the reading end.
	ours[2], ends[2] = ends[2], ours[2]

	if err := p.begin(env, ends, ours[2]); err != nil {
		return err
	}
	p.readers.Go(func() { p.readStdout(ours[0]) })
	p.readers.Go(func() { p.readStderr(ours[1]) })
	go p.reap(ours[:2])
	return nil
}

// begin starts the process in a sandbox, or says why it has none.
func (p *process) begin(env []string, ends []*os.File, lifeline *os.File) (err error) {
	p.group = p.with.groups.open().New(p.spec.Name, cgroup.ByClass())
	defer func() {
		if err != nil {
			p.closeGroup()
		}
	}()
	l, err := p.with.launcher()
	if err == nil {
		return p.isolated(l, append(env, host.LifelineEnv+"=3"), ends, lifeline)
	}
	p.isolation = sandbox.Unisolated(err.Error())
	if err := p.required(p.isolation); err != nil {
		return err
	}
	cmd := &exec.Cmd{Path: p.spec.Path, Args: append([]string{p.spec.Path}, p.spec.Args...), Dir: p.spec.Dir}
	cmd.Env = append(env, host.LifelineEnv+"=3", "TMPDIR="+p.dir)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = ends[0], ends[1], []*os.File{ends[2]}
	pidfd := own(cmd)
	if err := p.with.spawner.start(cmd, p.group); err != nil {
		return err
	}
	return p.adopt(cmd, pidfd, lifeline)
}

// required says what is missing of a plugin that has to be isolated.
func (p *process) required(r sandbox.Report) error {
	if missing := r.Missing(); p.spec.Isolation == sandbox.Required && len(missing) > 0 {
		return &sandbox.RequiredError{Missing: missing}
	}
	return nil
}

// adopt takes a process that has been started, which from now on can be killed.
func (p *process) adopt(cmd *exec.Cmd, pidfd *int, lifeline *os.File) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.pidfd, p.lifeline = cmd, pidfd, lifeline
	if p.killed { // before there was one
		killGroup(cmd.Process.Pid)
	}
	return nil
}

// reap waits for the process, kills what it left in its group while its number
// is still its own, and lets go of its pipes.
func (p *process) reap(pipes []*os.File) {
	awaitExit(p.cmd, *p.pidfd)
	p.mu.Lock()
	killGroup(p.cmd.Process.Pid)
	_ = p.cmd.Wait() // the state says it
	p.state, p.reaped = p.cmd.ProcessState, true
	p.mu.Unlock()
	closePidfd(*p.pidfd)
	p.lifeline.Close()
	if p.jail != nil {
		p.status = p.jail.ended()
	}
	p.mu.Lock()
	p.starve()
	p.mu.Unlock()
	close(p.gone)
	for _, f := range pipes {
		_ = f.SetReadDeadline(time.Now().Add(drainWithin)) // pipes have deadlines
	}
	p.readers.Wait()
	for _, f := range pipes {
		f.Close()
	}
	p.out.close()
	p.closeGroup()
	if p.jail != nil {
		p.jail.close()
	}
	close(p.drained)
}

// groupWithin is how long a control group of which all have ended may take to
// go.
const groupWithin = time.Second

// closeGroup kills what is left in the control group, and removes it.
func (p *process) closeGroup() {
	ctx, cancel := context.WithTimeout(context.Background(), groupWithin)
	defer cancel()
	if err := p.group.Close(ctx); err != nil {
		p.with.log.Warn("a plugin's control group stays until the next start of a host", "plugin", p.spec.Name, "error", err)
	}
}

// groups opens the host's control groups when the first is needed.
type groups struct {
	mu   sync.Mutex
	host *cgroup.Host
}

func (g *groups) open() *cgroup.Host {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.host == nil {
		g.host = cgroup.Open()
	}
	return g.host
}

func (g *groups) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.host == nil {
		return nil
	}
	return g.host.Close()
}

func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL) // none left is what is wanted
}

// kill kills the whole process group, however the process is. It never blocks.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	p.killed = true
	if p.cmd != nil {
		killGroup(p.cmd.Process.Pid)
	}
}

// terminate asks the process to end.
func (p *process) terminate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.reaped || p.jail != nil && p.jail.signal(syscall.SIGTERM) {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // gone already is what is wanted
}

// exitedItself reports whether the process ended without being killed by the
// host. What it was exiting with stays, even if it is killed on the way.
func (p *process) exitedItself() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		return false
	}
	w := p.waitStatus()
	return !(p.killed && w.Signaled() && w.Signal() == syscall.SIGKILL)
}

// tellWithin is how long the launcher around a plugin that has been killed may
// take to say how it ended.
const tellWithin = 500 * time.Millisecond

// end kills the process group as kill does, and waits a moment for how it ended.
// The plugin is killed first: what a process was exiting with stays when it is
// killed on the way, but only the launcher around it knows that, and one that is
// killed, too, tells nobody.
func (p *process) end() {
	p.mu.Lock()
	told := p.cmd != nil && !p.reaped && p.jail != nil && p.jail.signal(syscall.SIGKILL)
	p.killed = p.killed || told
	p.mu.Unlock()
	if told {
		p.awaitGone(context.Background(), tellWithin)
	}
	p.kill()
	p.awaitGone(context.Background(), tellWithin)
}

// awaitGone waits a while for the process to go by itself.
func (p *process) awaitGone(ctx context.Context, within time.Duration) {
	if !p.started() {
		return
	}
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-p.gone:
	case <-t.C:
	case <-ctx.Done():
	}
}

// started reports whether there ever was a process.
func (p *process) started() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd != nil
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.cmd == nil:
		return 0
	case p.jail != nil:
		return p.jail.pid()
	}
	return p.cmd.Process.Pid
}

// exit says how the process ended: "signal: killed", "exit status 1".
func (p *process) exit() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == nil {
		return "still running"
	}
	w := p.waitStatus()
	if !w.Signaled() {
		return fmt.Sprintf("exit status %d", w.ExitStatus())
	}
	s := fmt.Sprintf("signal: %v", w.Signal())
	if w.CoreDump() {
		s += " (core dumped)"
	}
	if p.starved {
		s += ", for it took more memory than it may"
	}
	return s
}

// starve finds out whether the kernel killed the process, or what it had
// started, for want of memory. It has been reaped; the lock is held.
func (p *process) starve() {
	if w := p.waitStatus(); !p.killed && w.Signaled() && w.Signal() == syscall.SIGKILL {
		p.starved = p.group.Usage().OOMKills > 0
	}
}

// waitStatus is the plugin's where that is known, otherwise that of the process
// around it. It has been reaped.
func (p *process) waitStatus() syscall.WaitStatus {
	if p.status != nil {
		return *p.status
	}
	w, _ := p.state.Sys().(syscall.WaitStatus) // it is one on every system there is
	return w
}

// readStdout takes the handshake line and hands it to go-plugin once it has
// been checked. What comes after it is output like any other.
func (p *process) readStdout(r *os.File) {
	line, rest, err := firstLine(r)
	if err == nil {
		err = checkHandshake(string(line), p.dir)
	}
	p.rubbish = string(line)
	p.first <- err
	out := p.out.stream("stdout")
	defer out.end()
	if err == nil {
		_, _ = fmt.Fprintf(p.toLine, "%s\n", strings.TrimSpace(string(line))) // nobody reads it: then the start has failed
	} else {
		rest = append(append(line, '\n'), rest...)
	}
	p.toLine.Close()
	_, _ = out.Write(rest) // never fails
	p.out.copy(out, r, p.gone)
}

func (p *process) readStderr(r *os.File) {
	out := p.out.stream("stderr")
	defer out.end()
	p.out.copy(out, r, p.gone)
}

// The rest makes the process go-plugin's runner.

// Start does nothing: the process is there before go-plugin waits for it.
func (p *process) Start(context.Context) error { return nil }

// Wait returns when the process has gone.
func (p *process) Wait(context.Context) error {
	<-p.gone
	return nil
}

// Kill does nothing: go-plugin kills in haste what is just about to say how it
// ends. Whoever starts a launch ends it.
func (p *process) Kill(context.Context) error { return nil }

// Stdout carries the handshake line and nothing else.
func (p *process) Stdout() io.ReadCloser { return p.line }

// Stderr is empty for go-plugin: output reads it.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the file's.
func (p *process) Name() string { return filepath.Base(p.spec.Path) }

// ID is none: go-plugin would not kill or wait for what has none, and it is to
// do neither.
func (p *process) ID() string { return "" }

// Diagnose adds nothing: StartError tells all.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost accepts a Unix socket in the process's own directory.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, checkAddress(network, address, p.dir)
}

// HostToPlugin gives no address of the host's to a plugin: none may call it.
func (p *process) HostToPlugin(string, string) (string, string, error) {
	return "", "", errors.New("plugins don't call the host")
}
