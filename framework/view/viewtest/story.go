package viewtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
)

// Start is when the story begins: half past nine in the morning in Lisbon.
var Start = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// The ids of the story's receipts.
const (
	PlainReceipt     = "q7m2xk4vtc9dhw5r8pfz3jn6ab"
	CorrectedReceipt = "z3h8wq5nr2kd7vx4tj9mc6pfya"
	PendingReceipt   = "v5t9pk2xw7hq4nd8rm3zc6jfbe"
)

// Teller writes records one after another.
type Teller struct {
	Records []event.Record
	at      time.Time
}

// Continue goes on after records.
func Continue(records []event.Record) *Teller {
	return &Teller{Records: slices.Clone(records), at: records[len(records)-1].At}
}

// At is the time of the next record.
func (t *Teller) At() time.Time { return t.at }

// Later lets time pass.
func (t *Teller) Later(d time.Duration) { t.at = t.at.Add(d) }

// Tell writes a record with these facts.
func (t *Teller) Tell(facts ...event.Fact) {
	if t.at.IsZero() {
		t.at = Start
	}
	t.Records = append(t.Records, event.Record{Seq: uint64(len(t.Records) + 1), At: t.at, Input: event.Time{}, Facts: facts})
}

// Ref is a report of a device.
func Ref(device string, seq uint64) event.Ref {
	return event.Ref{Device: device, Serial: observe.Serial{Epoch: 1795253400000, Seq: seq}}
}

// Take is a unit or more taken by a session.
func (t *Teller) Take(session string, g gs1.GTIN, n int, bay string) {
	t.Later(9 * time.Second)
	t.Tell(event.Taken{Move: event.Move{Session: session, Bay: bay, GTIN: g, Quantity: n, Span: observe.At(t.at)}})
}

// Enter lets a party in, hold and all.
func (t *Teller) Enter(session string, bodies int, m observe.Method, brand, last4 string) {
	hold := Euro(1500)
	t.Later(11 * time.Second)
	t.Tell(event.SessionOpened{Session: session, Token: "tok_secret_" + session, Method: m, Reader: "credential_reader.door", Gate: "gate.north", Bodies: bodies, At: t.at},
		event.PaymentMoved{Session: session, State: event.PaymentAuthorizing, Due: &hold, At: t.at})
	t.Later(time.Second)
	t.Tell(event.PaymentMoved{Session: session, State: event.PaymentHeld, Held: &hold, Brand: brand, Last4: last4, At: t.at},
		event.AdmissionGiven{Session: session, Admission: session, Gate: "gate.north", Bodies: bodies, Expires: t.at.Add(20 * time.Second)})
	for range bodies {
		t.Later(2 * time.Second)
		t.Tell(event.BodyEntered{Session: session, Admission: session, Gate: "gate.north", Span: observe.At(t.at)})
	}
}

// Leave lets n bodies out, and ends the visit where end is set.
func (t *Teller) Leave(session string, n int, end bool) {
	for range n {
		t.Later(3 * time.Second)
		t.Tell(event.BodyLeft{Session: session, Gate: "gate.north", Span: observe.At(t.at)})
	}
	if end {
		t.Tell(event.SessionEnded{Session: session, Ending: event.EndedLeft, At: t.at})
	}
}

// Story is the morning.
func Story() []event.Record {
	t := &Teller{at: Start}
	t.Tell(event.Adopted{Definition: event.Definition{Store: Store(), Digest: "d1"}})
	for _, d := range Store().Devices {
		t.Later(200 * time.Millisecond)
		t.Tell(event.DeviceChanged{Device: d.Address, State: event.StateReady, Epoch: 1, At: t.at})
	}
	corrected(t)
	plain(t)
	t.Tell(event.DeviceChanged{Device: "camera.ceiling", State: event.StateDegraded, Cause: "2 of 8 views are dark", At: t.at},
		event.Lost{Device: "camera.ceiling", Gap: event.Gap{Lost: 3}, At: t.at})
	pending(t)
	inside(t)
	return t.Records
}

