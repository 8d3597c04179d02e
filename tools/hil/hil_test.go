package hil

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/tools/hil/gpiosim"
	"github.com/openaisle/aisle/tools/hil/internal/guest"
	"github.com/openaisle/aisle/tools/hil/internal/image"
)

// deedEnv is something else that this binary does in a machine than its tests.
const deedEnv = "AISLE_HIL_TEST_DEED"

func TestMain(m *testing.M) {
	switch os.Getenv(deedEnv) {
	case "seven":
		os.Stdout.WriteString("stdout\n")
		os.Stderr.WriteString("stderr\n")
		os.Exit(7)
	case "hang":
		select {}
	}
	os.Exit(m.Run())
}

// The chip of the simulator, a hook at each of its ends, files and variables are inside,
// and the kernel is Debian's.
func TestVMInside(t *testing.T) {
	t.Parallel()
	VM{Modules: []string{"gpio-sim", "uhid", "hid-cp2112", "i2c-dev", "cuse"}, Files: map[string]string{"/etc/here.go": "hil.go"}, Env: []string{"TOLD=yes"}}.Run(t, func(t *testing.T) {
		if os.Getpid() == 1 || os.Getuid() != 0 || os.Getenv("TOLD") != "yes" {
			t.Errorf("process %d of user %d is told %q", os.Getpid(), os.Getuid(), os.Getenv("TOLD"))
		}
		for _, file := range []string{"/etc/here.go", "/dev/uhid", "/dev/cuse", "/proc/self/exe", "/sys/kernel/tracing/trace"} {
			if _, err := os.Stat(file); err != nil {
				t.Error(err)
			}
		}
		c := gpiosim.New(t, 4, "UNLOCK")
		if _, err := os.Stat(c.Path); err != nil {
			t.Error(err)
		}
		c.Set(1, true)
		if c.High(0) || !c.High(1) {
			t.Errorf("lines 0 and 1 are %t and %t", c.High(0), c.High(1))
		}
		c.Unplug()
		if _, err := os.Stat(c.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s after it was pulled out: %v", c.Path, err)
		}
	})
}

// machine skips where there is none, and gives the program.
func machine(t *testing.T) []byte {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("no machine: not linux/amd64")
	}
	if _, err := image.Find(); err != nil {
		t.Skip("no machine:", err)
	}
	b, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStatus(t *testing.T) {
	t.Parallel()
	o, err := VM{Env: []string{deedEnv + "=seven"}}.Boot(t.Context(), machine(t))
	if err != nil || o.Status != 7 || o.Output != "stdout\nstderr\n" {
		t.Errorf("%d, %q, %v", o.Status, o.Output, err)
	}
}

func TestNoModule(t *testing.T) {
	t.Parallel()
	o, err := VM{Modules: []string{"no-such-module"}}.Boot(t.Context(), machine(t))
	if err != nil || o.Status != guest.Broken || !strings.Contains(o.Output, "no-such-module") {
		t.Errorf("%d, %q, %v", o.Status, o.Output, err)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	_, err := VM{Env: []string{deedEnv + "=hang"}, Limit: time.Second}.Boot(t.Context(), machine(t))
	if err == nil || !strings.Contains(err.Error(), "was stopped after 1s") {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (VM{}).Boot(ctx, machine(t)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// verdict is a test that takes over an outcome.
type verdict struct {
	testing.TB
	failed, skipped bool
}

func (v *verdict) Helper()               {}
func (v *verdict) Name() string          { return "TestVMX" }
func (v *verdict) Fatal(...any)          { v.failed = true; runtime.Goexit() }
func (v *verdict) Fatalf(string, ...any) { v.Fatal() }
func (v *verdict) Skip(...any)           { v.skipped = true; runtime.Goexit() }

// A test that failed, skipped or never ran inside did so outside.
func TestJudge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome         Outcome
		failed, skipped bool
	}{
		"passed":      {Outcome{Output: "=== RUN   TestVMX\n--- PASS: TestVMX (0.00s)\nPASS\n"}, false, false},
		"failed":      {Outcome{Status: 1, Output: "--- FAIL: TestVMX (0.00s)\n"}, true, false},
		"skipped":     {Outcome{Output: "=== RUN   TestVMX\n--- SKIP: TestVMX (0.00s)\n"}, false, true},
		"none ran":    {Outcome{Output: "testing: warning: no tests to run\nPASS\n"}, true, false},
		"another ran": {Outcome{Output: "--- PASS: TestVMXY (0.00s)\nPASS\n"}, true, false},
		"broken":      {Outcome{Status: guest.Broken}, true, false},
	} {
		v := &verdict{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			judge(v, c.outcome)
		}()
		<-done
		if v.failed != c.failed || v.skipped != c.skipped {
			t.Errorf("%s: failed %t, skipped %t", name, v.failed, v.skipped)
		}
	}
}

// Programs that need shared libraries are refused before they meet a kernel without.
func TestStatic(t *testing.T) {
	t.Parallel()
	if _, err := isStatic([]byte("#!/bin/sh\n")); err == nil {
		t.Error("a script is taken for a program")
	}
	b := machine(t)
	if static, err := isStatic(b); err != nil || !static {
		t.Errorf("our own test binary: %t, %v", static, err)
	}
}
