package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	event.OrderDecideDispute: true, event.OrderWriteOff: true, event.OrderRetryDebt: true, event.OrderResolve: true, event.OrderAcknowledge: true,
	event.OrderEnrol: true, event.OrderCancelEnrolment: true, event.OrderForget: true,
}

// nobodys are the orders that are about no visit.
func nobodys(o event.Order) bool {
	return o == event.OrderAcknowledge || o == event.OrderEnrol || o == event.OrderCancelEnrolment || o == event.OrderForget
}

// orders takes an order about money, and answers with what came of it.
func (a *api) orders(w http.ResponseWriter, r *http.Request) {
	var o view.Order
	if !readJSON(w, r, &o) {
		return
	}
	o.Actor, o.Reason = strings.TrimSpace(o.Actor), strings.TrimSpace(o.Reason)
	switch field, message := wrongOrder(&o); {
	case field != "":
		refuseField(w, field, message)
	case by(w, o.Actor, o.Reason):
		a.carryOut(w, r, o)
	}
}

// wrongOrder names the field of an order that is not as it must be.
func wrongOrder(o *view.Order) (field, message string) {
	switch {
	case !taken[o.Order]:
		return "order", "There is no such order here."
	case !words(o.ID):
		return "id", "An order has an id of 1 to 200 bytes: the same id again is the same order."
	case o.Order == event.OrderAcknowledge && !words(o.Alarm):
		return "alarm", "Which alarm is acknowledged?"
	case o.Order == event.OrderAcknowledge: // it may be nobody's
		return "", ""
	case nobodys(o.Order):
		return wrongEnrolment(o)
	case o.Receipt == "" && o.Session == "":
		return "receipt", "An order says whose: by the receipt's id, or the visit's in session."
	case !goodLines(o.Lines):
		return "lines", fmt.Sprintf("An order names at most %d lines, each once, in 1 to 200 bytes, with a quantity of 1 or more, or none for all of it.", MaxLines)
	case o.Amount != nil && (o.Amount.Sign() <= 0 || !o.Amount.Currency.Valid()):
		return "amount", `An amount is more than nothing, in minor units of a currency: {"minor": 150, "currency": "EUR"}.`
	case o.Amount != nil && (o.Order != event.OrderRefund || len(o.Lines) > 0):
		return "amount", "Only a refund has an amount, and only one that names no lines."
	case o.Order == event.OrderDecideDispute && !words(o.Dispute):
		return "dispute", "Which dispute is decided?"
	case o.Order == event.OrderResolve && !words(o.Movement):
		return "movement", "Which movement, by its key? GET /api/v1/alarms says it."
	case o.Reference != "" && !words(o.Reference):
		return "reference", "A reference is of 1 to 200 bytes on one line."
	case o.Order == event.OrderDispute && len(o.Lines) == 0:
		return "lines", "Which lines are disputed?"
	case o.Order == event.OrderChargePending && len(o.Lines) == 0:
		return "lines", "Which lines are charged?"
	}
	return "", ""
}

// goodLines checks lines: each is named once, and of a quantity that can be.
func goodLines(lines []event.LineRef) bool {
	seen := map[string]bool{}
	for _, l := range lines {
		if !words(l.Line) || l.Quantity < 0 || seen[l.Line] {
			return false
		}
		seen[l.Line] = true
	}
	return len(lines) <= MaxLines
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
	if nobodys(o.Order) {
		session = "" // the alarm says whose
	} else if session == "" || !a.View.Known(session) {
		notFound(w)
		return
	}
	refused, err := a.decide(r.Context(), event.StaffOrder{ID: o.ID, Actor: o.Actor, Reason: o.Reason, Session: session, Order: o.Order, Lines: o.Lines,
		Amount: o.Amount, Dispute: o.Dispute, Granted: o.Granted, Movement: o.Movement, Happened: o.Happened, Reference: o.Reference, Alarm: o.Alarm,
		Reader: o.Reader, Account: o.Account, Consent: o.Consent, Pairing: o.Pairing})
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

const disputeBody = `A dispute has an id, its lines and a reason: {"id": "...", "lines": [{"line": "1", "quantity": 1}], "reason": "..."}.`

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
	case !words(d.ID):
		refuseField(w, "id", disputeBody)
	case len(d.Lines) == 0 || !goodLines(d.Lines):
		refuseField(w, "lines", disputeBody)
	case !words(d.Reason):
		refuseField(w, "reason", disputeBody)
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

func (a *api) refunds(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Refunds []view.Refund `json:"refunds"`
	}{a.View.AllRefunds()})
}

func (a *api) refusals(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Refusals []view.Refusal `json:"refusals"`
	}{a.View.Refusals()})
}

func (a *api) alarms(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Alarms []view.Alarm `json:"alarms"`
	}{a.View.Alarms()})
}
