// Package inside is the launcher's work: in new namespaces it puts together
// what a plugin may see, takes away what it may not do, and runs it.
//
// It decides nothing: package sandbox writes the order. It is linked into one
// small program without cgo (with it, Landlock's way to reach all threads spins
// for ever as the first process of a PID namespace), and imports little, for it
// is started with every plugin.
//
// It promises that the plugin runs with all that was ordered or not at all, and
// that the host hears why not. As the first process of its namespace it stays,
// collects what is orphaned, and ends with the plugin or the host, whichever is
// first; the kernel then ends all that is left in the namespace.
package inside

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// stepError is a failure and the step it happened in.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

func failed(step, deed string, err error) error {
	if err == nil {
		return nil
	}
	if deed != "" {
		err = fmt.Errorf("%s: %w", deed, err)
	}
	return &stepError{step, err}
}

// launch is one order being carried out.
type launch struct {
	order.Order
	notes []order.Note

	sockets int   // descriptor of the directory of sockets
	doors   []int // descriptors of listeners
	opened  []int // their numbers
	program string
	numbers map[string]uint64 // of device nodes
}

func (l *launch) note(measure, text string) {
	l.notes = append(l.notes, order.Note{Measure: measure, Text: text})
}

// Main carries out the order that comes by the control descriptor, and returns
// the exit status.
func Main() int {
	// What the host may have left open must not reach the plugin.
	_ = unix.CloseRange(order.Lifeline, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC) // older kernels: the host did
	runtime.LockOSThread()                                                     // see restrict
	l := &launch{sockets: -1}
	if err := l.run(); err != nil {
		a := order.Answer{Kind: order.Failed, Err: err.Error(), Step: order.StepRestrict}
		var at *stepError
		if errors.As(err, &at) {
			a.Step = at.step
		}
		_ = errors.As(err, &a.Code) // where the kernel said it
		if send(a) != nil {
			fmt.Fprintln(os.Stderr, "aisle-launcher:", err)
		}
		return 1
	}
	return 0
}

func (l *launch) run() error {
	// The signal that ends this process with the host's thread that started it
	// is forgotten when the user changes, so it is asked for once more then.
	if err := dieWithHost(); err != nil {
		return failed(order.StepOrder, "ask to end with the host", err)
	}
	b := make([]byte, order.MaxMessage)
	n, err := readControl(b)
	if err != nil {
		return failed(order.StepOrder, "read the order", err)
	}
	if l.Order, err = order.Decode(b[:n]); err != nil {
		return failed(order.StepOrder, "read the order", err)
	}
	if l.Own != nil && os.Getpid() != 1 {
		// What follows would take the machine itself apart.
		return failed(order.StepOrder, "begin", errors.New("this is not the first process of a PID namespace"))
	}
	if err := l.enter(); err != nil {
		if errors.As(err, new(*stepError)) {
			return err
		}
		return failed(order.StepNamespace, "", err)
	}
	if err := l.restrict(); err != nil {
		return failed(order.StepRestrict, "", err)
	}
	if l.Own == nil {
		return l.become()
	}
	return l.serve()
}

// enter makes the plugin's world in its own namespaces.
func (l *launch) enter() error {
	// Before the root changes: it is a file of /proc.
	if err := os.WriteFile("/proc/self/oom_score_adj", fmt.Appendf(nil, "%d", l.OOMScore), 0); err != nil {
		l.note("memory", "the kernel does not prefer it when memory is short: "+err.Error())
	}
	if l.Own == nil {
		return nil
	}
	if err := l.openDoors(); err != nil {
		return err
	}
	if err := l.build(); err != nil {
		return err
	}
	return unix.Sethostname([]byte(l.Own.HostName))
}

func readControl(b []byte) (int, error) {
	for {
		n, err := unix.Read(order.Control, b)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err == nil && n == 0:
			err = errors.New("the host has gone")
		}
		return n, err
	}
}

// send sends an answer, with descriptors.
func send(a order.Answer, fds ...int) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	return unix.Sendmsg(order.Control, b, rights, nil, unix.MSG_NOSIGNAL)
}

// become turns this process into the plugin.
func (l *launch) become() error {
	if err := send(order.Answer{Kind: order.Ready, Notes: l.notes}); err != nil {
		return failed(order.StepOrder, "answer", err)
	}
	if l.Dir != "" {
		_ = os.Chdir(l.Dir) // not to be seen: then where it is
	}
	keep(order.Lifeline)
	if l.Script {
		keep(order.Program)
	}
	return failed(order.StepRun, "run the program", unix.Exec(programPath(order.Program), l.Args, l.Env))
}

// keep keeps a descriptor open across exec.
func keep(fd int) {
	_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0) // an open descriptor always can
}

func programPath(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// serve runs the plugin as a child and stays until it has ended.
func (l *launch) serve() error {
	pidfd := -1
	files := []uintptr{order.Stdin, order.Stdout, order.Stderr, order.Lifeline}
	path := l.program
	if path == "" {
		path = programPath(order.Program)
		if l.Script {
			files = append(files, order.Program)
			path = programPath(len(files) - 1)
		}
	}
	pid, err := syscall.ForkExec(path, l.Args, &syscall.ProcAttr{
		Dir: l.dir(), Env: l.Env, Files: files, Sys: &syscall.SysProcAttr{Setsid: true, PidFD: &pidfd},
	})
	if err != nil {
		return failed(order.StepRun, "run the program", err)
	}
	// Whoever reads the plugin's output must see it end when the plugin ends it.
	for _, fd := range []int{order.Stdout, order.Stderr} {
		_ = unix.Dup3(order.Stdin, fd, 0) // both are open
	}
	_ = unix.Close(order.Lifeline)
	_ = unix.Close(order.Program)
	fds := append([]int{pidfd, l.sockets}, l.doors...)
	if err := send(order.Answer{Kind: order.Ready, Opened: l.opened, Notes: l.notes}, fds...); err != nil {
		return failed(order.StepOrder, "answer", err)
	}
	for _, fd := range fds {
		_ = unix.Close(fd) // the host has them
	}
	go func() {
		var b [1]byte
		_, _ = readControl(b[:]) // nothing comes but its end: the host has gone
		_ = unix.Kill(pid, unix.SIGKILL)
	}()
	return wait(pid)
}

func (l *launch) dir() string {
	if i, err := os.Stat(l.Dir); l.Dir == "" || err != nil || !i.IsDir() {
		return "/"
	}
	return l.Dir
}

// wait collects children, its own and orphans, until the plugin has ended.
func wait(pid int) error {
	for {
		var ws syscall.WaitStatus
		got, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return failed(order.StepRun, "wait for the plugin", err)
		case got == pid:
			_ = send(order.Answer{Kind: order.Ended, Status: int(ws)}) // a host that has gone needs no answer
			return nil
		}
	}
}
