package processor_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

// rig is a processor with its ledger in memory.
type rig struct {
	tl      *timeline.Timeline
	p       *processor.Processor
	entries []processor.Entry
	broken  error
	failed  error
	held    map[string]string
}

func (r *rig) Append(v any) error {
	if r.broken != nil {
		return r.broken
	}
	r.entries = append(r.entries, v.(processor.Entry))
	return nil
}

func newRig(opt processor.Options) *rig {
	r := &rig{tl: timeline.New(timeline.Of(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))), held: make(map[string]string)}
	opt.Authorised = func(session, token string) { r.held[session] = token }
	opt.Failed = func(err error) { r.failed = err }
	r.p = processor.New(r.tl, r, opt)
	return r
}

// call asks and waits: the answers that came, of which there may be none.
func (r *rig) call(op string, q wire.PaymentParams) (results []wire.PaymentResult, errs []error) {
	r.p.Call(op, q, func(a wire.PaymentResult, err error) {
		results, errs = append(results, a), append(errs, err)
	})
	r.tl.RunTo(r.tl.Now().Add(time.Minute))
	return results, errs
}

func (r *rig) one(t *testing.T, op string, q wire.PaymentParams) (wire.PaymentResult, error) {
	t.Helper()
	results, errs := r.call(op, q)
	if len(results) != 1 {
		t.Fatalf("%s: %d answers", op, len(results))
	}
	return results[0], errs[0]
}

func euros(key, token, reference string, minor int64) wire.PaymentParams {
	return wire.PaymentParams{Key: key, Session: "s", Token: token, Reference: reference, Minor: minor, Currency: "EUR"}
}

// TestRules is a hold's life step by step, each step with what it must answer
// and how many lines the ledger then has.
func TestRules(t *testing.T) {
	r := newRig(processor.Options{Refused: []string{"badge"}})
	hold, err := r.one(t, processor.Authorize, euros("k1", "tok", "", 1000))
	if err != nil || hold.Minor != 1000 || hold.Currency != "EUR" || hold.Reference == "" || hold.ExpiresUS == 0 || len(hold.Last4) != 4 {
		t.Fatalf("hold %+v %v", hold, err)
	}
	other, err := r.one(t, processor.Authorize, euros("k2", "tok2", "", 500))
	if err != nil {
		t.Fatal(err)
	}
	if r.held["s"] != "tok2" {
		t.Errorf("holds told: %v", r.held)
	}
	dollars := euros("c0", "", hold.Reference, 10)
	dollars.Currency = "USD"
	steps := []struct {
		name  string
		op    string
		q     wire.PaymentParams
		code  fault.Code
		lines int
	}{
		{"the same authorise again", processor.Authorize, euros("k1", "tok", "", 1000), fault.None, 2},
		{"its key for another amount", processor.Authorize, euros("k1", "tok", "", 1001), fault.Invalid, 2},
		{"its key for another token", processor.Authorize, euros("k1", "other", "", 1000), fault.Invalid, 2},
		{"no key", processor.Authorize, euros("", "tok", "", 1000), fault.Invalid, 2},
		{"no token", processor.Authorize, euros("k3", "", "", 1000), fault.Invalid, 2},
		{"nothing", processor.Authorize, euros("k3", "tok", "", 0), fault.Invalid, 2},
		{"less than nothing", processor.Authorize, euros("k3", "tok", "", -1), fault.Invalid, 2},
		{"no currency", processor.Authorize, wire.PaymentParams{Key: "k3", Token: "tok", Minor: 5}, fault.Invalid, 2},
		{"a badge", processor.Authorize, euros("k4", "badge", "", 1000), fault.Refused, 2},
		{"the badge again", processor.Authorize, euros("k4", "badge", "", 1000), fault.Refused, 2},
		{"capture without a hold", processor.Capture, euros("c1", "", "nowhere", 10), fault.Invalid, 2},
		{"more than the hold and what may be above", processor.Capture, euros("c1", "", hold.Reference, 1151), fault.Invalid, 2},
		{"another currency", processor.Capture, dollars, fault.Invalid, 2},
		{"capture", processor.Capture, euros("c2", "", hold.Reference, 700), fault.None, 3},
		{"the same capture again", processor.Capture, euros("c2", "", hold.Reference, 700), fault.None, 3},
		{"a second capture", processor.Capture, euros("c3", "", hold.Reference, 100), fault.Refused, 3},
		{"void after capture", processor.Void, wire.PaymentParams{Key: "v1", Reference: hold.Reference}, fault.Refused, 3},
		{"void", processor.Void, wire.PaymentParams{Key: "v2", Reference: other.Reference}, fault.None, 4},
		{"void of the void", processor.Void, wire.PaymentParams{Key: "v3", Reference: other.Reference}, fault.None, 4},
		{"capture after void", processor.Capture, euros("c4", "", other.Reference, 10), fault.Refused, 4},
		{"refund of a hold", processor.Refund, euros("r1", "", hold.Reference, 10), fault.Invalid, 4},
		{"refund", processor.Refund, euros("r2", "", "sim_capture_000003", 300), fault.None, 5},
		{"the same refund again", processor.Refund, euros("r2", "", "sim_capture_000003", 300), fault.None, 5},
		{"more than is left", processor.Refund, euros("r3", "", "sim_capture_000003", 401), fault.Invalid, 5},
		{"the rest", processor.Refund, euros("r4", "", "sim_capture_000003", 400), fault.None, 6},
		{"no such operation", "gift", euros("g", "", "", 1), fault.Invalid, 6},
	}
	for _, s := range steps {
		if _, err := r.one(t, s.op, s.q); fault.CodeOf(err) != s.code || len(r.entries) != s.lines {
			t.Errorf("%s: %v (%v) with %d lines; want %v with %d", s.name, err, fault.CodeOf(err), len(r.entries), s.code, s.lines)
		}
	}
	if v := r.entries[3]; v.Op != "void" || v.Credential != "tok2" || v.Minor != 500 || v.Parent != other.Reference || v.Session != "" {
		t.Errorf("the void's line is %+v", v)
	}
}

