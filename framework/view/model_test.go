package view_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

func fold(records ...event.Record) *view.Snapshot {
	m := view.NewModel()
	for _, r := range records {
		m.Apply(r)
	}
	return m.Snapshot()
}

func session(t *testing.T, s *view.Snapshot, id string) view.Session {
	t.Helper()
	for _, v := range s.Sessions {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("session %s is not open", id)
	return view.Session{}
}

// started is a store with a visit that is inside.
func started() *viewtest.Teller {
	t := &viewtest.Teller{}
	t.Tell(event.Adopted{Definition: event.Definition{Store: viewtest.Store()}})
	t.Enter("s1", 2, observe.MethodPalm, "visa", "4242")
	return t
}

func move(q int) event.Move {
	return event.Move{Session: "s1", Bay: "weight_shelf.pantry.bay[1]", GTIN: viewtest.Cola, Quantity: q}
}

func TestCart(t *testing.T) {
	taken := func(n int) event.Fact { return event.Taken{Move: move(n)} }
	returned := func(n int) event.Fact { return event.Returned{Move: move(n)} }
	doubted := func(n int, put bool) event.Fact {
		return event.Doubted{ID: "d", Sessions: []string{"s1"}, Put: put, Reason: "r", Candidates: []event.DoubtCandidate{{GTIN: viewtest.Cola, Quantity: n}}}
	}
	tag := func(epc string, sessions ...string) event.Fact {
		return event.TagLeft{EPC: epc, GTIN: viewtest.Cola, Sessions: sessions}
	}
	for _, c := range []struct {
		name           string
		facts          []event.Fact
		units, pending int
	}{
		{"nothing", nil, 0, 0},
		{"take", []event.Fact{taken(2)}, 2, 0},
		{"take and put back one", []event.Fact{taken(2), returned(1)}, 1, 0},
		{"take and put back", []event.Fact{taken(2), returned(2)}, 0, 0},
		{"put back more than was taken", []event.Fact{taken(1), returned(3)}, 0, 0},
		{"then take again", []event.Fact{taken(1), returned(3), taken(1)}, 1, 0},
		{"perhaps taken", []event.Fact{doubted(1, false)}, 0, 1},
		{"perhaps taken, put back", []event.Fact{doubted(1, false), returned(1)}, 0, 0},
		{"perhaps two taken, one put back", []event.Fact{doubted(2, false), returned(1)}, 0, 1},
		{"perhaps put back", []event.Fact{taken(1), doubted(1, true)}, 1, 1},
		{"a perhaps put back is no taking", []event.Fact{doubted(1, true), returned(1)}, 0, 1},
		{"something unnamed", []event.Fact{event.Doubted{ID: "d", Sessions: []string{"s1"}}}, 0, 1},
		{"tags and shelves are not added", []event.Fact{taken(2), tag("A", "s1"), tag("B", "s1")}, 2, 0},
		{"more tags than shelves say", []event.Fact{taken(1), tag("A", "s1"), tag("B", "s1")}, 2, 0},
		{"a tag twice", []event.Fact{tag("A", "s1"), tag("A", "s1")}, 1, 0},
		{"a tag of one of two", []event.Fact{tag("A", "s1", "s2")}, 0, 0},
		{"the closed cart decides", []event.Fact{taken(2), event.CartFrozen{Session: "s1", Lines: []event.CartLine{{GTIN: viewtest.Cola, Quantity: 3}},
			Pending: []event.PendingLine{{Quantity: 1}}}}, 3, 1},
		{"after it nothing counts", []event.Fact{event.CartFrozen{Session: "s1"}, taken(1), doubted(1, false), tag("A", "s1")}, 0, 0},
	} {
		tell := started()
		tell.Tell(c.facts...)
		v := session(t, fold(tell.Records...), "s1")
		if v.Units != c.units || len(v.Pending) != c.pending || v.Total != viewtest.Euro(180*int64(c.units)) {
			t.Errorf("%s: %d units over %v, %d pending; want %d and %d", c.name, v.Units, v.Total, len(v.Pending), c.units, c.pending)
		}
	}
}

func TestStages(t *testing.T) {
	tell := &viewtest.Teller{}
	var got []string
	step := func(facts ...event.Fact) {
		tell.Tell(facts...)
		for _, v := range fold(tell.Records...).Sessions {
			got = append(got, fmt.Sprintf("%s %d", v.Stage, v.Party.Inside()))
		}
	}
	at := viewtest.Start
	step(event.SessionOpened{Session: "s1", Bodies: 2, At: at})
	step(event.AdmissionGiven{Session: "s1", Bodies: 2})
	step(event.BodyEntered{Session: "s1"})
	step(event.BodyEntered{Session: "s1"})
	step(event.BodyLeft{Session: "s1"}, event.BodyLeft{Session: "s1"})
	step(event.SessionEnded{Session: "s1", Ending: event.EndedLeft, At: at})
	step(event.CartFrozen{Session: "s1", Pending: []event.PendingLine{{Quantity: 1}}}, event.PaymentMoved{Session: "s1", State: event.PaymentCapturing})
	step(event.PaymentMoved{Session: "s1", State: event.PaymentCaptured})
	step(event.ReceiptIssued{Receipt: event.Receipt{ID: "r", Session: "s1"}})
	step(event.SessionClosed{Session: "s1"})
	want := []string{"asking 0", "admitted 0", "inside 1", "inside 2", "inside 0", "left 0", "settling 0", "review 0", "settling 0"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stages\n%q, want\n%q", got, want)
	}
}

func TestTotals(t *testing.T) {
	s := fold(viewtest.Story()...)
	want := view.Totals{Sessions: 7, Open: 6, People: 4, Receipts: 3, Captured: []money.Amount{viewtest.Euro(1418)}, Charged: 2, Voided: 1, Refused: 1, InReview: 1}
	if !reflect.DeepEqual(s.Totals, want) {
		t.Errorf("totals\n%+v, want\n%+v", s.Totals, want)
	}
}

// TestPaymentCountsOnce: a repeat of the same state is no second movement.
func TestPaymentCountsOnce(t *testing.T) {
	tell := started()
	five := viewtest.Euro(500)
	for range 2 {
		tell.Tell(event.PaymentMoved{Session: "s1", State: event.PaymentCaptured, Captured: &five})
	}
	if s := fold(tell.Records...); s.Totals.Charged != 1 || s.Totals.CapturedIn("EUR") != five || s.Totals.CapturedIn("USD") != money.Zero("USD") {
		t.Errorf("totals %+v", s.Totals)
	}
}

// TestSnapshotsStay: what a snapshot holds never changes, whatever follows, and
// the fold of the same records is the same, in one go or record by record.
func TestSnapshotsStay(t *testing.T) {
	m := view.NewModel()
	var kept []*view.Snapshot
	var texts []string
	records := viewtest.Story()
	for _, r := range records {
		m.Apply(r)
		s := m.Snapshot()
		kept, texts = append(kept, s), append(texts, fmt.Sprintf("%+v", s))
	}
	for i, s := range kept {
		if now := fmt.Sprintf("%+v", s); now != texts[i] {
			t.Fatalf("snapshot %d changed:\n%s\n%s", i+1, now, texts[i])
		}
	}
	if again := fold(records...); !reflect.DeepEqual(again, kept[len(kept)-1]) {
		t.Error("another fold of the same records gives another snapshot")
	}
	m.Apply(records[len(records)-1])
	if !reflect.DeepEqual(m.Snapshot(), kept[len(kept)-1]) {
		t.Error("a repeated record changes the snapshot")
	}
}

func TestFactsOfNobody(t *testing.T) {
	tell := &viewtest.Teller{}
	tell.Tell(event.BodyEntered{Session: "x"}, event.BodyLeft{Session: "x"}, event.Taken{Move: event.Move{Session: "x"}}, event.Returned{Move: event.Move{Session: "x"}},
		event.Doubted{Sessions: []string{"x"}}, event.TagLeft{Sessions: []string{"x"}}, event.CartFrozen{Session: "x"}, event.SessionEnded{Session: "x"},
		event.PaymentMoved{Session: "x", State: event.PaymentCaptured}, event.AdmissionGiven{Session: "x"}, event.SessionClosed{Session: "x"})
	if s := fold(tell.Records...); len(s.Sessions) != 0 || s.Totals.Charged != 0 {
		t.Errorf("%+v", s)
	}
}

func TestDevices(t *testing.T) {
	tell := started()
	changed := func(state event.DeviceState, cause string) {
		tell.Later(time.Minute)
		tell.Tell(event.DeviceChanged{Device: "gate.north", State: state, Cause: cause, At: tell.At()})
	}
	changed(event.StateReady, "")
	since := tell.At()
	changed(event.StateReady, "said again")
	tell.Tell(event.Lost{Device: "gate.north", Gap: event.Gap{Lost: 4}}, event.DeviceChanged{Device: "gate.new", State: event.StateFailed})
	store := viewtest.Store()
	store.Devices = store.Devices[1:] // without the camera
	tell.Tell(event.Adopted{Definition: event.Definition{Store: store}})
	s := fold(tell.Records...)
	if d := s.Devices[0]; d.Address != "gate.north" || d.State != event.StateReady || d.Cause != "said again" || !d.Since.Equal(since) || d.Lost != 4 || d.Driver != "acme.speedlane" {
		t.Errorf("%+v", d)
	}
	if len(s.Devices) != len(store.Devices) || s.Devices[1].State != event.StateUnconfigured {
		t.Errorf("%+v", s.Devices)
	}
}

func TestLogIsBounded(t *testing.T) {
	tell := &viewtest.Teller{}
	for i := range 5*view.KeptLines + 3 {
		tell.Tell(event.BodyUnknown{Gate: fmt.Sprintf("gate.%d", i), Direction: observe.DirectionOut})
	}
	s := fold(tell.Records...)
	last := s.Log[len(s.Log)-1]
	if len(s.Log) != view.KeptLines || s.Lines != uint64(len(tell.Records)) || last.Seq != s.Seq || s.Log[0].Seq != s.Seq-view.KeptLines+1 {
		t.Errorf("%d lines from %d to %d of %d", len(s.Log), s.Log[0].Seq, last.Seq, s.Lines)
	}
	if last.Text != "Somebody left by gate.1002 and it can't be told of which visit" {
		t.Errorf("%q", last.Text)
	}
}
