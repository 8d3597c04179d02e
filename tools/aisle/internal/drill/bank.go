package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// bankWithin is how long a processor may take until it answers.
const bankWithin = 30 * time.Second

// Bank is the card processor of a drill: a process of its own that is killed and
// started again. What it answered it has on disk.
type Bank struct {
	// Program is the simulated world's, Scene one with nothing but a processor.
	Program, Scene string
	// Dir is its folder.
	Dir string

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{}
	said   bytes.Buffer
}

// Start starts it and returns once it answers.
func (b *Bank) Start(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return err
	}
	if err := os.Remove(b.addressFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	b.said.Reset()
	b.cmd = exec.Command(b.Program, "--scene", b.Scene, "--data", b.Dir, "--address-file", b.addressFile(),
		"--shoppers", "0", "--clock", "real", "--start", "2026-01-05T08:00:00Z", "--linger", "24h")
	b.cmd.Stderr = &b.said
	if err := b.cmd.Start(); err != nil {
		return err
	}
	exited, cmd := make(chan struct{}), b.cmd
	b.exited = exited
	go func() { // Kill waits for it
		defer close(exited)
		_ = cmd.Wait() // it is killed: how it ended says nothing
	}()
	late := time.NewTimer(bankWithin)
	defer late.Stop()
	for {
		if c, err := b.dial(ctx); err == nil {
			return c.Close()
		}
		select {
		case <-time.After(lookEvery / 4):
		case <-exited:
			return fmt.Errorf("the processor ended: %s", strings.TrimSpace(b.said.String()))
		case <-late.C:
			return fmt.Errorf("the processor does not answer within %v", bankWithin)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *Bank) addressFile() string { return filepath.Join(b.Dir, "address") }

// dial connects to it.
func (b *Bank) dial(ctx context.Context) (net.Conn, error) {
	address, err := os.ReadFile(b.addressFile())
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "unix", strings.TrimPrefix(string(address), "unix:"))
}

// Kill kills it with SIGKILL and waits until it is gone.
func (b *Bank) Kill() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd == nil {
		return nil
	}
	if err := b.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-b.exited
	return nil
}
