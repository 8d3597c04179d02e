package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/framework/web"
	"github.com/openaisle/aisle/sdk/money"
)

// TestRefundShown: what was given back is on the page, with its line, and so is
// what remains of what was charged.
func TestRefundShown(t *testing.T) {
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	captured := eur(360)
	j := journal.Memory()
	viewtest.Append(t, j, event.Record{Seq: 1, At: at, Input: event.Time{}, Facts: []event.Fact{event.ReceiptIssued{After: true, Receipt: event.Receipt{
		ID: "r1", Version: 3, Session: "s1", Store: "corner", Opened: at, Closed: at, Ending: event.EndedLeft, Total: eur(180), Captured: &captured,
		Payment: event.PaymentCaptured, Lines: []event.SaleLine{{ID: "1", Title: "Cola", Quantity: 2, Unit: eur(180), Amount: eur(360), Refunded: 1}},
		Refunds: []event.RefundLine{{ID: "till-1", Amount: eur(180), Lines: []event.LineRef{{Line: "1", Quantity: 1}}, Reason: "broken", At: at}}}}}})
	w := httptest.NewRecorder()
	web.New(viewtest.View(t, j), web.Options{}).ServeHTTP(w, httptest.NewRequest("GET", "/receipts/r1", nil))
	for _, want := range []string{"Given back", "1 × Cola", "Broken", "3.60", "1.80"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page says nothing of %q", want)
		}
	}
}
