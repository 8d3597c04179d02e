package viewtest

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// The ids of the receipts of Money.
const (
	// WaitingReceipt has a line in doubt and one that waits for an age.
	WaitingReceipt = "w6q2nv8xk4tc9dhb5r7pfz3jma"
	// RefundedReceipt had a line dropped, and one given back.
	RefundedReceipt = "g9d4xk7mtc2vhw5r8pfz3jn6ce"
	// DisputedReceipt has a dispute that staff are to decide.
	DisputedReceipt = "h2t8wq5nr3kd7vx4tj9mc6pfye"
	// OwingReceipt is not paid.
	OwingReceipt = "k5r9pk2xw7hq4nd8tm3zc6jfba"
)

// TellOf writes a record of an input.
func (t *Teller) TellOf(in event.Input, facts ...event.Fact) {
	t.Tell(facts...)
	t.Records[len(t.Records)-1].Input = in
}

// Report writes the record of a report, and gives its name.
func (t *Teller) Report(o observe.Evidence, device string, seq uint64) event.Ref {
	ref := Ref(device, seq)
	t.TellOf(event.Evidence{Device: device, Serial: ref.Serial, Observed: o})
	return ref
}

// Money is a journal of what comes after the sale: lines that wait for staff, a
// refund, disputes, a debt and an alarm, with what each line rests on.
func Money() []event.Record {
	t := &Teller{at: Start}
	t.Tell(event.Adopted{Definition: event.Definition{Store: Store(), Digest: "d1"}})
	for _, d := range Store().Devices {
		t.Tell(event.DeviceChanged{Device: d.Address, State: event.StateReady, Epoch: 1, At: t.at})
	}
	t.Later(time.Minute)
	refunded(t)
	disputed(t)
	owing(t)
	waiting(t)
	return t.Records
}

// shop lets a visit take two colas, each explained, and leave.
func (t *Teller) shop(session, id, brand, last4 string, seq uint64) event.Receipt {
	t.Enter(session, 1, observe.MethodCard, brand, last4)
	opened := t.at
	r := event.Receipt{ID: id, Version: 1, Session: session, Credential: "tok_secret_" + session, Store: "corner", Opened: opened, Ending: event.EndedLeft,
		Brand: brand, Last4: last4, Total: Euro(709), Payment: event.PaymentCaptured}
	cola := event.SaleLine{ID: "1", GTIN: Cola, Title: "Cola 330 ml", Quantity: 2, Unit: Euro(180), Amount: Euro(360), Tax: "standard", TaxPart: Euro(67), Paid: Euro(360)}
	cola.Why = append(cola.Why, t.explained(session, Cola, 1, "weight_shelf.cooler_top", 2, seq, 998_100, &event.Alternative{Session: session, GTIN: Water, Quantity: 1, Probability: 1_400}),
		t.explained(session, Cola, 1, "weight_shelf.cooler_top", 2, seq+1, 996_700, &event.Alternative{Session: "another", GTIN: Cola, Quantity: 1, Probability: 2_900}))
	oats := event.SaleLine{ID: "2", GTIN: Oats, Title: "Rolled oats, wholegrain, organic, from the Alentejo, 500 g", Quantity: 1, Unit: Euro(349), Amount: Euro(349), Tax: "reduced",
		TaxPart: Euro(20), Paid: Euro(349), Why: []event.Why{t.explained(session, Oats, 1, "weight_shelf.pantry", 4, seq, 999_400, &event.Alternative{Probability: 300})}}
	t.Leave(session, 1, true)
	r.Closed, r.Lines, r.Pending = t.at, []event.SaleLine{cola, oats}, []event.PendingLine{}
	r.Taxes = []event.TaxLine{{Name: "reduced", Rate: 60_000, Gross: Euro(349), Tax: Euro(20)}, {Name: "standard", Rate: 230_000, Gross: Euro(360), Tax: Euro(67)}}
	captured := r.Total
	r.Captured = &captured
	return r
}

// explained is a deed with the reports that it rests on.
func (t *Teller) explained(session string, g gs1.GTIN, n int, shelf string, bay int, seq uint64, sure measure.Probability, next *event.Alternative) event.Why {
	t.Later(7 * time.Second)
	at := shelf + ".bay[" + string(rune('0'+bay)) + "]"
	refs := []event.Ref{
		t.Report(observe.Weight{Interval: observe.At(t.at), Bay: bay, Mass: 4 * measure.Kilogram, Deviation: 2 * measure.Gram}, shelf, seq),
		t.Report(observe.Interaction{Interval: observe.At(t.at), Track: "t1", At: at, Action: observe.ActionTake, Confidence: 990_000, Quantity: n}, "camera.ceiling", 10*seq+uint64(bay)),
	}
	t.Tell(event.Taken{Move: event.Move{Session: session, Bay: at, GTIN: g, Quantity: n, Probability: sure, RunnerUp: next, Span: observe.At(t.at), Evidence: refs}})
	return event.Why{Text: "1 taken from " + at + ", by weight and interaction", At: t.at, Evidence: refs}
}

// again issues the next version of a receipt, with facts before it.
func (t *Teller) again(r *event.Receipt, facts ...event.Fact) {
	r.Version++
	t.Tell(append(facts, event.ReceiptIssued{After: true, Receipt: *r})...)
}

