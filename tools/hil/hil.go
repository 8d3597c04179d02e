// Package hil runs tests against a real kernel's device interfaces, without
// hardware: it boots a Debian kernel in QEMU, a boot a test, in seconds, and runs the
// test's own binary in it as root. The kernel's own simulators stand in for devices:
// gpio-sim for GPIO lines (package gpiosim), uhid with hid-cp2112 for an I2C
// adapter, CUSE for /dev/spidev0.0, dummy_hcd with g_serial for a serial port by USB.
//
// A test is written once, with what happens inside as a function:
//
//	func TestVMWiegand(t *testing.T) {
//		hil.VM{Modules: []string{"gpio-sim"}}.Run(t, func(t *testing.T) {
//			chip := gpiosim.New(t, 8) // this runs in the machine
//			...
//		})
//	}
//
// Outside, Run builds the package's test binary without cgo, boots a machine, runs
// this one test in it and takes over its outcome; its output is in the test's log
// behind "vm| ". Inside, Run calls the function: subtests, t.Cleanup, t.TempDir
// and starting the test binary again as another process (os.Args[0]) do as they do
// outside. A package's TestMain runs inside too. The folder is /tmp; files of the
// package are only there where Files names them.
//
// Tests never download anything. `go run ./tools/hil/cmd/hil prepare` makes the
// image that they boot; without it, without QEMU or elsewhere than on linux/amd64
// they skip and say so. The package is for tests, and for the command.
package hil

import (
	"net"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/tools/hil/internal/guest"
	"github.com/openaisle/aisle/tools/hil/internal/image"
)

// guestEnv is set in a machine.
const guestEnv = "AISLE_HIL_GUEST"

// passedOn are variables of a test that mean the same inside.
var passedOn = []string{"AISLE_LONG"}

// VM is a machine for one test. Its zero value is one without any module.
type VM struct {
	// Modules are loaded in order, with those they need, before the program starts;
	// parameters follow a name after a blank ("dummy_hcd num=2"). What an image has
	// is in the README.
	Modules []string
	// Files are put into the machine: its path to ours.
	Files map[string]string
	// Env is added to the program's environment, as NAME=value.
	Env []string
	// Serial are the host's ends of further serial ports, /dev/ttyS2 and /dev/ttyS3: 16550s on
	// wires that carry bytes at whatever speed. Each runs outside in a goroutine of its
	// own, and its wire ends with the machine; Boot waits for it.
	Serial []func(wire net.Conn)
	// Memory is in MiB, 0 for 768.
	Memory int
	// Limit is how long the machine may take from its start, 0 for five minutes.
	Limit time.Duration
}

// Guest says whether this process runs in a machine.
func Guest() bool { return os.Getenv(guestEnv) != "" }

// Need skips a test where no machine can be had, and does nothing in one. Run does it
// itself; it is for who has to make ready for Run.
func Need(t *testing.T) {
	t.Helper()
	if Guest() {
		return
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skipf("no machine: machines are for linux/amd64, not %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if _, err := image.Find(); err != nil {
		t.Skip("no machine:", err)
	}
}

// Run runs inside in a machine as the test t. It must be a test of its own, not a
// subtest, and Run the first thing that it does but to make ready what it needs.
func (vm VM) Run(t *testing.T, inside func(t *testing.T)) {
	t.Helper()
	if Guest() {
		inside(t)
		return
	}
	if strings.Contains(t.Name(), "/") {
		t.Fatal("hil: a machine is for a test of its own, not for a subtest")
	}
	Need(t)
	if vm.Limit == 0 {
		vm.Limit = defaultLimit
	}
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-test.v", "-test.count=1", "-test.run=^" + regexp.QuoteMeta(t.Name()) + "$", "-test.timeout=" + vm.Limit.String()}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	for _, name := range passedOn {
		if v, ok := os.LookupEnv(name); ok {
			vm.Env = append(vm.Env, name+"="+v)
		}
	}
	o, err := vm.Boot(t.Context(), program, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("status %d after %v\n%s", o.Status, o.Took.Round(100*time.Millisecond), marked(o.Output))
	judge(t, o)
}

// judge takes over the outcome of the test of the same name inside.
func judge(t testing.TB, o Outcome) {
	t.Helper()
	said := func(what string) bool { return strings.Contains("\n"+o.Output, "\n--- "+what+": "+t.Name()+" (") }
	switch {
	case o.Status == guest.Broken:
		t.Fatalf("the machine could not be set up; the kernel said last:\n%s", last(o.Kernel))
	case o.Status != 0:
		t.Fatalf("it failed in the machine, with status %d; the kernel said last:\n%s", o.Status, last(o.Kernel))
	case said("SKIP"):
		t.Skip("it skipped in the machine")
	case !said("PASS"):
		t.Fatal("the machine did not run it")
	}
}

// marked is a program's output, each line behind a mark, so that nobody who reads
// test logs takes what happened inside for a test of its own.
func marked(output string) string {
	return "vm| " + strings.ReplaceAll(strings.TrimRight(output, "\n"), "\n", "\nvm| ")
}
