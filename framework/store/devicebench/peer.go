package devicebench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"time"
)

// peerWithin is how long a peer may take until it listens, or does what it was
// told.
const peerWithin = time.Minute

// peer is a program that stands in for a device: it says where it listens on
// standard error, and is told on standard input what happens.
type peer struct {
	Addr  string
	cmd   *exec.Cmd
	tell  io.WriteCloser
	heard chan string // lines of standard output
	ended chan struct{}
}

var listensAt = regexp.MustCompile(` at ([0-9.]+:[0-9]+);`)

func startPeer(ctx context.Context, program string, args ...string) (*peer, error) {
	p := &peer{cmd: exec.CommandContext(ctx, program, append([]string{"-listen", "127.0.0.1:0"}, args...)...), heard: make(chan string, 1), ended: make(chan struct{})}
	var err error
	if p.tell, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	says, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	at := make(chan string, 1)
	go func() { // ends with the process
		defer close(p.ended)
		defer close(at)
		for lines := bufio.NewScanner(says); lines.Scan(); {
			if m := listensAt.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case at <- m[1]:
				default:
				}
			}
		}
	}()
	go func() { // likewise
		defer close(p.heard)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case p.heard <- lines.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	select {
	case addr, ok := <-at:
		if p.Addr = addr; ok {
			return p, nil
		}
		err = fmt.Errorf("%s ended before it listened", program)
	case <-time.After(peerWithin):
		err = fmt.Errorf("%s does not listen", program)
	}
	return nil, errors.Join(err, p.stop())
}

// do tells the peer something.
func (p *peer) do(format string, args ...any) error {
	_, err := fmt.Fprintf(p.tell, format+"\n", args...)
	return err
}

// says waits for what the peer answers.
func (p *peer) says(ctx context.Context) (string, error) {
	select {
	case s, ok := <-p.heard:
		if !ok {
			return "", errors.New("the peer ended")
		}
		return s, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(peerWithin):
		return "", errors.New("the peer says nothing")
	}
}

// stop ends the peer.
func (p *peer) stop() error {
	err := p.cmd.Process.Kill()
	for range p.heard { // until it is closed
	}
	<-p.ended
	_ = p.cmd.Wait() // it was killed
	return err
}
