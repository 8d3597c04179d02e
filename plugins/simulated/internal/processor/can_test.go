package processor_test

import (
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

// with is a request to a processor that a store's config makes less of.
func with(can wire.ProcessorCan, q wire.PaymentParams) wire.PaymentParams {
	q.Can = &can
	return q
}

// What a store's config takes away the processor does not do.
func TestWeakProcessors(t *testing.T) {
	for name, c := range map[string]struct {
		can  wire.ProcessorCan
		op   string
		q    func(hold, taken string) wire.PaymentParams
		pass time.Duration
		code fault.Code
	}{
		"no increase":   {wire.ProcessorCan{NoIncrease: true}, processor.Increase, func(h, _ string) wire.PaymentParams { return euros("x", "", h, 1200) }, 0, fault.Unsupported},
		"increase":      {wire.ProcessorCan{}, processor.Increase, func(h, _ string) wire.PaymentParams { return euros("x", "", h, 1200) }, 0, fault.None},
		"nothing above": {wire.ProcessorCan{}, processor.Capture, func(h, _ string) wire.PaymentParams { return euros("x", "", h, 1001) }, 0, fault.Invalid},
		"whole holds":   {wire.ProcessorCan{WholeCapture: true}, processor.Capture, func(h, _ string) wire.PaymentParams { return euros("x", "", h, 999) }, 0, fault.Invalid},
		"whole refunds": {wire.ProcessorCan{WholeRefund: true}, processor.Refund, func(_, c string) wire.PaymentParams { return euros("x", "", c, 499) }, 0, fault.Invalid},
		"short refunds": {wire.ProcessorCan{RefundUS: time.Hour.Microseconds()}, processor.Refund, func(_, c string) wire.PaymentParams { return euros("x", "", c, 499) }, 2 * time.Hour, fault.Refused},
		"short holds":   {wire.ProcessorCan{HoldUS: time.Hour.Microseconds()}, processor.Capture, func(h, _ string) wire.PaymentParams { return euros("x", "", h, 1) }, 2 * time.Hour, fault.Refused},
	} {
		r := newRig(processor.Options{})
		hold, err := r.one(t, processor.Authorize, with(c.can, euros("h", "tok", "", 1000)))
		if err != nil {
			t.Fatal(err)
		}
		other, err := r.one(t, processor.Authorize, euros("h2", "tok", "", 500))
		if err != nil {
			t.Fatal(err)
		}
		taken, err := r.one(t, processor.Capture, euros("c", "", other.Reference, 500))
		if err != nil {
			t.Fatal(err)
		}
		r.p.Pass(c.pass)
		if _, err := r.one(t, c.op, with(c.can, c.q(hold.Reference, taken.Reference))); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A key whose time is over moves money again: that is what FY5 is about.
func TestKeyWindow(t *testing.T) {
	can := wire.ProcessorCan{KeyUS: time.Hour.Microseconds()}
	r := newRig(processor.Options{})
	for n, pass := range []time.Duration{0, 30 * time.Minute, 2 * time.Hour} {
		r.p.Pass(pass)
		if _, err := r.one(t, processor.Authorize, with(can, euros("h", "tok", "", 1000))); err != nil {
			t.Fatal(err)
		}
		if want := 1 + n/2; len(r.entries) != want {
			t.Errorf("after %v: %d holds, want %d", pass, len(r.entries), want)
		}
	}
	blind := wire.PaymentParams{Key: "h", Operation: processor.Authorize, Can: &wire.ProcessorCan{Blind: true}}
	if a, err := r.one(t, processor.Lookup, blind); err != nil || a.State != processor.Absent {
		t.Errorf("a processor that finds no keys: %+v, %v", a, err)
	}
}

// A failure that is kept is answered for ever, and a look-up shows that nothing
// happened.
func TestSavedErrors(t *testing.T) {
	for saves, lines := range map[bool]int{true: 0, false: 1} {
		can := wire.ProcessorCan{SavesErrors: saves}
		r := newRig(processor.Options{})
		r.p.Meet(processor.Authorize, processor.Failed)
		q := with(can, euros("h", "tok", "", 1000))
		if _, err := r.one(t, processor.Authorize, q); fault.CodeOf(err) != fault.Unknown {
			t.Errorf("failed: %v", err)
		}
		look := q
		look.Operation = processor.Authorize
		if a, err := r.one(t, processor.Lookup, look); err != nil || a.State != processor.Absent {
			t.Errorf("saves %v: %+v, %v", saves, a, err)
		}
		if _, err := r.one(t, processor.Authorize, q); (err != nil) != saves || len(r.entries) != lines {
			t.Errorf("saves %v: again %v, %d lines", saves, err, len(r.entries))
		}
	}
}

// Every fault that can be named does something, and each by itself.
func TestNamedFaults(t *testing.T) {
	for _, name := range processor.FaultNames() {
		var said []wire.Notice
		r := newRig(processor.Options{Seed: 7, On: []string{name}, Notice: func(n wire.Notice) { said = append(said, n) }})
		odd := 0
		for n := range 60 {
			token := "tok-" + string(rune('a'+n%26)) + string(rune('a'+n/26))
			hold, err := r.call(processor.Authorize, euros("h"+token, token, "", 1000))
			if len(err) != 1 || err[0] != nil || hold[0].Minor != 1000 || hold[0].Currency != "EUR" {
				odd++
				continue
			}
			r.tl.RunTo(r.tl.Now().Add(2 * time.Minute))
			taken, err := r.call(processor.Capture, euros("c"+token, "", hold[0].Reference, 500))
			if len(err) != 1 || err[0] != nil || taken[0].Minor != 500 || taken[0].Currency != "EUR" {
				odd++
				continue
			}
			if !slices.ContainsFunc(r.entries, func(e processor.Entry) bool { return e.Key == "c"+token }) {
				odd++ // it lied
			}
		}
		r.tl.RunTo(r.tl.Now().Add(48 * time.Hour))
		if odd+len(said) < 5 {
			t.Errorf("%s: %d odd answers, %d notices", name, odd, len(said))
		}
	}
}
