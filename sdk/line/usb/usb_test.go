package usb_test

import (
	"path/filepath"
	"testing"

	"github.com/openaisle/aisle/sdk/line/usb"
	"github.com/openaisle/aisle/sdk/line/usb/usbtest"
)

// Each port is on its device, however deep below it, and one that is on none is none.
func TestPorts(t *testing.T) {
	x := usbtest.New(t)
	x.Plug("1-1", "ttyACM0", "1-1:1.0", "SCANNER")
	x.Plug("1-2", "ttyACM1", "1-2:1.0", "")
	x.Plug("1-3", "ttyUSB0", "1-3:1.0/ttyUSB0", "FTDI")
	x.Plug("1-4", "ttyFAR0", "1-4:1.0/a/b/c", "FAR")
	x.Platform("ttyS0")
	want := []struct{ name, number, device string }{{"ttyACM0", "SCANNER", "1-1"}, {"ttyACM1", "", "1-2"}, {"ttyUSB0", "FTDI", "1-3"}}
	got := x.Ports()
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, w := range want {
		g := got[i]
		if g.Name != filepath.Join(x.Dev, w.name) || g.Number != w.number || filepath.Base(g.Device) != w.device || filepath.Base(g.At) != w.name ||
			g.Link != filepath.Join(x.Sys, "class/tty", w.name) {
			t.Errorf("%+v, want %v", g, w)
		}
	}
	if all := (usb.Tree{Sys: x.Dev, Dev: x.Dev}).Ports(); all != nil {
		t.Errorf("where nothing is: %+v", all)
	}
}

// A device that was plugged in again is not the same, whatever its port is called.
func TestSame(t *testing.T) {
	x := usbtest.New(t)
	x.Plug("1-1", "ttyACM0", "1-1:1.0", "A")
	x.Plug("1-2", "ttyACM1", "1-2:1.0", "A")
	was := x.Ports()
	if now := x.Ports(); !was[0].Same(now[0]) || was[0].Same(now[1]) {
		t.Error("the same is another, or another the same")
	}
	x.Unplug("1-1", "ttyACM0")
	x.Plug("1-1", "ttyACM0", "1-1:1.0", "A")
	if now := x.Ports(); was[0].Same(now[0]) || !was[1].Same(now[1]) {
		t.Error("one that was plugged in again is the same, or one that was not is another")
	}
}
