package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/plugins/scale/scalesim"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/line"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/hil"
)

// patience is how long a test waits in a machine that interprets.
const patience = 2 * time.Minute

// controls give orders to a scale outside, by a line of their own.
type controls struct {
	t    *testing.T
	wire line.Line
	read *bufio.Reader
}

type within struct{ line.Line }

func (w within) Read(p []byte) (int, error) { return w.ReadWithin(p, patience) }

func newControls(t *testing.T, port string) *controls {
	t.Helper()
	l, err := line.Serial(port, 115200, "8N1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &controls{t, l, bufio.NewReader(within{l})}
}

func (c *controls) order(format string, args ...any) string {
	c.t.Helper()
	if _, err := fmt.Fprintf(within{c.wire}, format+"\n", args...); err != nil {
		c.t.Fatal(err)
	}
	said, err := c.read.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.TrimSpace(said)
}

// asked waits until the scale was asked some times more.
func (c *controls) asked(times int) {
	c.t.Helper()
	count := func() int {
		n, err := strconv.Atoi(c.order("asked"))
		if err != nil {
			c.t.Fatal(err)
		}
		return n
	}
	end := time.Now().Add(patience)
	for until := count() + times; count() < until; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("it was not asked %d times more", times)
		}
	}
}

// third is the base of the third serial port of a PC.
const third = 0x3e8

// lineControl reads what the driver of a 16550 wrote into its line control register:
// how characters are framed, which no program can bring about but by the kernel.
func lineControl(t *testing.T, base int64) byte {
	t.Helper()
	f, err := os.Open("/dev/port")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var b [1]byte
	if _, err := f.ReadAt(b[:], base+3); err != nil {
		t.Fatal(err)
	}
	return b[0]
}

// An RS-232 scale at 9600 baud, 7E1, on a 16550 of a machine; the scale is outside, and
// the kernel, its driver and its line settings are real. Weights, a load that moves,
// one that is too much, and a line that says nothing and is back.
func TestVMSerialScale(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, a 16550 serial port at 7E1")
	s := &scalesim.Scale{}
	s.Put(12_000)
	hil.VM{Serial: []func(net.Conn){
		func(wire net.Conn) { _ = s.Serve(wire, "toledo") },
		func(wire net.Conn) { _ = s.Orders(wire) },
	}}.Run(t, func(t *testing.T) {
		scale := newControls(t, "/dev/ttyS3")
		r := classtest.Subject{
			Driver: "toledo", Address: "weight_shelf.scale", Start: started, Patience: patience,
			Config: config(t, map[string]any{"port": "/dev/ttyS2", "answer": 2 * time.Second}),
		}.Open(t)
		levels(t, r, 12_000*measure.Gram)
		const sevenEvenOne = 0b0001_1010 // even parity, parity, one stop bit, seven bits
		if got := lineControl(t, third); got != sevenEvenOne {
			t.Errorf("the 16550's line control is %#08b, not %#08b", got, sevenEvenOne)
		}
		framed(t, "/dev/ttyS2")
		scale.order("-345")
		levels(t, r, 11_655*measure.Gram)

		// What it weighed while it moved was never a level.
		scale.order("1000")
		scale.order("move 1000000")
		scale.asked(20)
		scale.order("-600")
		scale.order("move 1")
		if got := weight(t, r); (got - 12_055*measure.Gram).Abs() > measure.Gram {
			t.Errorf("after it moved: %v", got)
		}

		scale.order("break overload")
		r.Says("the scale says that it is overloaded")
		scale.order("-55")
		scale.order("break none")
		levels(t, r, 12_000*measure.Gram)

		scale.order("break silent")
		if l := r.NextLost(); !strings.Contains(l.Err.Error(), "read the scale at /dev/ttyS2: no answer came in time; is it on, and set to this protocol, baud rate and frame?") {
			t.Errorf("silent: %v", l.Err)
		}
		scale.order("-345")
		scale.order("break none")
		r.Recover()
		levels(t, r, 11_655*measure.Gram)
	})
}

// weight is the next one that is reported.
func weight(t *testing.T, r *classtest.Rig) measure.Mass {
	t.Helper()
	w, ok := r.NextOf(r.Present).Evidence.(observe.Weight)
	if !ok {
		t.Fatal("a scale reported no weight")
	}
	return w.Mass
}

// framed checks a port's settings as the kernel has them: its program's, for it may be opened
// by root while a program has it for itself.
func framed(t *testing.T, port string) {
	t.Helper()
	f, err := os.OpenFile(port, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	c, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	const about = unix.CSIZE | unix.PARENB | unix.PARODD | unix.CSTOPB | unix.CBAUD
	if got, want := c.Cflag&about, uint32(unix.CS7|unix.PARENB|unix.B9600); got != want {
		t.Errorf("%s has the settings %#o, not %#o", port, got, want)
	}
}