func refunded(t *Teller) {
	r := t.shop("sess-n", RefundedReceipt, "visa", "4242", 40)
	until := t.at.Add(30 * time.Minute)
	r.Pending = []event.PendingLine{{ID: "p1", GTIN: Honey, Quantity: 1, Doubt: "doubt-n", Reason: "two hands were at the shelf", Until: &until}}
	r.PendingUntil = &until
	t.settle(r)
	r.Version = 2
	t.at = until
	r.Dropped, r.Pending, r.PendingUntil = r.Pending, []event.PendingLine{}, nil
	t.again(&r, event.LineDecided{Session: "sess-n", Line: "p1", Decision: event.DecideDrop, Reason: "nobody decided in time", At: t.at}, event.SessionClosed{Session: "sess-n", At: t.at})
	t.Later(9 * time.Minute)
	lines := []event.LineRef{{Line: "1", Quantity: 1}}
	refund := event.RefundMoved{Session: "sess-n", Refund: "form-1", Hold: 1, Key: "k-1", State: event.RefundRefunding, Amount: Euro(180), Lines: lines,
		Reason: "dispute granted: I put it back", Actor: "policy", At: t.at}
	t.TellOf(event.StaffOrder{ID: "form-1", Actor: "shopper", Reason: "I put it back", Session: "sess-n", Order: event.OrderDispute, Lines: lines},
		event.DisputeOpened{Session: "sess-n", Dispute: "form-1", Lines: lines, Reason: "I put it back", By: "shopper", At: t.at},
		event.DisputeDecided{Session: "sess-n", Dispute: "form-1", Granted: true, Actor: "policy", Reason: "within the store's limit of refunds at once", At: t.at}, refund)
	t.Later(time.Second)
	refund.State = event.RefundRefunded
	r.Lines[0].Refunded, r.Total = 1, Euro(529)
	r.Refunds = []event.RefundLine{{ID: "form-1", Amount: Euro(180), Lines: lines, Reason: refund.Reason, At: t.at}}
	t.again(&r, refund)
}

func disputed(t *Teller) {
	t.Later(time.Minute)
	r := t.shop("sess-o", DisputedReceipt, "mastercard", "5454", 50)
	t.settle(r)
	t.Tell(event.SessionClosed{Session: "sess-o", At: t.at})
	t.Later(4 * time.Minute)
	lines := []event.LineRef{{Line: "1", Quantity: 2}}
	t.TellOf(event.StaffOrder{ID: "form-2", Actor: "shopper", Reason: "I did not take this", Session: "sess-o", Order: event.OrderDispute, Lines: lines},
		event.DisputeOpened{Session: "sess-o", Dispute: "form-2", Lines: lines, Reason: "I did not take this", By: "shopper", At: t.at})
}

func owing(t *Teller) {
	t.Later(time.Minute)
	r := t.shop("sess-q", OwingReceipt, "visa", "1881", 60)
	r.Payment, r.Captured = event.PaymentFailed, nil
	t.Tell(event.DebtNoted{Session: "sess-q", Token: "tok_secret_sess-q", Amount: r.Total, Reason: "declined by the issuer", At: t.at}, event.ReceiptIssued{Receipt: r},
		event.SessionClosed{Session: "sess-q", At: t.at},
		event.Alarmed{Session: "sess-n", Code: event.AlarmChargeback, Message: "the issuer took back 5.29 EUR: not recognised by the cardholder", At: t.at},
		Unresolved(t.at))
}

// Unresolved is an alarm about a movement that the processor does not tell of.
func Unresolved(at time.Time) event.Alarmed {
	return event.Alarmed{Session: "sess-n", Code: event.AlarmUnresolved, Movement: "5a1f0f6be2a94c6c8f60b1a0e7c1d2f3", At: at,
		Message: "the processor has not told for a day what became of a movement: see in its own pages, and say it"}
}

func waiting(t *Teller) {
	t.Later(time.Minute)
	r := t.shop("sess-m", WaitingReceipt, "visa", "0077", 70)
	until, seen := t.at.Add(30*time.Minute), t.at.Add(15*time.Minute)
	ref := t.Report(observe.Weight{Interval: observe.At(t.at), Bay: 1, Mass: 3 * measure.Kilogram, Deviation: 2 * measure.Gram}, "weight_shelf.pantry", 88)
	t.Tell(event.Doubted{ID: "doubt-m", Sessions: []string{"sess-m"}, Bay: "weight_shelf.pantry.bay[1]", Reason: "two hands were at the shelf", Evidence: []event.Ref{ref},
		Candidates: []event.DoubtCandidate{{GTIN: Honey, Quantity: 1, Probability: 713_000}, {GTIN: Honey, Quantity: 2, Probability: 122_000}}, Span: observe.At(t.at)})
	r.Pending = []event.PendingLine{
		{ID: "p1", GTIN: Honey, Quantity: 1, Doubt: "doubt-m", Reason: "two hands were at the shelf", Until: &until, Why: []event.Why{
			{Text: "1 perhaps taken from weight_shelf.pantry.bay[1], by weight", At: t.at, Evidence: []event.Ref{ref}}}},
		{ID: "p2", GTIN: Sardines, Quantity: 1, Age: 18, Until: &seen, Reason: "a member of staff must see that the buyer is 18 or older"},
	}
	r.PendingUntil = &until
	t.settle(r)
}
