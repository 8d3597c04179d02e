package reconcile

import (
	"bytes"
	"encoding/csv"

	"flag"
	"fmt"
	"math/rand/v2"

	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/sdk/money"
)

var cleanRows = flag.Int("clean-rows", 100_000, "rows of the clean report")

var asOf = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// world is a synthetic journal and the clean report of it.
type world struct {
	r     *rand.Rand
	books *ledger.Books
	rows  []Row
	at    time.Time
	n     int
}

func newWorld(seed uint64) *world {
	return &world{r: rand.New(rand.NewPCG(seed, 7)), books: ledger.New(ledger.DayIn(time.UTC)), at: asOf.Add(-60 * 24 * time.Hour)}
}

func (w *world) fact(f event.Fact) { w.books.Apply(event.Record{Facts: []event.Fact{f}}) }

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// row adds a row of the report and returns its place.
func (w *world) row(kind Type, ref, parent, key string, amount int64, at time.Time) int {
	v := Row{ID: fmt.Sprintf("row-%d", len(w.rows)), Type: kind, Reference: ref, Parent: parent, Key: key, Status: Succeeded, Amount: eur(amount),
		Created: at.Add(time.Duration(w.r.IntN(4000)-2000) * time.Millisecond).Truncate(time.Second)}
	fee := eur(0)
	if kind == Capture {
		fee = eur(amount / 50)
	}
	net := eur(direction(kind)*amount - fee.Minor)
	v.Fee, v.Net = &fee, &net
	if kind == Capture || kind == Refund {
		if settled := v.Created.Add(48 * time.Hour); settled.Before(asOf) {
			v.Settled = settled
		}
	}
	w.rows = append(w.rows, v)
	return len(w.rows) - 1
}

// sale is one visit: where its facts and rows are.
type sale struct {
	id                          string
	auth, capture, void, refund int
	total                       int64
	at                          time.Time
	cb                          int
	held                        money.Amount
}

// visit makes a visit of a kind: "sale", "empty", "refund", "raised", "declined",
// "chargeback".
func (w *world) visit(kind string) sale {
	w.n++
	s := sale{id: fmt.Sprintf("s%d", w.n), total: 100 + w.r.Int64N(4000), at: w.at, auth: -1, capture: -1, void: -1, refund: -1, cb: -1, held: eur(5000)}
	key := func(deed string) string { return "k-" + s.id + "-" + deed }
	expires := s.at.Add(7 * 24 * time.Hour)
	w.fact(event.SessionOpened{Session: s.id, At: s.at})
	w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentAuthorizing, Key: key("a"), At: s.at})
	if kind == "declined" {
		w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentDeclined, Key: key("a"), At: s.at})
		w.rows[w.row(Authorization, "h-"+s.id, "", key("a"), 5000, s.at)].Status = Failed
		return s
	}
	w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentHeld, Key: key("a"), Reference: "h-" + s.id, Held: &s.held, Expires: &expires, At: s.at})
	s.auth = w.row(Authorization, "h-"+s.id, "", key("a"), 5000, s.at)
	if kind == "raised" {
		s.held = eur(9000)
		w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentIncreasing, Key: key("i"), At: s.at})
		w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentHeld, Reference: "h-" + s.id, Held: &s.held, At: s.at})
		w.row(Authorization, "h-"+s.id, "", key("i"), 9000, s.at)
	}
	end := s.at.Add(5 * time.Minute)
	switch kind {
	case "open":
		return s
	case "empty":
		w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentVoiding, Key: key("v"), At: end})
		w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentVoided, Key: key("v"), At: end})
		s.void = w.row(Void, "v-"+s.id, "h-"+s.id, key("v"), 5000, end)
		return s
	}
	taken := eur(s.total)
	w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentCapturing, Key: key("c"), Due: &taken, At: end})
	w.fact(event.PaymentMoved{Session: s.id, State: event.PaymentCaptured, Key: key("c"), Reference: "c-" + s.id, Captured: &taken, At: end})
	s.capture = w.row(Capture, "c-"+s.id, "h-"+s.id, key("c"), s.total, end)
	later := end.Add(30 * time.Minute)
	if kind == "refund" {
		part := eur(s.total / 2)
		w.fact(event.RefundMoved{Session: s.id, Refund: "1", Hold: 1, Key: key("r"), State: event.RefundRefunding, Amount: part, At: later})
		w.fact(event.RefundMoved{Session: s.id, Refund: "1", Hold: 1, Key: key("r"), State: event.RefundRefunded, Amount: part, Reference: "r-" + s.id, At: later})
		s.refund = w.row(Refund, "r-"+s.id, "c-"+s.id, key("r"), part.Minor, later)
	}
	if kind == "chargeback" {
		w.fact(event.ChargebackNoted{Session: s.id, ID: "d-" + s.id, Reference: "c-" + s.id, Amount: taken, At: later})
		s.cb = w.row(Chargeback, "d-"+s.id, "c-"+s.id, "", s.total, later)
	}
	return s
}

