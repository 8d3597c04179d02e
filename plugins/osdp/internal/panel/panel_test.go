package panel

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
)

// served is a line of peripherals on TCP.
func served(t *testing.T, on osdpsim.Line) (Where, net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = on.Listen(l)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return Where{Addr: l.Addr().String()}, l
}

func joined(t *testing.T, lines *Lines, w Where, o Options) *Station {
	t.Helper()
	s, err := lines.Join(t.Context(), w, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Leave)
	return s
}

// until waits for a condition that comes by itself.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}

func ready(t *testing.T, s *Station) {
	t.Helper()
	until(t, "ready", func() bool { return s.Condition().State == sdk.StateReady })
}

func offline(t *testing.T, s *Station, why string) {
	t.Helper()
	until(t, why, func() bool {
		c := s.Condition()
		return c.State == sdk.StateOffline && strings.Contains(c.Cause, why)
	})
}

// next is the next event but for the inputs' first states.
func next(t *testing.T, s *Station) Event {
	t.Helper()
	for {
		select {
		case e := <-s.Events:
			if _, ok := e.(Inputs); !ok {
				return e
			}
		case <-time.After(time.Minute):
			t.Fatal("no event")
		}
	}
}

var key = osdp.Key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// What a reader reads comes over the channel of its own key, and what it is told
// is done once.
func TestSecure(t *testing.T) {
	p := &osdpsim.Peripheral{Address: 5, Key: key}
	where, _ := served(t, osdpsim.Line{p})
	s := joined(t, &Lines{}, where, Options{Address: 5, Key: &key})
	ready(t, s)
	if up, own := p.Secure(); !up || !own {
		t.Error("the channel is not up with its own key")
	}
	p.Read(0, 26, []byte{0x8d, 0x20, 0x2a, 0x40})
	if c := next(t, s).(Card); c.Bits != 26 || c.Data[0] != 0x8d {
		t.Errorf("%+v", c)
	}
	p.Press("12*#")
	if k := next(t, s).(Keys); string(k.Pressed) != "12\x7f\r" {
		t.Errorf("%q", k.Pressed)
	}
	if err := s.Do(t.Context(), osdp.Out, osdp.Set(osdp.Output{Number: 2, Control: osdp.OutputPulse, Tenths: 600})); err != nil || !p.On(2) {
		t.Error(err)
	}
	if err := s.Do(t.Context(), osdp.Out, []byte{1}); fault.CodeOf(err) != fault.Refused {
		t.Errorf("a command that it refuses: %v", err)
	}
	if got := p.Told(); len(got) != 1 {
		t.Errorf("it was told %v", got)
	}
	p.Tamper(true)
	until(t, "tamper", func() bool { return s.Condition().State == sdk.StateDegraded })
	p.Tamper(false)
	ready(t, s)
	if i, ok := s.Identity(); !ok || i.Serial != 1005 {
		t.Errorf("%+v", i)
	}
}

// A peripheral in its delivery state is given its key where that is asked for,
// and only there.
func TestInstall(t *testing.T) {
	p := &osdpsim.Peripheral{Address: 1}
	where, _ := served(t, osdpsim.Line{p})
	var lines Lines
	s := joined(t, &lines, where, Options{Address: 1, Key: &key})
	offline(t, s, "write the one that it has, or install = true")
	s.Leave()
	s = joined(t, &lines, where, Options{Address: 1, Key: &key, Install: true})
	ready(t, s)
	if up, own := p.Secure(); !up || !own {
		t.Error("it has not got its key")
	}
	s.Leave()
	ready(t, joined(t, &lines, where, Options{Address: 1, Key: &key}))
}

// Nothing is said in the clear to a peripheral that has a key, and it is said
// why nothing is heard.
func TestOtherKeys(t *testing.T) {
	other := key
	other[0]++
	for name, c := range map[string]struct {
		p    *osdpsim.Peripheral
		o    Options
		want string
	}{
		"another key":             {&osdpsim.Peripheral{Key: other}, Options{Key: &key}, "has another key"},
		"another key, to install": {&osdpsim.Peripheral{Key: other}, Options{Key: &key, Install: true}, "set it back to its delivery state"},
		"no channel":              {&osdpsim.Peripheral{Clear: true}, Options{Key: &key}, "knows no secure channel"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where, _ := served(t, osdpsim.Line{c.p})
			s := joined(t, &Lines{}, where, c.o)
			offline(t, s, c.want)
			c.p.Read(0, 8, []byte{1})
			if err := s.Do(t.Context(), osdp.Buzzer, osdp.Beep(0, 1, 1)); fault.CodeOf(err) != fault.Unavailable {
				t.Error(err)
			}
			if len(s.Events) != 0 || len(c.p.Told()) != 0 {
				t.Error("something was said in the clear")
			}
		})
	}
}

