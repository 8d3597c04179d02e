package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view/format"
)

// actorCookie remembers who gave the last order in this browser, so that the
// name need not be typed again. It is no sign that it is so: there are no
// accounts on this machine.
const (
	actorCookie = "aisle_actor"
	actorFor    = 12 * 60 * 60 // seconds: a shift
)

// staffOrders are the orders that the page gives.
var staffOrders = map[string]event.Order{
	string(event.OrderChargePending): event.OrderChargePending, string(event.OrderDropPending): event.OrderDropPending, string(event.OrderRelease): event.OrderRelease,
	string(event.OrderRetryDebt): event.OrderRetryDebt, string(event.OrderWriteOff): event.OrderWriteOff,
	buttonGrant: event.OrderDecideDispute, buttonDeny: event.OrderDecideDispute,
	buttonHappened: event.OrderResolve, buttonDidNot: event.OrderResolve, string(event.OrderAcknowledge): event.OrderAcknowledge,
}

// staff shows what waits for staff, and what came of the order that the address
// names.
func (s site) staff(w http.ResponseWriter, r *http.Request) {
	p := s.staffPage(actorOf(r))
	if id := r.URL.Query().Get("order"); id != "" {
		switch res, ok := s.view.Result(id); {
		case !ok:
		case res.Refused != "" && !repeat(res.Refused):
			p.Said, p.Tone = "Nothing was done: "+res.Refused+".", format.Bad
		default:
			p.Said, p.Tone = "Your decision is taken.", format.Good
		}
	}
	withForm(w, http.StatusOK, "staff.html", p)
}

// staffOrder takes an order of the page. The same form sent again is the same
// order.
func (s site) staffOrder(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	f := r.PostForm
	o := event.StaffOrder{Actor: oneLine(f.Get("actor")), Reason: oneLine(f.Get("reason")), Session: f.Get("session"), Dispute: f.Get("dispute"),
		Order: staffOrders[f.Get("order")], Granted: f.Get("order") == buttonGrant, Happened: f.Get("order") == buttonHappened}
	switch o.Order { //nolint:exhaustive // the others are about neither
	case event.OrderAcknowledge:
		o.Alarm, o.Session = f.Get("alarm"), "" // the alarm says whose
	case event.OrderResolve:
		o.Movement = f.Get("movement")
	}
	if o.Order != event.OrderAcknowledge && !s.view.Known(o.Session) {
		notFound(w, r)
		return
	}
	if field, problem := missing(&o, f); problem != "" {
		s.staffAgain(w, &o, f, field, problem)
		return
	}
	parts := []string{"staff", f.Get("token"), f.Get("order"), o.Session, o.Dispute}
	if o.Movement+o.Alarm != "" {
		parts = append(parts, o.Movement, o.Alarm)
	}
	for _, id := range f["line"] {
		o.Lines = append(o.Lines, event.LineRef{Line: id})
		parts = append(parts, id)
	}
	o.ID = "page-" + fingerprint(parts...)
	if s.decide == nil {
		unavailable(w, "/staff")
		return
	}
	if _, err := s.decide(r.Context(), o); err != nil {
		unavailable(w, "/staff")
		return
	}
	remember(w, o.Actor)
	http.Redirect(w, r, "/staff?order="+o.ID, http.StatusSeeOther)
}

// missing says which field of a form is not as it must be.
func missing(o *event.StaffOrder, f url.Values) (field, problem string) {
	lines := f["line"]
	byLine := o.Order == event.OrderChargePending || o.Order == event.OrderDropPending || o.Order == event.OrderRelease
	switch {
	case o.Order == "":
		return "order", "Please use one of the buttons."
	case f.Get("token") == "" || len(f.Get("token")) > maxWords:
		return "token", "The form was not whole. Please send it again."
	case byLine && len(lines) == 0:
		return "line", "Please tick the lines that you decide."
	case !byLine && len(lines) > 0, len(lines) > maxPicks, slices.ContainsFunc(lines, func(id string) bool { return !words(id) }):
		return "line", "The form was not whole. Please send it again."
	case o.Order == event.OrderAcknowledge && !words(o.Alarm), o.Order == event.OrderResolve && !words(o.Movement):
		return "alarm", "The form was not whole. Please send it again."
	case o.Order == event.OrderDecideDispute && !words(o.Dispute):
		return "dispute", "The form was not whole. Please send it again."
	case !words(o.Actor):
		return "actor", "Please write your name, in at most 200 letters: it stays in the journal."
	case !words(o.Reason):
		return "reason", "Please write why, in at most 200 letters: it stays in the journal."
	}
	return "", ""
}

// staffAgain shows the page with what is missing, and what was typed.
func (s site) staffAgain(w http.ResponseWriter, o *event.StaffOrder, f url.Values, field, problem string) {
	p := s.staffPage(o.Actor)
	p.Said, p.Tone, p.Field = problem, format.Bad, field
	for _, list := range [][]todo{p.Reviews, p.Disputes, p.Debts} {
		for i := range list {
			t := &list[i]
			if t.Session != o.Session || t.Dispute != o.Dispute {
				continue
			}
			t.Reason, t.Field = o.Reason, field
			for k := range t.Lines {
				t.Lines[k].Picked = slices.Contains(f["line"], t.Lines[k].ID)
			}
		}
	}
	for i := range p.Alarms {
		if t := &p.Alarms[i].Todo; o.Dispute == "" && t.Alarm == f.Get("alarm") && t.Alarm != "" {
			t.Reason, t.Field = o.Reason, field
		}
	}
	withForm(w, http.StatusBadRequest, "staff.html", p)
}

// remember keeps who gave the last order in this browser.
func remember(w http.ResponseWriter, actor string) {
	http.SetCookie(w, &http.Cookie{Name: actorCookie, Value: url.QueryEscape(actor), Path: "/staff", MaxAge: actorFor, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// actorOf is who gave the last order in this browser.
func actorOf(r *http.Request) string {
	c, err := r.Cookie(actorCookie)
	if err != nil {
		return ""
	}
	name, err := url.QueryUnescape(c.Value)
	if err != nil || !words(name) {
		return ""
	}
	return name
}
