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

// A mockProcess is a running stripe-mock that dies with this process, whichever way that dies.
type mockProcess struct {
	addr string
	stop func()        // asks the child to end
	done chan struct{} // closed once it has been waited for
}

// startMock runs the binary on a port of its own and returns once it serves.
func startMock(binary string) (*mockProcess, error) {
	// Left to itself it also listens for HTTPS, on every interface and a fixed port.
	cmd, stop, err := mortalCommand(binary, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	p := &mockProcess{stop: stop, done: make(chan struct{})}
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
		p.close()
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	return p, nil
}

// read finds the address in the child's output and then drains it, for a full pipe would stop the child.
// It ends when the child has.
func (p *mockProcess) read(out *io.PipeReader, serving chan<- error) {
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

func (p *mockProcess) close() {
	p.stop()
	<-p.done
}
