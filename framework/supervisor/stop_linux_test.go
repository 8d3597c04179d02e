package supervisor

import (
	"bufio"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watchExit returns a function that waits until the process has ended, by
// its pidfd, and says whether it did.
func watchExit(t *testing.T, pid int) func() bool {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return func() bool {
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000)
			if err != unix.EINTR {
				return n == 1
			}
		}
	}
}

func TestStop(t *testing.T) {
	for _, tt := range []struct {
		name, mode string
		prepare    func(pid int) error
	}{
		{"asked", "serve", nil},
		{"that won't", "stubborn", nil},
		{"stopped by a signal", "serve", func(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }},
		{"killed already", "serve", func(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := supervise(t, Options{Limits: &Limits{StopGrace: 300 * time.Millisecond}})
			in, err := s.Start(t.Context(), spec(tt.mode))
			if err != nil {
				t.Fatal(err)
			}
			gone := watchExit(t, in.PID())
			if tt.prepare != nil {
				if err := tt.prepare(in.PID()); err != nil {
					t.Fatal(err)
				}
			}
			if err := in.Stop(); err != nil {
				t.Error(err)
			}
			if !gone() {
				t.Error("the process is still there")
			}
			if err := in.Stop(); err != nil {
				t.Errorf("again: %v", err)
			}
		})
	}
}

// A plugin's child in its group goes with it, and its hold on the pipes keeps
// nobody waiting.
func TestChildGoesToo(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	in, err := s.Start(t.Context(), spec("child"))
	if err != nil {
		t.Fatal(err)
	}
	// The child was started before the handshake, its number is on its way.
	var child int
	for child == 0 {
		for _, m := range log.messages() {
			if n, ok := strings.CutPrefix(m, "child "); ok {
				child, _ = strconv.Atoi(n)
			}
		}
	}
	gone := watchExit(t, numberOf(t, os.Getpid(), child))
	if err := syscall.Kill(in.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-in.Done()
	if !gone() {
		t.Error("the child is still there")
	}
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
	if got := in.Err().Error(); !strings.Contains(got, "signal: killed") {
		t.Errorf("got %q", got)
	}
}

// A host that is killed takes its plugins along, those too that don't look for
// it, and the next one clears up after it.
func TestHostKilled(t *testing.T) {
	for _, mode := range []string{"number", "mute"} {
		t.Run(mode, func(t *testing.T) { hostKilled(t, mode) })
	}
}

var numberLine = regexp.MustCompile(`pid=(\d+)\.`)

func hostKilled(t *testing.T, mode string) {
	dir, err := os.MkdirTemp("", "sup")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	h := exec.Command(os.Args[0], "host", dir, mode)
	out, err := h.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if m := numberLine.FindStringSubmatch(lines.Text()); m != nil {
			pid, _ = strconv.Atoi(m[1])
		}
	}
	gone := watchExit(t, numberOf(t, h.Process.Pid, pid))
	if err := h.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.Wait()
	if !gone() {
		t.Error("the plugin outlived its host")
	}
	left := func() int { e, _ := os.ReadDir(dir); return len(e) }
	if left() != 1 {
		t.Fatalf("%d directories before the sweep", left())
	}
	s := New(&Options{RunDir: dir, Log: slog.New(slog.DiscardHandler)})
	if _, err := s.Describe(t.Context(), spec("serve")); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil || left() != 0 {
		t.Errorf("close: %v, %d directories left", err, left())
	}
}

// The life-line alone is enough for a plugin to end, where there is no
// parent-death signal.
func TestLifeline(t *testing.T) {
	s := supervise(t, Options{})
	in, err := s.Start(t.Context(), spec("serve"))
	if err != nil {
		t.Fatal(err)
	}
	in.launch.proc.lifeline.Close()
	<-in.Done()
	if got := in.Err().Error(); !strings.Contains(got, "exit status 0") {
		t.Errorf("got %q", got)
	}
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
}
