package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
	"github.com/openaisle/aisle/framework/supervisor/image"
	"github.com/openaisle/aisle/framework/supervisor/relay"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// prison is a jail made by the launcher.
type prison struct {
	start   *sandbox.Start
	running *sandbox.Running
	root    *os.File // the directory below which the socket is
	base    string   // its path
	relay   *relay.Relay
	served  chan struct{}
}

func (j *prison) pid() int { return j.running.PID }

func (j *prison) signal(sig syscall.Signal) bool {
	if j.running.PIDFD < 0 {
		return false
	}
	_ = unix.PidfdSendSignal(j.running.PIDFD, sig, nil, 0) // gone already is what is wanted
	return true
}

func (j *prison) ended() *syscall.WaitStatus {
	if j.running.PIDFD < 0 {
		return nil
	}
	return j.start.Ended()
}

func (j *prison) dial(_ context.Context, path string) (net.Conn, error) {
	rel, err := filepath.Rel(j.base, path)
	if err != nil {
		return nil, err
	}
	return sandbox.Dial(j.root, rel)
}

func (j *prison) connections() []relay.Stat {
	if j.relay == nil {
		return nil
	}
	return j.relay.Stats()
}

func (j *prison) outdated() bool { return j.start.Outdated() }

func (j *prison) close() {
	if j.relay != nil {
		j.relay.Close()
		<-j.served
	}
	j.root.Close()
	j.running.Close()
	j.start.Close()
}

// isolated starts the process by the launcher. Where this machine turns out not
// to have something, it is started once more with less.
func (p *process) isolated(l *sandbox.Launcher, env []string, ends []*os.File, lifeline *os.File) error {
	program, err := p.load()
	if err != nil {
		return err
	}
	defer program.Close()
	c := sandbox.Command{
		Name: p.spec.Name, Args: append([]string{p.spec.Path}, p.spec.Args...), Env: env, Dir: p.spec.Dir,
		Program: program.File(), Script: program.Script, Instance: p.root, Sockets: p.dir, Grants: p.spec.Grants, Kernel: p.with.kernel,
		Stdout: ends[0], Stderr: ends[1], Lifeline: ends[2],
	}
	for {
		b := boundsOf(p.group)
		c.Memory, c.Tasks, c.CPU, c.Unbound = b.memory, b.tasks, b.cpu, b.why
		start, err := l.Prepare(c)
		if err != nil {
			return err
		}
		err = p.required(start.Expected())
		if err == nil {
			err = p.try(start, lifeline, b)
		}
		if err == nil {
			return nil
		}
		start.Close()
		if !errors.Is(err, sandbox.ErrAgain) {
			return err
		}
	}
}

// bounds are what a control group bounds, and by what; why is of what it doesn't.
type bounds struct{ memory, tasks, cpu, why string }

func boundsOf(g *cgroup.Group) (b bounds) {
	to := map[string]*string{cgroup.LimitMemory: &b.memory, cgroup.LimitTasks: &b.tasks, cgroup.LimitCPU: &b.cpu}
	for _, m := range g.Enforced() {
		switch by := to[m.Limit]; {
		case by == nil:
		case m.By == cgroup.ByNone:
			b.why = m.Why
		default:
			*by = "control group " + m.By
		}
	}
	return b
}

// try makes one try. After an error there is no process. B is what the report
// will say of the control group: where the process could not enter it, that is
// not so, and another try is made.
func (p *process) try(start *sandbox.Start, lifeline *os.File, b bounds) error {
	if err := start.Started(p.with.spawner.start(start.Cmd, p.group)); err != nil {
		return err
	}
	_ = p.adopt(start.Cmd, start.PIDFD, lifeline)
	var running *sandbox.Running
	err := sandbox.ErrAgain
	if boundsOf(p.group) == b {
		running, err = start.Run()
	}
	if err == nil {
		p.mu.Lock()
		p.jail, err = p.imprison(start, running)
		p.mu.Unlock()
	}
	if err == nil {
		p.isolation = running.Report
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	killGroup(start.Cmd.Process.Pid)
	_ = start.Cmd.Wait() // killed: that is all there is to know
	closePidfd(*start.PIDFD)
	p.cmd, p.lifeline = nil, nil
	return err
}

// imprison takes over what the launcher gave, and serves its doors.
func (p *process) imprison(start *sandbox.Start, running *sandbox.Running) (jail, error) {
	j := &prison{start: start, running: running, root: running.Sockets, base: p.root}
	running.Sockets = nil
	var err error
	if j.root == nil {
		if j.root, err = os.Open(p.root); err != nil {
			running.Close()
			return nil, err
		}
	}
	var targets []relay.Target
	for i, d := range running.Doors {
		lis, err := relay.Listener(d.Listener)
		if err != nil {
			running.Doors = running.Doors[i:]
			for _, t := range targets {
				t.Listener.Close()
			}
			running.Close()
			j.root.Close()
			return nil, err
		}
		targets = append(targets, relay.Target{Address: d.To, Listener: lis})
	}
	running.Doors = nil
	if len(targets) == 0 {
		return j, nil
	}
	if j.relay, err = relay.New(targets, &relay.Options{Plugin: p.spec.Name, Log: p.with.log}); err != nil {
		running.Close()
		j.root.Close()
		return nil, err
	}
	j.served = make(chan struct{})
	go func() {
		defer close(j.served)
		_ = j.relay.Serve(context.Background()) // ends by Close alone
	}()
	return j, nil
}

// load puts the program into sealed memory, which is executed.
func (p *process) load() (*image.Image, error) {
	if err := unix.Access(p.spec.Path, unix.X_OK); err != nil {
		return nil, &fs.PathError{Op: "execute", Path: p.spec.Path, Err: err}
	}
	i, err := p.with.images.Load(p.spec.Path, &image.Options{Want: p.spec.Want})
	switch {
	case errors.Is(err, image.ErrClosed):
		return nil, errClosed
	case errors.Is(err, image.ErrIrregular):
		return nil, fmt.Errorf("%w: %w", fs.ErrPermission, err)
	case errors.Is(err, image.ErrSize):
		return nil, fmt.Errorf("%w: %w", syscall.ENOEXEC, err)
	}
	return i, err
}
