package stripetest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// orphanEnv makes the test binary a process that starts a server, tells the address of its stripe-mock and waits.
const orphanEnv = "STRIPETEST_BE_PARENT"

func beParent() int {
	s, err := Start(Options{})
	if errors.Is(err, ErrNoMock) {
		fmt.Println("none", err)
		return 0
	}
	if err != nil {
		fmt.Println("failed", err)
		return 1
	}
	fmt.Println("mock", s.own.addr)
	select {} // until it is killed
}

func TestStripeMockDiesWithAKilledParent(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "mock ")
	if !ok {
		_ = cmd.Wait()
		if strings.HasPrefix(line, "none ") && os.Getenv("CI") == "" {
			t.Skip(line)
		}
		t.Fatalf("the parent said %q, %v", line, err)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	// The connection breaks when stripe-mock dies, and not before: it waits for a request without a limit.
	if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	_, err = conn.Read(make([]byte, 1))
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("stripe-mock outlived its parent: %v", err)
	}
}

func TestStripeMockThatDoesNotServe(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{"ends": "echo Routing to nowhere; exit 3", "says nothing": "exit 0"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv(MockEnv, path)
		if m, err := StartMock(); err == nil || errors.Is(err, ErrNoMock) {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

// A recorder is a TB that notes how it was ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Skipf(format string, args ...any)  { r.end("skip", format, args) }
func (r *recorder) Fatalf(format string, args ...any) { r.end("fatal", format, args) }
func (r *recorder) end(how, format string, args []any) {
	r.ended = how + ": " + fmt.Sprintf(format, args...)
	panic(r)
}

func TestNoStripeMock(t *testing.T) {
	t.Setenv(MockEnv, filepath.Join(t.TempDir(), "absent"))
	for ci, want := range map[string]string{"": "skip: ", "true": "fatal: "} {
		t.Setenv("CI", ci)
		r := &recorder{TB: t}
		func() {
			defer func() { _ = recover() }()
			Run(r, Options{})
		}()
		if !strings.HasPrefix(r.ended, want) || !strings.Contains(r.ended, MockEnv) {
			t.Errorf("CI=%q: %q", ci, r.ended)
		}
	}
}

func TestNoGoAndNoStripeMock(t *testing.T) {
	t.Setenv(MockEnv, "")
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := StartMock(); !errors.Is(err, ErrNoMock) || !strings.Contains(err.Error(), MockVersion) {
		t.Errorf("got %v", err)
	}
}

// TestBuildsStripeMock is what a fresh machine does: nothing but Go on PATH, an empty cache.
func TestBuildsStripeMock(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no Go tool on PATH: ", err)
	}
	cache, bin := t.TempDir(), t.TempDir()
	if err := os.Symlink(tool, filepath.Join(bin, "go")); err != nil {
		t.Fatal(err)
	}
	goCache, err := exec.Command(tool, "env", "GOCACHE").Output() // it too lives under XDG_CACHE_HOME
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
	t.Setenv(MockEnv, "")
	t.Setenv("PATH", bin)
	t.Setenv("XDG_CACHE_HOME", cache)
	m, err := StartMock()
	if errors.Is(err, ErrNoMock) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	if built := filepath.Join(cache, "aisle", "stripe-mock", MockVersion, mockName()); !isMock(built, MockVersion) {
		t.Errorf("%s is not what was built", built)
	}
	t.Setenv("PATH", t.TempDir()) // the second time it needs no Go
	if m, err = StartMock(); err != nil {
		t.Fatal(err)
	}
	m.Close()
}

func TestStripeMockThatHasGone(t *testing.T) {
	m, err := StartMock()
	if errors.Is(err, ErrNoMock) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := Run(t, Options{Mock: m})
	c := client(s)
	mustHold(t, c, "k1", 1500)
	m.Close()
	_, err = c.V1PaymentIntents.Create(t.Context(), holdParams("k2", 1500, visa))
	wantError(t, err, 500, "api_error", "")
	if n := len(s.Ledger()); n != 1 {
		t.Errorf("%d movements: acted without a check", n)
	}
}