func corrected(t *Teller) {
	t.Later(time.Minute)
	t.Enter("sess-a", 1, observe.MethodCard, "visa", "4242")
	t.Take("sess-a", Cola, 2, "weight_shelf.cooler_top.bay[2]")
	t.Leave("sess-a", 1, true)
	r := Receipt("sess-a", CorrectedReceipt, t.at)
	until := t.at.Add(30 * time.Minute)
	r.Pending = []event.PendingLine{{GTIN: Honey, Quantity: 1, Doubt: "doubt-1", Reason: "two hands were at the shelf", Why: []event.Why{
		{Text: "1 perhaps taken from weight_shelf.pantry.bay[1], by weight", At: t.at.Add(-8 * time.Second), Evidence: []event.Ref{Ref("weight_shelf.pantry", 88)}}}}}
	r.PendingUntil = &until
	t.settle(r)
	t.Later(5 * time.Minute)
	r.Version, r.Dropped, r.Pending, r.PendingUntil = 3, r.Pending, []event.PendingLine{}, nil
	t.Tell(event.ReceiptIssued{Receipt: r}, event.SessionClosed{Session: "sess-a", At: t.at})
}

func plain(t *Teller) {
	t.Enter("sess-b", 1, observe.MethodPalm, "mastercard", "5454")
	t.Leave("sess-b", 1, true)
	total := Euro(0)
	t.Tell(event.CartFrozen{Session: "sess-b", At: t.at}, event.PaymentMoved{Session: "sess-b", State: event.PaymentVoiding, At: t.at})
	t.Tell(event.PaymentMoved{Session: "sess-b", State: event.PaymentVoided, At: t.at},
		event.ReceiptIssued{Receipt: event.Receipt{ID: PlainReceipt, Version: 1, Session: "sess-b", Credential: "tok_secret_sess-b", Store: "corner",
			Opened: t.at.Add(-40 * time.Second), Closed: t.at, Ending: event.EndedLeft, Total: total, Payment: event.PaymentVoided, Brand: "mastercard", Last4: "5454"}},
		event.SessionClosed{Session: "sess-b", At: t.at})
}

func pending(t *Teller) {
	t.Enter("sess-c", 2, observe.MethodBadge, "visa", "1881")
	t.Take("sess-c", Cola, 2, "weight_shelf.cooler_top.bay[2]")
	t.Leave("sess-c", 2, true)
	r := Receipt("sess-c", PendingReceipt, t.at)
	until := t.at.Add(30 * time.Minute)
	r.Pending = []event.PendingLine{
		{GTIN: Honey, Quantity: 1, Doubt: "doubt-2", Reason: "only its tag was seen leaving", Why: []event.Why{
			{Text: "its tag 3034257BF7194E4000001A85 went out with the party", At: t.at, Evidence: []event.Ref{Ref("rfid_reader.lane", 412)}}}},
		{Quantity: 1, Doubt: "doubt-3", Reason: "several people were near and no hand was seen"},
	}
	r.PendingUntil = &until
	t.settle(r)
}

// settle closes the cart of a session, captures and issues its receipt.
func (t *Teller) settle(r event.Receipt) {
	f := event.CartFrozen{Session: r.Session, At: t.at, Pending: r.Pending}
	for _, l := range r.Lines {
		f.Lines = append(f.Lines, event.CartLine{GTIN: l.GTIN, Quantity: l.Quantity, Why: l.Why})
	}
	t.Later(3 * time.Second)
	first := r
	first.Payment, first.Captured = event.PaymentCapturing, nil
	t.Tell(f, event.PaymentMoved{Session: r.Session, State: event.PaymentCapturing, Due: &r.Total, At: t.at}, event.ReceiptIssued{Receipt: first})
	r.Version = 2
	t.Later(time.Second)
	t.Tell(event.PaymentMoved{Session: r.Session, State: event.PaymentCaptured, Captured: &r.Total, At: t.at}, event.ReceiptIssued{Receipt: r})
}

// Receipt is a receipt over two products, closed at a time.
func Receipt(session, id string, at time.Time) event.Receipt {
	total := Euro(709)
	return event.Receipt{
		ID: id, Version: 1, Session: session, Credential: "tok_secret_" + session, Store: "corner",
		Opened: at.Add(-4 * time.Minute), Closed: at, Ending: event.EndedLeft,
		Lines: []event.SaleLine{
			{GTIN: Cola, Title: "Cola 330 ml", Quantity: 2, Unit: Euro(180), Amount: Euro(360), Tax: "standard", Why: []event.Why{
				{Text: "1 taken from weight_shelf.cooler_top.bay[2], by weight and interaction", At: at.Add(-50 * time.Second),
					Evidence: []event.Ref{Ref("weight_shelf.cooler_top", 214), Ref("camera.ceiling", 903)}},
				{Text: "1 taken from weight_shelf.cooler_top.bay[2], by weight and presence", At: at.Add(-30 * time.Second),
					Evidence: []event.Ref{Ref("weight_shelf.cooler_top", 217)}}}},
			{GTIN: Oats, Title: "Rolled oats, wholegrain, organic, from the Alentejo, 500 g", Quantity: 1, Unit: Euro(349), Amount: Euro(349), Tax: "reduced", Why: []event.Why{
				{Text: "1 taken from weight_shelf.pantry.bay[4], by weight and interaction", At: at.Add(-20 * time.Second),
					Evidence: []event.Ref{Ref("weight_shelf.pantry", 61), Ref("camera.ceiling", 921)}}}},
		},
		Pending: []event.PendingLine{},
		Taxes: []event.TaxLine{{Name: "reduced", Rate: 60_000, Gross: Euro(349), Tax: Euro(20)},
			{Name: "standard", Rate: 230_000, Gross: Euro(360), Tax: Euro(67)}},
		Total: total, Payment: event.PaymentCaptured, Captured: &total, Brand: "visa", Last4: "4242",
	}
}

