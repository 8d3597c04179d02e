package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
)

// decideWithin is how long an order may take to be in the journal.
const decideWithin = 10 * time.Second

// MaxLines is how many lines an order may name.
const MaxLines = 256

// taken are the orders that POST /api/v1/orders takes.
var taken = map[event.Order]bool{
	event.OrderChargePending: true, event.OrderDropPending: true, event.OrderRelease: true, event.OrderRefund: true, event.OrderDispute: true,
	event.OrderDecideDispute: true, event.OrderWriteOff: true, event.OrderRetryDebt: true,
}

// orders takes an order about money, and answers with what came of it.
func (a *api) orders(w http.ResponseWriter, r *http.Request) {
	var o view.Order
	if !readJSON(w, r, &o) {
		return
	}
	o.Actor, o.Reason = strings.TrimSpace(o.Actor), strings.TrimSpace(o.Reason)
	switch {
	case !taken[o.Order]:
		refuse(w, http.StatusBadRequest, "order", "There is no such order here.")
	case !words(o.ID):
		refuse(w, http.StatusBadRequest, "id", "An order has an id of 1 to 200 bytes: the same id again is the same order.")
	case !words(o.Actor) || !words(o.Reason):
		refuse(w, http.StatusBadRequest, "body", "An order names its actor and its reason, each in 1 to 200 bytes of one line.")
	case len(o.Lines) > MaxLines:
		refuse(w, http.StatusBadRequest, "lines", "These are more lines than a receipt has.")
	default:
		a.carryOut(w, r, o)
	}
}

func (a *api) carryOut(w http.ResponseWriter, r *http.Request, o view.Order) {
	session := o.Session
	if o.Receipt != "" {
		of, ok := a.View.SessionOf(o.Receipt)
		if !ok || session != "" && session != of {
			notFound(w)
			return
		}
		session = of
	}
	if session == "" || !a.View.Known(session) {
		notFound(w)
		return
	}
	refused, err := a.decide(r.Context(), event.StaffOrder{ID: o.ID, Actor: o.Actor, Reason: o.Reason, Session: session, Order: o.Order, Lines: o.Lines,
		Amount: o.Amount, Dispute: o.Dispute, Granted: o.Granted})
	switch {
	case err != nil:
		a.Logger.Error("an order was not taken", "order", o.Order, "session", session, "error", err)
		refuse(w, http.StatusServiceUnavailable, "unavailable", "The store can't take the order at the moment. The same order, with the same id, may be sent again.")
	case refused != "" && !strings.HasPrefix(refused, "a repeat"):
		refuse(w, http.StatusConflict, "refused", refused)
	default:
		answer(w, http.StatusOK, view.Carried{Status: "done", Session: session, Refunds: a.View.Refunds(session)})
	}
}

// Decide gives an order and waits until it is in the journal. It returns why
// nothing was done.
func Decide(ctx context.Context, v *view.View, staff Staff, o event.StaffOrder) (refused string, err error) {
	if staff == nil {
		return "", errors.New("this store takes no orders")
	}
	ctx, cancel := context.WithTimeout(ctx, decideWithin)
	defer cancel()
	before := uint64(0)
	if r, ok := v.Result(o.ID); ok {
		before = r.Seq
	}
	changed := v.Subscribe()
	defer changed.Close()
	if err := staff.Order(ctx, o); err != nil {
		return "", err
	}
	for {
		if r, ok := v.Result(o.ID); ok && r.Seq > before {
			return r.Refused, nil
		}
		if err := v.Err(); err != nil {
			return "", err
		}
		select {
		case <-changed.Changed():
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (a *api) decide(ctx context.Context, o event.StaffOrder) (string, error) {
	return Decide(ctx, a.View, a.Staff, o)
}

// disputed is what a shopper says at their receipt.
type disputed struct {
	ID     string          `json:"id"`
	Lines  []event.LineRef `json:"lines"`
	Reason string          `json:"reason"`
}

// Shopper is who opens a dispute at the receipt's page.
const Shopper = "shopper"

// openDispute takes a dispute of whoever holds the receipt's address: no account
// is needed.
func (a *api) openDispute(w http.ResponseWriter, r *http.Request) {
	var d disputed
	if !readJSON(w, r, &d) {
		return
	}
	d.Reason = cmp.Or(strings.TrimSpace(d.Reason), "I did not take this")
	session, ok := a.View.SessionOf(r.PathValue("id"))
	switch {
	case !ok:
		notFound(w)
	case !words(d.ID) || !words(d.Reason) || len(d.Lines) == 0 || len(d.Lines) > MaxLines:
		refuse(w, http.StatusBadRequest, "body", `A dispute has an id, its lines and a reason: {"id": "...", "lines": [{"line": "1", "quantity": 1}], "reason": "..."}.`)
	default:
		refused, err := a.decide(r.Context(), event.StaffOrder{ID: d.ID, Actor: Shopper, Reason: d.Reason, Session: session, Order: event.OrderDispute, Lines: d.Lines})
		switch {
		case err != nil:
			a.Logger.Error("a dispute was not taken", "session", session, "error", err)
			refuse(w, http.StatusServiceUnavailable, "unavailable", "The store can't take it at the moment. Please try again.")
		case refused != "" && !strings.HasPrefix(refused, "a repeat"):
			refuse(w, http.StatusConflict, "refused", refused)
		default:
			answer(w, http.StatusOK, a.disputeOf(session, d.ID))
		}
	}
}

func (a *api) disputeOf(session, id string) view.Dispute {
	for _, d := range a.View.Disputes() {
		if d.ID == id && d.Session == session {
			return d
		}
	}
	return view.Dispute{ID: id}
}

// readJSON reads a body strictly, or answers why it can't be read.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "content_type", "The body must be application/json.")
		return false
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = cmp.Or(more, errors.New("more than one value"))
		}
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, "body", "The body is too large.")
	case err != nil:
		refuse(w, http.StatusBadRequest, "body", "The body can't be read: "+err.Error())
	}
	return err == nil
}

func (a *api) reviews(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Reviews []view.Review `json:"reviews"`
	}{a.View.Reviews()})
}

func (a *api) disputes(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Disputes []view.Dispute `json:"disputes"`
	}{a.View.Disputes()})
}

func (a *api) debts(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Debts []view.Debt `json:"debts"`
	}{a.View.Debts()})
}
