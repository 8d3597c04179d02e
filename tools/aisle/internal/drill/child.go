package drill

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// keptLines is how many last lines of a child's stderr are kept for an error.
const keptLines = 20

// alreadyClosed stands for something that has happened.
var alreadyClosed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// child is one run of the command.
type child struct {
	cmd *exec.Cmd
	// opened is closed when it says that its store is open, exited when it has
	// gone; err is then how.
	opened, exited chan struct{}
	err            error

	mu    sync.Mutex
	lines []string
}

// start starts a command line.
func start(args []string, openLine string) (*child, error) {
	c := &child{cmd: exec.Command(args[0], args[1:]...), opened: make(chan struct{}), exited: make(chan struct{})}
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.exited)
		for s := bufio.NewScanner(stderr); s.Scan(); {
			if c.keep(s.Text()); s.Text() == openLine {
				close(c.opened)
			}
		}
		c.err = c.cmd.Wait()
	}()
	return c, nil
}

func (c *child) keep(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
	if len(c.lines) > keptLines {
		c.lines = c.lines[1:]
	}
}

// killWithin kills the child a while after opened, and reports whether it did:
// one that ended before is not killed.
func (c *child) killWithin(ctx context.Context, opened <-chan struct{}, after time.Duration) bool {
	select {
	case <-opened:
	case <-c.exited:
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case <-time.After(after):
	case <-c.exited:
		return false
	case <-ctx.Done():
		return false
	}
	_ = c.cmd.Process.Kill() // one that has just ended can't be killed: its state tells
	<-c.exited
	return !c.cmd.ProcessState.Exited()
}

// finish waits for the end of a child that nobody kills.
func (c *child) finish(ctx context.Context, within time.Duration) error {
	select {
	case <-c.exited:
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(within):
		return fmt.Errorf("it did not end within %s", within)
	}
	if c.err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("it ended badly: %w", c.err), errors.New(c.said()))
}

// wasOpen reports whether it said that its store is open.
func (c *child) wasOpen() bool {
	select {
	case <-c.opened:
		return true
	default:
		return false
	}
}

// said is what the child said last.
func (c *child) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.lines, "\n")
}

// end kills the child where it still runs, and waits for it.
func (c *child) end() {
	_ = c.cmd.Process.Kill() // one that has ended can't be killed
	<-c.exited
}
