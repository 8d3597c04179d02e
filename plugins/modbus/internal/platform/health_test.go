package platform

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/modbus/modbussim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
)

// holdable is a line to a device that can be stopped: what is said to the device then
// waits in it.
type holdable struct {
	stop, waits, let chan struct{}
}

// line makes one and gives its address.
func line(t *testing.T, device string) (*holdable, string) {
	t.Helper()
	h := &holdable{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		front, err := l.Accept()
		if err != nil {
			return
		}
		defer front.Close()
		back, err := net.Dial("tcp", device)
		if err != nil {
			t.Error(err)
			return
		}
		defer back.Close()
		go func() { _, _ = io.Copy(front, back) }() // ends with either
		h.carry(back, front)
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return h, l.Addr().String()
}

func (h *holdable) carry(back io.Writer, front io.Reader) {
	b := make([]byte, 512)
	for held := false; ; {
		n, err := front.Read(b)
		if err != nil {
			return
		}
		select {
		case <-h.stop:
			if !held {
				held = true
				close(h.waits)
				<-h.let
			}
		default:
		}
		if _, err := back.Write(b[:n]); err != nil {
			return
		}
	}
}

// A gate says how it is while a pulse waits for an answer: a host that asks in vain takes
// the whole plugin for hung.
func TestHealthWaitsForNoLine(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	d, err := modbussim.New(free.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	d.Input(7, true)
	h, addr := line(t, free.Addr().String())
	var lines Lines
	g, err := lines.Gate(t.Context(), sdk.Env{}, Gate{
		Line: Line{Addr: addr, Unit: 1, Answer: time.Minute}, Unlock: 3, Pulse: time.Second, Window: time.Minute,
		PassedIn: 0, PassedOut: 1, BeamIn: -1, BeamOut: -1, Fire: 7, Poll: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.(*turnstile).Close() })
	close(h.stop)
	admitted := make(chan error, 1)
	go func() {
		admitted <- g.Admit(t.Context(), gate.Admission{Session: "a", Bodies: 1, Expires: time.Now().Add(time.Hour)})
	}()
	<-h.waits
	if c := g.(*turnstile).Condition(); c.State != sdk.StateReady {
		t.Errorf("the gate is %+v", c)
	}
	close(h.let) // a condition that waited for the line comes after its answer was given up
	if err := <-admitted; err != nil || d.Pulses(3) != 1 {
		t.Errorf("%d pulses, %v: the gate did not say how it is before its line answered", d.Pulses(3), err)
	}
}