// clean plays visits until the report has so many rows, over 58 days.
func (w *world) clean(rows int) {
	kinds := []string{"sale", "sale", "sale", "empty", "refund", "raised", "declined", "chargeback", "sale", "empty"}
	step := 58 * 24 * time.Hour / time.Duration(max(1, rows/2))
	for len(w.rows) < rows {
		w.visit(kinds[w.r.IntN(len(kinds))])
		w.at = w.at.Add(step)
	}
}

// pay adds a payout over all rows that settled.
func (w *world) pay() int {
	var sum int64
	for i := range w.rows {
		if !w.rows[i].Settled.IsZero() && w.rows[i].Status == Succeeded {
			w.rows[i].Paid = "po-1"
			sum += w.rows[i].Net.Minor
		}
	}
	return w.row(Payout, "po-1", "", "", sum, asOf.Add(-time.Hour))
}

// text writes the report.
func (w *world) text() []byte {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	_ = c.Write(columns)
	for _, v := range w.rows {
		settled := ""
		if !v.Settled.IsZero() {
			settled = v.Settled.Format(time.RFC3339)
		}
		if v.ID == "gone" {
			continue
		}
		_ = c.Write([]string{v.ID, string(v.Type), v.Reference, v.Parent, v.Key, v.Amount.Decimal(), string(v.Amount.Currency),
			v.Created.Format(time.RFC3339), settled, string(v.Status), v.Fee.Decimal(), v.Net.Decimal(), v.Paid})
	}
	c.Flush()
	return b.Bytes()
}

func (w *world) match(t testing.TB, text []byte) Result {
	t.Helper()
	m := New(w.books.Movements(), Options{AsOf: asOf})
	if err := Read(bytes.NewReader(text), m.Row, m.Bad); err != nil {
		t.Fatal(err)
	}
	return m.Result()
}

// A clean report of any size has no discrepancy.
func TestCleanReport(t *testing.T) {
	rows := *cleanRows
	if testing.Short() {
		rows /= 20
	}
	w := newWorld(1)
	w.clean(rows)
	w.pay()
	res := w.match(t, w.text())
	if len(res.Found) > 0 {
		t.Fatalf("%d false of %d rows, the first: %+v", len(res.Found), res.Rows, res.Found[0])
	}
	if res.Rows < rows || res.Matched < rows*8/10 {
		t.Errorf("%d rows, %d matched", res.Rows, res.Matched)
	}
}

// A chargeback that the journal has by the name of its notice, and the report by
// that of its case, is one: no more of them, and no other amount.
func TestChargebackByTwoNames(t *testing.T) {
	w := newWorld(3)
	s := w.visit("chargeback")
	w.clean(200)
	w.rows[s.cb].Reference = "case-7"
	if res := w.match(t, w.text()); len(res.Found) > 0 {
		t.Errorf("%+v", res.Found)
	}
	w.row(Chargeback, "case-8", "c-"+s.id, "", s.total, w.rows[s.cb].Created)
	if res := w.match(t, w.text()); res.Counts[ChargebackUnbooked] != 1 || res.Counts[ChargebackMissing] != 0 {
		t.Errorf("another chargeback of the same capture: %+v", res.Counts)
	}
}

// What is new may be missing on either side: it is a note.
func TestGrace(t *testing.T) {
	w := newWorld(2)
	w.clean(200)
	w.at = asOf.Add(-10 * time.Hour)
	for range 20 {
		s := w.visit("sale")
		w.rows[s.capture].ID = "gone"
		e := w.visit("empty")
		w.rows[e.void].ID = "gone"
		r := w.visit("refund")
		w.rows[r.refund].Status = Pending
	}
	res := w.match(t, w.text())
	if len(res.Found) > 0 || len(res.Notes) != 40 {
		t.Errorf("%d notes, discrepancies %+v", len(res.Notes), res.Found)
	}
}
