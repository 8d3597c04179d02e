package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin/runner"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/host"
)

// process is one operating-system process of a plugin. It is the runner that
// go-plugin negotiates through, and the only one that waits for or kills it.
type process struct {
	spec    Spec
	dir     string // made for this process; its sockets are in it
	out     *output
	spawner *spawner

	isolation sandbox.Report

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
	state  *os.ProcessState
}

var _ runner.Runner = (*process)(nil)

func newProcess(spec Spec, dir string, out *output, sp *spawner) *process {
	p := &process{
		spec: spec, dir: dir, out: out, spawner: sp,
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

	cmd := &exec.Cmd{Path: p.spec.Path, Args: append([]string{p.spec.Path}, p.spec.Args...), Dir: p.spec.Dir}
	cmd.Env = append(env, host.LifelineEnv+"=3", "TMPDIR="+p.dir)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = ends[0], ends[1], []*os.File{ends[2]}
	p.pidfd = own(cmd)
	if err := p.spawner.start(cmd); err != nil {
		return err
	}
	p.mu.Lock()
	p.cmd, p.lifeline = cmd, ours[2]
	p.mu.Unlock()
	p.readers.Go(func() { p.readStdout(ours[0]) })
	p.readers.Go(func() { p.readStderr(ours[1]) })
	go p.reap(ours[:2])
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
	close(p.gone)
	for _, f := range pipes {
		_ = f.SetReadDeadline(time.Now().Add(drainWithin)) // pipes have deadlines
	}
	p.readers.Wait()
	for _, f := range pipes {
		f.Close()
	}
	p.out.close()
	close(p.drained)
}

func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL) // none left is what is wanted
}

// kill kills the whole process group, however the process is. It never blocks.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && !p.reaped {
		p.killed = true
		killGroup(p.cmd.Process.Pid)
	}
}

// terminate asks the process to end.
func (p *process) terminate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && !p.reaped {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // gone already is what is wanted
	}
}

// exitedItself reports whether the process ended without being killed by the
// host. What it was exiting with stays, even if it is killed on the way.
func (p *process) exitedItself() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		return false
	}
	w, ok := p.state.Sys().(syscall.WaitStatus)
	return !(p.killed && ok && w.Signaled() && w.Signal() == syscall.SIGKILL)
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
	if p.cmd == nil {
		return 0
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
	return p.state.String()
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

// Kill kills the process group.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// Stdout carries the handshake line and nothing else.
func (p *process) Stdout() io.ReadCloser { return p.line }

// Stderr is empty for go-plugin: output reads it.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the file's.
func (p *process) Name() string { return filepath.Base(p.spec.Path) }

// ID is the process id.
func (p *process) ID() string { return fmt.Sprint(p.pid()) }

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
