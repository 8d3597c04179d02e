package main

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/scale/scalesim"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/line"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/usbsim"
)

// behind is a simulated scale on the device's end of a USB line, which is opened again each
// time that the line was hung up.
func behind(t *testing.T, port string) *scalesim.Scale {
	t.Helper()
	s := &scalesim.Scale{}
	s.Put(12_000)
	var ends atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !ends.Load() {
			l, err := line.Serial(port, 9600, "8N1")
			if err != nil {
				time.Sleep(10 * time.Millisecond) // it is not there yet
				continue
			}
			_ = s.Serve(until{l, &ends}, "toledo")
			_ = l.Close()
		}
	}()
	t.Cleanup(func() {
		ends.Store(true)
		<-done
	})
	return s
}

// until reads a line until it is hung up or the test ends.
type until struct {
	line.Line
	ends *atomic.Bool
}

func (u until) Read(p []byte) (n int, err error) {
	for !u.ends.Load() {
		n, err = u.ReadWithin(p, 100*time.Millisecond)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
	return 0, os.ErrClosed
}

// wait waits until something is so.
func wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain until ", what)
		}
	}
}

// named plugs a device in until its port has a name. Whoever had the name last may not have
// given it back to the kernel yet.
func named(t *testing.T, d *usbsim.Serial, want string) {
	t.Helper()
	wait(t, "the port is "+want, func() bool {
		d.Plug()
		got := ""
		wait(t, "a port is found", func() (ok bool) { got, ok = d.Name(); return ok })
		if got == want {
			return true
		}
		d.Unplug()
		wait(t, "the port is gone", func() bool { _, ok := d.Name(); return !ok })
		return false
	})
}

// A USB scale is found by its serial number: beside a scanner whose port looks alike, and again
// under another name after its cable was pulled out while it was read. The plugin is never
// started again, says what is wrong meanwhile, and reports nothing that the scale did not say.
func TestVMUSBScale(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, a USB serial line of its gadget driver")
	hil.VM{Modules: usbsim.Modules}.Run(t, func(t *testing.T) {
		device, scanner := usbsim.NewSerial(t, 0, "SCALE-41"), usbsim.NewSerial(t, 1, "SCANNER-7")
		s := behind(t, device.Port)
		subject := classtest.Subject{
			Driver: "toledo", Address: "weight_shelf.scale", Start: started, Patience: patience,
			Config: config(t, map[string]any{"usb_serial": "SCALE-41", "answer": 2 * time.Second}),
		}
		named(t, device, "/dev/ttyACM0")
		r := subject.Open(t)
		levels(t, r, 12_000*measure.Gram)
		s.Put(-345)
		levels(t, r, 11_655*measure.Gram)
		first := r.Epoch

		device.Unplug()
		l := r.NextLost()
		if fault.CodeOf(l.Err) != fault.Unavailable || !strings.Contains(l.Err.Error(), "the scale at /dev/ttyACM0") || !strings.Contains(l.Err.Error(), "was its cable pulled out") {
			t.Errorf("unplugged: %v", l.Err)
		}
		wait(t, "the port is gone", func() bool { _, err := os.Stat("/dev/ttyACM0"); return err != nil }) // the kernel hangs up first
		s.Put(-655)                                                                                       // somebody takes something while nobody weighs
		absent := func(says string) {
			t.Helper()
			r.Epoch++
			_, err := r.Plugin.Open(r.Context(), r.Subject.Request(r.Epoch))
			if fault.CodeOf(err) != fault.Unavailable || fault.PathOf(err) != "usb_serial" || !strings.Contains(err.Error(), says) {
				t.Errorf("absent: %v at %q", err, fault.PathOf(err))
			}
		}
		absent(`no USB device with the serial number "SCALE-41" is plugged in`)
		named(t, scanner, "/dev/ttyACM0") // it has the scale's old name
		absent(`/dev/ttyACM0 has "SCANNER-7"`)
		other := r.Subject.Request(r.Epoch + 1)
		other.Config = []byte(config(t, map[string]any{"usb_serial": "SCANNER-7", "answer": 100 * time.Millisecond}))
		r.Epoch++
		if _, err := r.Plugin.Open(r.Context(), other); fault.CodeOf(err) != fault.Unavailable || fault.PathOf(err) != "usb_serial" || !strings.Contains(err.Error(), "nothing answers") {
			t.Errorf("no scale: %v at %q", err, fault.PathOf(err))
		}
		named(t, device, "/dev/ttyACM1")
		r.Recover()
		levels(t, r, 11_000*measure.Gram)

		// What it reported is what it weighed, and what was taken unseen is of another opening.
		for _, x := range r.Waiting() {
			w, ok := x.Evidence.(observe.Weight)
			if !ok || x.Epoch != r.Epoch || (w.Mass-11_000*measure.Gram).Abs() > measure.Gram {
				t.Errorf("%+v", x)
			}
		}
		if r.Epoch == first {
			t.Error("it is the same opening")
		}
	})
}