// TestHoldLapses at its edge.
func TestHoldLapses(t *testing.T) {
	for _, c := range []struct {
		late time.Duration
		code fault.Code
	}{{0, fault.None}, {time.Microsecond, fault.Refused}} {
		r := newRig(processor.Options{})
		hold, _ := r.one(t, processor.Authorize, euros("k", "tok", "", 100))
		r.tl.RunTo(timeline.Instant(hold.ExpiresUS).Add(c.late - processor.Latency))
		if _, err := r.one(t, processor.Capture, euros("c", "", hold.Reference, 100)); fault.CodeOf(err) != c.code {
			t.Errorf("capture %v after the hold lapsed: %v, want %v", c.late, err, c.code)
		}
	}
}

// TestLookup: by key, and by reference where there is none; absent, pending,
// declined and done.
func TestLookup(t *testing.T) {
	r := newRig(processor.Options{Refused: []string{"badge"}})
	hold, _ := r.one(t, processor.Authorize, euros("k", "tok", "", 1000))
	_, _ = r.one(t, processor.Authorize, euros("no", "badge", "", 1000))
	capture, _ := r.one(t, processor.Capture, euros("c", "", hold.Reference, 600))
	for _, c := range []struct {
		name      string
		q         wire.PaymentParams
		state     string
		reference string
		minor     int64
	}{
		{"the hold", wire.PaymentParams{Key: "k", Operation: "authorize"}, processor.Done, hold.Reference, 1000},
		{"the capture", wire.PaymentParams{Key: "c", Operation: "capture"}, processor.Done, capture.Reference, 600},
		{"the capture by its hold", wire.PaymentParams{Operation: "capture", Reference: hold.Reference}, processor.Done, capture.Reference, 600},
		{"the hold by itself", wire.PaymentParams{Operation: "authorize", Reference: hold.Reference}, processor.Done, hold.Reference, 1000},
		{"no void of it", wire.PaymentParams{Operation: "void", Reference: hold.Reference}, processor.Absent, "", 0},
		{"a key nobody used", wire.PaymentParams{Key: "x", Operation: "authorize", Reference: hold.Reference}, processor.Absent, "", 0},
		{"the badge", wire.PaymentParams{Key: "no", Operation: "authorize"}, processor.Declined, "", 0},
	} {
		got, err := r.one(t, processor.Lookup, c.q)
		if err != nil || got.State != c.state || got.Reference != c.reference || got.Minor != c.minor {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
	}
	var state string
	r.p.Call(processor.Lookup, wire.PaymentParams{Key: "slow"}, func(a wire.PaymentResult, _ error) { state = a.State })
	r.tl.RunTo(r.tl.Now().Add(processor.Latency / 2))
	r.p.Call(processor.Authorize, euros("slow", "tok", "", 5), func(wire.PaymentResult, error) {})
	r.tl.RunTo(r.tl.Now().Add(processor.Latency / 2))
	if state != processor.Pending {
		t.Errorf("a movement under way is %q", state)
	}
}

// TestRestore: a processor on an old ledger knows keys, amounts and states.
func TestRestore(t *testing.T) {
	r := newRig(processor.Options{})
	hold, _ := r.one(t, processor.Authorize, euros("k", "tok", "", 1000))
	other, _ := r.one(t, processor.Authorize, euros("k2", "tok2", "", 1000))
	_, _ = r.one(t, processor.Capture, euros("c", "", hold.Reference, 600))
	_, _ = r.one(t, processor.Void, wire.PaymentParams{Key: "v", Session: "s", Reference: other.Reference})
	n := newRig(processor.Options{})
	n.tl.RunTo(r.tl.Now())
	for _, e := range r.entries {
		if err := n.p.Restore(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		op   string
		q    wire.PaymentParams
		code fault.Code
	}{
		{processor.Authorize, euros("k", "tok", "", 1000), fault.None},
		{processor.Authorize, euros("k", "tok", "", 999), fault.Invalid},
		{processor.Capture, euros("c", "", hold.Reference, 600), fault.None},
		{processor.Capture, euros("c9", "", hold.Reference, 1), fault.Refused},
		{processor.Void, wire.PaymentParams{Key: "v", Session: "s", Reference: other.Reference}, fault.None},
		{processor.Capture, euros("c10", "", other.Reference, 1), fault.Refused},
	} {
		if _, err := n.one(t, c.op, c.q); fault.CodeOf(err) != c.code || len(n.entries) != 0 {
			t.Errorf("%s %s: %v with %d new lines; want %v with none", c.op, c.q.Key, err, len(n.entries), c.code)
		}
	}
	again, err := n.one(t, processor.Authorize, euros("k", "tok", "", 1000))
	if err != nil || again.Reference != hold.Reference || again.ExpiresUS != hold.ExpiresUS {
		t.Errorf("the hold is now %+v, it was %+v", again, hold)
	}
	if err := n.p.Restore(processor.Entry{At: "yesterday"}); err == nil {
		t.Error("an entry without a time was taken")
	}
}

// TestFaults: whatever goes astray, asking again under the same key comes to a
// definite answer within some attempts, and moves once.
func TestFaults(t *testing.T) {
	r := newRig(processor.Options{Seed: 3, Faults: true, DeclinePPM: 100_000})
	kinds := make(map[string]int)
	var declined int
	for i := range 500 {
		q := euros(fmt.Sprintf("k%d", i), fmt.Sprintf("tok%d", i), "", 1000)
		before := len(r.entries)
		attempts := 0
		for definite := false; !definite; {
			if attempts++; attempts > 5 {
				t.Fatalf("%s comes to no end", q.Key)
			}
			_, errs := r.call(processor.Authorize, q)
			if len(errs) == 0 {
				kinds[fmt.Sprintf("no answer, %d lines", len(r.entries)-before)]++
			}
			for n, err := range errs {
				code := fault.CodeOf(err)
				kinds[fmt.Sprintf("answer %d: %v", n+1, code)]++
				definite = code == fault.None || code == fault.Refused
				if code == fault.Refused {
					declined++
				}
			}
		}
		moved := len(r.entries) - before
		found, err := r.one(t, processor.Lookup, wire.PaymentParams{Key: q.Key, Operation: "authorize"})
		for err != nil {
			found, err = r.one(t, processor.Lookup, wire.PaymentParams{Key: q.Key, Operation: "authorize"})
		}
		if want := map[string]int{processor.Done: 1, processor.Declined: 0}[found.State]; moved != want || found.State == processor.Absent {
			t.Errorf("%s is %s and moved %d times", q.Key, found.State, moved)
		}
	}
	t.Log(kinds, declined, "declined")
	for _, k := range []string{"no answer, 0 lines", "no answer, 1 lines", "answer 1: none", "answer 2: none", "answer 1: unknown", "answer 1: unavailable"} {
		if kinds[k] == 0 {
			t.Errorf("%q never happened", k)
		}
	}
	if declined < 25 || declined > 90 {
		t.Errorf("%d of 500 cards declined at 10 %%", declined)
	}
}

// TestLedgerFails: what can't be written did not happen, and all must stop.
func TestLedgerFails(t *testing.T) {
	r := newRig(processor.Options{})
	r.broken = errors.New("disk full")
	if _, err := r.one(t, processor.Authorize, euros("k", "tok", "", 1000)); fault.CodeOf(err) != fault.Unknown || r.failed == nil {
		t.Errorf("answered %v, failed with %v", err, r.failed)
	}
	r.broken = nil
	if got, _ := r.one(t, processor.Lookup, wire.PaymentParams{Key: "k"}); got.State != processor.Absent {
		t.Errorf("an unwritten movement is %s", got.State)
	}
}
