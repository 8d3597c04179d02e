package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/line/usb"
	"github.com/openaisle/aisle/sdk/line/usb/usbtest"
)

func init() {
	// usb says which serial ports on USB devices it sees, and what it can open of the
	// nodes that it is told of.
	modes["usb"] = func() {
		for _, p := range (usb.Tree{Sys: os.Args[3], Dev: os.Args[4]}).Ports() {
			fmt.Fprintln(os.Stderr, "sees", filepath.Base(p.Name), p.Number)
		}
		for _, p := range os.Args[5:] {
			fmt.Fprintln(os.Stderr, "open", filepath.Base(p), opened(p, os.O_RDWR) == nil)
		}
		sdk.Serve(testPlugin())
	}
}

// sockets are USB sockets: folders in place of the kernel's, and nodes that a plugin
// can open.
func sockets(t *testing.T) *usbtest.Tree {
	t.Helper()
	x := usbtest.New(t)
	if os.Getuid() == 0 { // a plugin's /tmp has no device nodes
		dev, err := os.MkdirTemp("/run", "usb")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dev) })
		if err := os.Chmod(dev, 0o755); err != nil {
			t.Fatal(err)
		}
		x.Dev = dev
	}
	for _, name := range []string{"ttyACM0", "ttyACM1", "ttyACM2"} {
		if err := os.Symlink("/dev/full", filepath.Join(x.Dev, name)); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// A plugin gets the serial port on the USB device that is granted, under the name that
// it has now, and no other; and sees nothing of others.
func TestUSBGrant(t *testing.T) {
	x := sockets(t)
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log), Kernel: x.Tree})
	x.Plug("1-1", "ttyACM0", "1-1:1.0", "SCANNER")
	x.Plug("1-2", "ttyACM1", "1-2:1.0", "SCALE")
	sp := spec("usb")
	sp.Grants = sandbox.Grants{USB: []string{"SCALE"}}
	sp.Args = append(sp.Args, x.Sys, x.Dev)
	for _, n := range []string{"ttyACM0", "ttyACM1", "ttyACM2"} {
		sp.Args = append(sp.Args, filepath.Join(x.Dev, n))
	}
	begin := func(says ...string) *Instance {
		t.Helper()
		before := len(log.messages())
		in, err := s.Start(t.Context(), sp)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = in.Stop() }) // its end is no part of this
		isolating(t, in.Isolation())
		var said []string
		for last := ""; !strings.HasPrefix(last, "open ttyACM2"); time.Sleep(time.Millisecond) {
			said = slices.DeleteFunc(log.messages()[before:], func(l string) bool { return !strings.HasPrefix(l, "sees ") && !strings.HasPrefix(l, "open ") })
			if len(said) > 0 {
				last = said[len(said)-1]
			}
		}
		if got, want := strings.Join(said, "; "), strings.Join(says, "; "); got != want {
			t.Errorf("said %s\nwant %s", got, want)
		}
		if in.Outdated() {
			t.Error("it is out of date at once")
		}
		return in
	}
	first := begin("sees ttyACM1 SCALE", "open ttyACM0 false", "open ttyACM1 true", "open ttyACM2 false")
	x.Unplug("1-2", "ttyACM1")
	if first.Outdated() {
		t.Error("another instance would get what is not there")
	}
	absent := begin("open ttyACM0 false", "open ttyACM1 false", "open ttyACM2 false")
	if m, _ := absent.Isolation().Measure(sandbox.Devices); !strings.Contains(m.Why, `the USB device "SCALE" is not plugged in`) {
		t.Error(m)
	}
	x.Plug("1-2", "ttyACM2", "1-2:1.0", "SCALE")
	if !first.Outdated() || !absent.Outdated() {
		t.Error("an instance that was started without the device has it")
	}
	begin("sees ttyACM2 SCALE", "open ttyACM0 false", "open ttyACM1 false", "open ttyACM2 true")
	// Two of one number: it is told of both, and gets neither.
	x.Plug("1-3", "ttyACM1", "1-3:1.0", "SCALE")
	twice := begin("sees ttyACM1 SCALE", "sees ttyACM2 SCALE", "open ttyACM0 false", "open ttyACM1 false", "open ttyACM2 false")
	if m, _ := twice.Isolation().Measure(sandbox.Devices); !strings.Contains(m.Why, "have the USB serial number") {
		t.Error(m)
	}
}

// Without namespaces there is only Landlock, and it lets the plugin have the same.
func TestUSBGrantWithoutNamespaces(t *testing.T) {
	x := sockets(t)
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log), Kernel: x.Tree})
	l, err := s.with.launcher()
	if err != nil {
		t.Skip(err)
	}
	l.WithoutNamespaces(errors.New("the test says so"))
	x.Plug("1-2", "ttyACM1", "1-2:1.0", "SCALE")
	x.Plug("1-3", "ttyACM2", "1-3:1.0", "SCANNER")
	if err := errors.Join(os.Remove(filepath.Join(x.Dev, "ttyACM2")), os.Symlink("/dev/ptmx", filepath.Join(x.Dev, "ttyACM2"))); err != nil {
		t.Fatal(err)
	}
	sp := spec("usb")
	sp.Grants = sandbox.Grants{USB: []string{"SCALE"}}
	sp.Args = append(sp.Args, x.Sys, x.Dev, filepath.Join(x.Dev, "ttyACM1"), filepath.Join(x.Dev, "ttyACM2"))
	if _, said := started(t, s, log, sp); !strings.Contains(said, "sees ttyACM1 SCALE") || strings.Contains(said, "SCANNER") ||
		!strings.Contains(said, "open ttyACM1 true") || !strings.Contains(said, "open ttyACM2 false") {
		t.Error(said)
	}
}
