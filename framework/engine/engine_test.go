package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var morning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

const (
	reader = "credential_reader.palm"
	shelf  = "weight_shelf.cooler"
)

func testStore() storedef.Store {
	return storedef.Store{
		Name: "test", Currency: "EUR", Timezone: "UTC",
		Zones: []storedef.Zone{{Address: "zone.entrance"}},
		Devices: []storedef.Device{
			{Address: reader, Class: storedef.ClassCredentialReader, Serves: []string{"gate.north"}},
			{Address: "gate.north", Class: storedef.ClassGate, Zones: []string{"zone.entrance"}, Role: storedef.RoleBoth},
			{Address: "payment.cards", Class: storedef.ClassPayment},
			{Address: shelf, Class: storedef.ClassWeightShelf, Bays: []storedef.Bay{{Number: 1, Address: shelf + ".bay[1]"}}},
		},
		Entry:       storedef.Entry{AdmitWithin: 20 * time.Second, MaxStay: 30 * time.Minute, MaxParty: 4, MinQuality: 900_000},
		Attribution: storedef.Attribution{Window: 1500 * time.Millisecond, Grace: 3 * time.Second, ChargeAbove: 990_000, ReviewAbove: 600_000, SeveralUnits: storedef.DefaultSeveralUnits},
		Settlement:  storedef.Settlement{Processor: "payment.cards", Hold: money.New(3000, "EUR")},
		Receipt:     storedef.Receipt{ReviewWithin: 30 * time.Minute, Rounding: money.HalfUp},
	}
}

// rig is an engine with its journal and clock, and what it gave away.
type rig struct {
	t       *testing.T
	journal journal.Journal
	clock   *clock.Manual
	work    *clock.Work
	engine  *Engine
	stop    func() error

	mu   sync.Mutex
	acks []string
	asks []string
}

// spy is a journal that says what it is asked to write.
type spy struct {
	journal.Journal
	before func([]journal.Draft) error
}

func (s *spy) Append(at []journal.Draft) ([]journal.Entry, error) {
	if s.before != nil {
		if err := s.before(at); err != nil {
			return nil, err
		}
	}
	return s.Journal.Append(at)
}

func newRig(t *testing.T, j journal.Journal, c *clock.Manual) *rig {
	r := &rig{t: t, journal: j, clock: c, work: &clock.Work{}}
	r.engine = New(Options{
		Journal: j, Clock: c, Work: r.work, SnapshotEvery: 40,
		Ack: func(device string, epoch, seq uint64) { r.note(&r.acks, fmt.Sprintf("%s@%d:%d", device, epoch, seq)) },
		Ask: func(a event.Ask, again bool) {
			r.note(&r.asks, fmt.Sprintf("%s %s again=%v", a.Operation, a.Key, again))
		},
		EntryClosed: func(reason string) { r.note(&r.asks, "closed") },
	})
	return r
}

func (r *rig) note(list *[]string, s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, s)
}

func (r *rig) noted(list *[]string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(*list)
}

// start recovers and runs.
func (r *rig) start() *rig {
	r.t.Helper()
	if err := r.engine.Recover(testStore(), "digest"); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.engine.Run(ctx) }()
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	r.t.Cleanup(func() { _ = r.stop() })
	return r
}