// inside leaves several visits at their several stages.
func inside(t *Teller) {
	t.Later(time.Minute)
	t.Enter("sess-d", 2, observe.MethodPalm, "visa", "0077")
	t.Take("sess-d", Cola, 1, "weight_shelf.cooler_top.bay[2]")
	t.Take("sess-d", Water, 3, "weight_shelf.cooler_top.bay[1]")
	t.Take("sess-d", Oats, 1, "weight_shelf.pantry.bay[4]")
	t.Enter("sess-e", 1, observe.MethodCode, "mastercard", "5454")
	t.Take("sess-e", Sardines, 1, "weight_shelf.pantry.bay[2]")
	t.Tell(event.Returned{Move: event.Move{Session: "sess-e", Bay: "weight_shelf.pantry.bay[2]", GTIN: Sardines, Quantity: 1, Span: observe.At(t.at)}},
		event.Doubted{ID: "doubt-4", Sessions: []string{"sess-d", "sess-e"}, Bay: "weight_shelf.pantry.bay[1]", Reason: "two hands were at the shelf",
			Candidates: []event.DoubtCandidate{{GTIN: Honey, Quantity: 1, Probability: 700_000}}, Span: observe.At(t.at)})
	t.Enter("sess-f", 1, observe.MethodCard, "visa", "4242")
	t.Take("sess-f", Water, 1, "weight_shelf.cooler_top.bay[1]")
	t.Leave("sess-f", 1, true)
	t.Tell(event.SessionOpened{Session: "sess-g", Token: "staff", Method: observe.MethodBadge, Reader: "credential_reader.door", Gate: "gate.north", Bodies: 1, Staff: true, At: t.at},
		event.AdmissionGiven{Session: "sess-g", Admission: "sess-g", Gate: "gate.north", Bodies: 1})
	t.Tell(event.BodyEntered{Session: "sess-g", Admission: "sess-g", Gate: "gate.north", Span: observe.At(t.at)},
		event.Restocked{Session: "sess-g", Bay: "weight_shelf.pantry.bay[2]", GTIN: Sardines, Quantity: 6})
	t.Later(4 * time.Second)
	t.Tell(event.EntryRefused{Reader: "credential_reader.door", Code: "unclear", Message: "This could not be read. Please try again.", At: t.at})
	t.Tell(event.DeviceChanged{Device: "weight_shelf.pantry", State: event.StateOffline, Cause: "connection lost; opening again in 4 s", At: t.at})
	hold := Euro(1500)
	t.Tell(event.SessionOpened{Session: "sess-h", Token: "tok_secret_sess-h", Method: observe.MethodPalm, Reader: "credential_reader.door", Gate: "gate.north", Bodies: 3, At: t.at},
		event.PaymentMoved{Session: "sess-h", State: event.PaymentAuthorizing, Due: &hold, At: t.at})
}

// Append writes records at the end of a journal.
func Append(tb testing.TB, j journal.Journal, records ...event.Record) {
	tb.Helper()
	for group := range slices.Chunk(records, journal.MaxGroup) {
		drafts := make([]journal.Draft, len(group))
		for i, r := range group {
			body, err := event.EncodeRecord(r)
			if err != nil {
				tb.Fatal(err)
			}
			drafts[i] = journal.Draft{At: r.At, Body: body}
		}
		if _, err := j.Append(drafts); err != nil {
			tb.Fatal(err)
		}
	}
}

// View is a view that follows j and has caught up with it. It ends with the
// test, which waits for it.
func View(tb testing.TB, j journal.Journal) *view.View {
	tb.Helper()
	v := view.New(j)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("the view ended: %v", err)
		}
	})
	head, _ := j.Head()
	if err := v.Wait(context.Background(), head); err != nil {
		tb.Fatal(err)
	}
	return v
}
