package stripetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// startLimit bounds the start of stripe-mock, which loads a description of some megabytes.
const startLimit = 30 * time.Second

// listening precedes the address in what stripe-mock prints once it serves.
const listening = "Listening for HTTP at address: "

// A Mock is a running stripe-mock that dies with this process, whichever way that dies. It remembers nothing, so many
// servers may share one: it takes the better part of a second to start.
type Mock struct {
	addr string
	stop func()        // asks the child to end; may be called again
	done chan struct{} // closed once it has been waited for
}

// StartMock finds or builds a stripe-mock, starts it and returns once it serves. The error wraps [ErrNoMock] where none
// can be had.
func StartMock() (*Mock, error) {
	binary, err := findMock()
	if err != nil {
		return nil, err
	}
	return startBinary(binary)
}

func startBinary(binary string) (*Mock, error) {
	// Left to itself it also listens for HTTPS, on every interface and a fixed port.
	cmd, stop, err := mortalCommand(binary, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	p := &Mock{stop: stop, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		defer close(p.done)
		// The death signal is bound to the thread that starts the child, so that thread must outlive it.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			in.CloseWithError(err)
			started <- err
			return
		}
		started <- nil
		in.CloseWithError(errors.Join(errors.New("stripe-mock ended"), cmd.Wait()))
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	serving := make(chan error, 1)
	go p.read(out, serving)
	timer := time.NewTimer(startLimit)
	defer timer.Stop()
	select {
	case err = <-serving:
	case <-timer.C:
		err = fmt.Errorf("no word of serving within %v", startLimit)
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	return p, nil
}

// read finds the address in the child's output and then drains it, for a full pipe would stop the child.
// It ends when the child has.
func (p *Mock) read(out *io.PipeReader, serving chan<- error) {
	lines := bufio.NewScanner(out)
	last, found := "", false
	for !found && lines.Scan() {
		last = lines.Text()
		if addr, ok := strings.CutPrefix(last, listening); ok {
			p.addr, found = strings.TrimSpace(addr), true
		}
	}
	if !found {
		serving <- fmt.Errorf("%w; last line: %q", lines.Err(), last)
		return
	}
	serving <- nil
	_, _ = io.Copy(io.Discard, out)
}

// Close ends the process and returns when it has ended.
func (p *Mock) Close() {
	p.stop()
	<-p.done
}