// What is wrong with a peripheral is said, it does not keep the others on its
// line, and when it is mended it is heard again.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		how  osdpsim.Fault
		want string
	}{
		"silent":  {osdpsim.FaultSilent, "does not answer"},
		"garbage": {osdpsim.FaultGarbage, "damaged"},
		"drip":    {osdpsim.FaultDrip, "does not answer"},
		"busy":    {osdpsim.FaultBusy, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad, good := &osdpsim.Peripheral{Address: 3, Key: key}, &osdpsim.Peripheral{Address: 4, Key: key}
			where, _ := served(t, osdpsim.Line{bad, good})
			var lines Lines
			s, other := joined(t, &lines, where, Options{Address: 3, Key: &key}), joined(t, &lines, where, Options{Address: 4, Key: &key})
			ready(t, s)
			ready(t, other)
			bad.Break(c.how)
			offline(t, s, c.want)
			good.Read(0, 8, []byte{7})
			if e := next(t, other).(Card); e.Data[0] != 7 {
				t.Errorf("%+v", e)
			}
			bad.Break(osdpsim.FaultNone)
			ready(t, s)
		})
	}
}

// Two that answer for one address don't pass for one.
func TestTwice(t *testing.T) {
	p := &osdpsim.Peripheral{Address: 3, Clear: true}
	where, _ := served(t, osdpsim.Line{p})
	s := joined(t, &Lines{}, where, Options{Address: 3})
	ready(t, s)
	p.Break(osdpsim.FaultTwice)
	until(t, "strays", func() bool {
		return s.Condition().State == sdk.StateDegraded && strings.Contains(s.Condition().Cause, "same address")
	})
	p.Break(osdpsim.FaultNone)
	p.Read(0, 8, []byte{7})
	if e := next(t, s).(Card); e.Data[0] != 7 {
		t.Errorf("%+v", e)
	}
	ready(t, s)
}

// A peripheral that was switched off and on is heard again, and so is a line
// whose cable was out.
func TestAgain(t *testing.T) {
	p := &osdpsim.Peripheral{Address: 3, Key: key}
	where, l := served(t, osdpsim.Line{p})
	s := joined(t, &Lines{}, where, Options{Address: 3, Key: &key})
	ready(t, s)
	p.Reboot()
	until(t, "a new channel", func() bool { up, _ := p.Secure(); return up && s.Condition().State == sdk.StateReady })
	p.Read(0, 8, []byte{1})
	next(t, s)

	_ = l.Close()
	s.bus.interrupt() // the cable is out
	offline(t, s, "the line")
	again, err := net.Listen("tcp", where.Addr)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = (osdpsim.Line{p}).Listen(again)
	}()
	t.Cleanup(func() {
		_ = again.Close()
		s.Leave()
		<-done
	})
	ready(t, s)
	p.Read(0, 8, []byte{2})
	if e := next(t, s).(Card); e.Data[0] != 2 {
		t.Errorf("%+v", e)
	}
}

// Devices share a peripheral where they mean the same, and the last one closes
// the line.
func TestShared(t *testing.T) {
	p := &osdpsim.Peripheral{Address: 3, Key: key}
	where, _ := served(t, osdpsim.Line{p})
	var lines Lines
	a, b := joined(t, &lines, where, Options{Address: 3, Key: &key}), joined(t, &lines, where, Options{Address: 3, Key: &key})
	ready(t, a)
	ready(t, b)
	p.Read(0, 8, []byte{9})
	next(t, a)
	next(t, b)
	if _, err := lines.Join(t.Context(), where, Options{Address: 3}); fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != "key" {
		t.Error(err)
	}
	a.Leave()
	p.Read(0, 8, []byte{10})
	next(t, b)
	b.Leave()
	if len(lines.open) != 0 {
		t.Error("the line is still open")
	}
	if err := b.Do(context.Background(), osdp.Poll, nil); fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
}

// A device that does not listen is lost, and the others hear on.
func TestDeaf(t *testing.T) {
	p := &osdpsim.Peripheral{Address: 3, Clear: true}
	where, _ := served(t, osdpsim.Line{p})
	s := joined(t, &Lines{}, where, Options{Address: 3})
	ready(t, s)
	s.bus.mu.Lock()
	for range maxEvents + 1 {
		s.bus.tell(s.peripheral, Keys{})
	}
	s.bus.mu.Unlock()
	for range s.Events { // it ends
	}
}

// What is most likely wrong is told of a peripheral that was never understood: the speed where
// there is noise and no frame, the address where others on the line are understood.
func TestNotUnderstood(t *testing.T) {
	noisy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer noisy.Close()
	go func() {
		c, err := noisy.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for b := make([]byte, 256); ; {
			if _, err := c.Read(b); err != nil {
				return
			}
			_, _ = c.Write([]byte("\x00\xf8\x80\xfe\x00\xe6"))
		}
	}()
	var lines Lines
	offline(t, joined(t, &lines, Where{Addr: noisy.Addr().String()}, Options{Address: 5}), "no frame of OSDP is among them: is the baud rate right?")

	silent := &osdpsim.Peripheral{Address: 5}
	silent.Break(osdpsim.FaultSilent)
	where, _ := served(t, osdpsim.Line{silent})
	offline(t, joined(t, &lines, where, Options{Address: 5}), "does not answer: is it on, and set to this address and baud rate?")

	where, _ = served(t, osdpsim.Line{{Address: 5, Key: key}})
	ready(t, joined(t, &lines, where, Options{Address: 5, Key: &key}))
	offline(t, joined(t, &lines, where, Options{Address: 6, Key: &key}), "peripheral 6 at "+where.String()+" does not answer, and others on the line do: is it on, and set to this address?")
}