// settle waits until the engine has dealt with everything.
func (r *rig) settle() {
	r.t.Helper()
	if _, err := r.work.Quiet(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) put(in event.Input) {
	r.t.Helper()
	var err error
	switch in := in.(type) {
	case event.Evidence:
		err = r.engine.Evidence(r.t.Context(), []event.Evidence{in})
	case event.DeviceStatus:
		err = r.engine.DeviceStatus(r.t.Context(), in)
	case event.Answer:
		err = r.engine.Answer(r.t.Context(), in)
	default:
		r.t.Fatalf("put %T", in)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) records() []event.Record {
	r.t.Helper()
	var out []event.Record
	if err := Each(r.journal, 1, func(rec event.Record) error { out = append(out, rec); return nil }); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func weight(seq uint64, at time.Time) event.Evidence {
	return event.Evidence{Device: shelf, Serial: observe.Serial{Epoch: 7, Seq: seq}, Observed: observe.Weight{
		Interval: observe.At(at), Bay: 1, Mass: measure.Mass(seq) * measure.Gram, Deviation: measure.Gram}}
}

func tap(seq uint64, token string, at time.Time) event.Evidence {
	return event.Evidence{Device: reader, Serial: observe.Serial{Epoch: 9, Seq: seq}, Observed: observe.Credential{
		Interval: observe.At(at), Token: token, Method: observe.MethodPalm, Quality: 999_000, Bodies: 1}}
}

func ready(device string) event.DeviceStatus {
	return event.DeviceStatus{Device: device, Epoch: 7, State: event.StateReady}
}

func TestAcknowledgesOnlyWhatIsDurable(t *testing.T) {
	j := &spy{Journal: journal.Memory()}
	r := newRig(t, j, clock.NewManual(morning))
	var early []string
	j.before = func([]journal.Draft) error { early = append(early, r.noted(&r.acks)...); return nil }
	r.start()
	r.put(weight(1, morning))
	r.settle()
	if len(early) != 0 {
		t.Errorf("acknowledged before the journal had it: %v", early)
	}
	if got := r.noted(&r.acks); !slices.Equal(got, []string{shelf + "@7:1"}) {
		t.Errorf("acknowledged %v", got)
	}
}

func TestFailedJournalStopsAndTellsNobody(t *testing.T) {
	full := errors.New("the disk is gone")
	j := &spy{Journal: journal.Memory()}
	r := newRig(t, j, clock.NewManual(morning)).start()
	r.settle()
	j.before = func([]journal.Draft) error { return full }
	r.put(tap(1, "tok", morning))
	if err := r.stop(); !errors.Is(err, full) {
		t.Errorf("Run says %v", err)
	}
	if len(r.noted(&r.acks)) != 0 || len(r.noted(&r.asks)) != 0 {
		t.Errorf("acknowledged %v, asked %v although nothing was written", r.acks, r.asks)
	}
	if err := r.engine.Evidence(t.Context(), []event.Evidence{weight(1, morning)}); !errors.Is(err, ErrStopped) {
		t.Errorf("a stopped engine says %v", err)
	}
}

func TestAsksAreDurableBeforeTheyAreSent(t *testing.T) {
	j := &spy{Journal: journal.Memory()}
	r := newRig(t, j, clock.NewManual(morning))
	var early []string
	asked := false
	j.before = func(at []journal.Draft) error {
		early = append(early, r.noted(&r.asks)...)
		for _, d := range at {
			asked = asked || bytes.Contains(d.Body, []byte(`"kind":"asked"`))
		}
		return nil
	}
	r.start()
	r.put(ready("gate.north"))
	r.put(ready("payment.cards"))
	r.put(ready("gate.north"))
	r.put(tap(1, "tok", morning))
	r.settle()
	if len(early) != 0 || !asked {
		t.Errorf("sent before the journal had it: %v; written: %v", early, asked)
	}
	if got := r.noted(&r.asks); len(got) != 1 || !strings.HasPrefix(got[0], "authorize ") {
		t.Errorf("asked %v", got)
	}
}

// What waits together is written together, in as few groups as the committer has
// time for, answers first, and no device's flood keeps another waiting.
func TestGroupsAreFairAndBounded(t *testing.T) {
	var groups [][]string
	j := &spy{Journal: journal.Memory()}
	r := newRig(t, j, clock.NewManual(morning))
	if err := r.engine.Recover(testStore(), "digest"); err != nil {
		t.Fatal(err)
	}
	j.before = func(at []journal.Draft) error {
		var g []string
		for _, d := range at {
			rec, err := event.DecodeRecord(d.Body)
			if err != nil {
				return err
			}
			name := event.InputName(rec.Input)
			if e, ok := rec.Input.(event.Evidence); ok {
				name = e.Device
			}
			g = append(g, name)
		}
		groups = append(groups, g)
		return nil
	}
	for n := range uint64(MaxGroup + 1) {
		r.put(weight(n+1, morning))
	}
	r.put(tap(1, "tok", morning))
	r.put(event.Answer{ID: "nobody asked", Outcome: event.OutcomeDone})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.engine.Run(ctx) }()
	r.settle()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	sizes := lengths(groups)
	if len(slices.Concat(groups...)) != MaxGroup+3 || slices.Max(sizes) > MaxGroup || sizes[0] < enough || len(sizes) > MaxGroup/enough+2 {
		t.Fatalf("groups of %d", sizes)
	}
	if groups[0][0] != "answer" || !slices.Contains(groups[0][:3], reader) {
		t.Errorf("the first group begins with %v", groups[0][:4])
	}
}

func lengths(groups [][]string) []int {
	var out []int
	for _, g := range groups {
		out = append(out, len(g))
	}
	return out
}

func TestFullQueueHoldsItsDeviceBack(t *testing.T) {
	r := newRig(t, journal.Memory(), clock.NewManual(morning))
	for n := range uint64(MaxQueue) {
		r.put(weight(n+1, morning))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.engine.Evidence(ctx, []event.Evidence{weight(MaxQueue+1, morning)}); !errors.Is(err, context.Canceled) {
		t.Errorf("one report too many: %v", err)
	}
	r.put(tap(1, "tok", morning)) // another device is not held back
	if busy, _ := r.work.Now(); busy != MaxQueue+1 {
		t.Errorf("%d in hand", busy)
	}
	r.engine.in.end()
}

// The time of records never goes back, whatever the clock does, and what time
// brings about happens at its own instant.
func TestTimeNeverGoesBack(t *testing.T) {
	j := journal.Memory()
	r := newRig(t, j, clock.NewManual(morning.Add(time.Hour))).start()
	r.put(weight(1, morning))
	r.settle()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	again := newRig(t, j, clock.NewManual(morning)).start() // the clock was set back
	again.put(ready("gate.north"))
	again.put(ready("payment.cards"))
	again.put(tap(1, "tok", morning.Add(time.Hour)))
	again.settle()
	again.clock.Advance(morning.Add(2 * time.Hour))
	again.settle()
	var last time.Time
	expired := false
	for _, rec := range again.records() {
		if rec.At.Before(last) {
			t.Errorf("record %d is of %s, after %s", rec.Seq, rec.At, last)
		}
		last = rec.At
		for _, f := range rec.Facts {
			if f, ok := f.(event.EntryRefused); ok {
				expired = true
				if want := morning.Add(time.Hour + 20*time.Second); !rec.At.Equal(want) || !f.At.Equal(want) {
					t.Errorf("the session expired at %s and not at %s", rec.At, want)
				}
			}
		}
	}
	if !expired {
		t.Error("the session never expired")
	}
}

// Idle time leaves nothing in the journal.
func TestIdleTimeIsNotWritten(t *testing.T) {
	r := newRig(t, journal.Memory(), clock.NewManual(morning)).start()
	r.settle()
	before := len(r.records())
	for n := range 5 {
		r.clock.Advance(morning.Add(time.Duration(n) * time.Minute))
		r.engine.in.signal()
		r.settle()
	}
	if got := r.records(); len(got) != before {
		t.Errorf("%d records became %d", before, len(got))
	}
}

// Recovery gives the state that was lost, byte for byte, with and without a
// snapshot, and asks without an answer go out again under the same keys.
func TestRecoveryEqualsMemory(t *testing.T) {
	j := journal.Memory()
	r := newRig(t, j, clock.NewManual(morning)).start()
	r.put(ready("gate.north"))
	r.put(ready("payment.cards"))
	r.put(ready("gate.north"))
	for n := range uint64(100) {
		r.put(weight(n+1, morning.Add(time.Duration(n)*time.Second)))
		if n%10 == 0 {
			r.put(tap(n+1, fmt.Sprintf("tok-%d", n), morning.Add(time.Duration(n)*time.Second)))
		}
		r.clock.Advance(morning.Add(time.Duration(n) * time.Second))
		r.settle()
	}
	asked := r.noted(&r.asks)
	// The engine is idle: its state is read here as nobody may while it works.
	lost := encode(t, r.engine.state)
	pending := len(r.engine.state.Pending())
	seq, _, ok, err := j.LatestSnapshot()
	if err != nil || !ok || seq == r.engine.head {
		t.Fatalf("the newest snapshot is at %d of %d, %v: this tests too little", seq, r.engine.head, err)
	}
	back, err := Rebuild(j)
	if err != nil {
		t.Fatal(err)
	}
	if got := encode(t, back.State); !bytes.Equal(got, lost) {
		t.Errorf("recovered\n%s\nlost\n%s", got, lost)
	}
	scratch := core.New()
	for _, rec := range r.records() {
		for _, f := range rec.Facts {
			scratch.Apply(f)
		}
	}
	if got := encode(t, scratch); !bytes.Equal(got, lost) {
		t.Errorf("folded from the first record\n%s\nlost\n%s", got, lost)
	}
	// What a killed host leaves: no clean stop, and another engine.
	again := newRig(t, j, clock.NewManual(r.clock.Now().Add(time.Second))).start()
	again.settle()
	resent := again.noted(&again.asks)
	if len(resent) != pending || pending == 0 {
		t.Errorf("%d asks were pending, sent again: %v", pending, resent)
	}
	for _, a := range resent {
		if was, ok := strings.CutSuffix(a, " again=true"); !ok || !slices.Contains(asked, was+" again=false") {
			t.Errorf("%q was never asked so before", a)
		}
	}
}

func encode(t *testing.T, s *core.State) []byte {
	t.Helper()
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCleanStopLeavesASnapshotOfTheHead(t *testing.T) {
	j := journal.Memory()
	r := newRig(t, j, clock.NewManual(morning)).start()
	r.put(weight(1, morning))
	r.settle()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	head, _ := j.Head()
	seq, b, ok, err := j.LatestSnapshot()
	if err != nil || !ok || seq != head || !bytes.Equal(b, encode(t, r.engine.state)) {
		t.Errorf("snapshot at %d of %d, %v", seq, head, err)
	}
}

func TestDefinitions(t *testing.T) {
	j := journal.Memory()
	salt := func(s storedef.Store, digest string) (string, int, error) {
		r := newRig(t, j, clock.NewManual(morning))
		err := r.engine.Recover(s, digest)
		if err != nil {
			return "", 0, err
		}
		return r.engine.state.Definition.Salt, int(r.engine.head), nil
	}
	first, n, err := salt(testStore(), "one")
	if err != nil || first == "" || n != 1 {
		t.Fatalf("%q, %d records, %v", first, n, err)
	}
	// Each host that goes on with the journal says so in a record.
	if again, n, err := salt(testStore(), "one"); err != nil || again != first || n != 2 {
		t.Errorf("the same definition: %q, %d records, %v", again, n, err)
	}
	if again, n, err := salt(testStore(), "two"); err != nil || again != first || n != 4 {
		t.Errorf("another definition: %q, %d records, %v", again, n, err)
	}
	other := testStore()
	other.Name = "lisbon_12"
	if _, _, err := salt(other, "three"); err == nil || !strings.Contains(err.Error(), `"test"`) || !strings.Contains(err.Error(), `"lisbon_12"`) {
		t.Errorf("another store: %v", err)
	}
}

func TestFloorIsTheNewestEpoch(t *testing.T) {
	r := newRig(t, journal.Memory(), clock.NewManual(morning)).start()
	r.put(weight(1, morning))
	r.put(event.DeviceStatus{Device: "gate.north", Epoch: 12, State: event.StateReady})
	r.put(tap(1, "tok", morning))
	r.settle()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if got := r.engine.Floor(); got != 12 {
		t.Errorf("Floor() = %d", got)
	}
}

// A group is flushed before it has more bytes than the journal takes at once.
func TestGroupsAreBoundedInBytes(t *testing.T) {
	var sizes []int
	j := &spy{Journal: journal.Memory(), before: func(at []journal.Draft) error {
		sizes = append(sizes, len(at))
		return nil
	}}
	r := newRig(t, j, clock.NewManual(morning))
	g := &group{engine: r.engine}
	large := strings.Repeat("x", journal.MaxBody-1024)
	fit := journal.MaxGroupBytes / journal.MaxBody
	for range fit + 1 {
		if err := g.draft(event.Record{At: morning, Input: event.Time{}, Facts: []event.Fact{event.Quarantined{Panic: large}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.flush(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(sizes, []int{fit, 1}) {
		t.Errorf("groups of %d records", sizes)
	}
}
