package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// shownForgotten is how many of the newest the page shows of which nothing is left to do.
const shownForgotten = 20

// enrolPage is whom devices recognise, and the form by which staff have one learn somebody.
type enrolPage struct {
	Store  string
	Clock  moment
	Reload string
	// Said says what came of the order that was just given, in its tone.
	Said, Tone string
	// Field is what is missing of a form that was sent, and Key which form it was; empty for
	// that of a new one.
	Field, Key string
	Form       enrolForm
	Waiting    []enrolItem
	Paired     []enrolItem
	Over       []enrolItem
}

// enrolForm is what is typed to enrol somebody. The account is never shown again.
type enrolForm struct {
	Readers, Tenders []choice
	Consent, Actor   string
	Token            string
}

type choice struct {
	Value, Text string
	Picked      bool
}

// enrolItem is one enrolment. Order is what can be done about it: to end it while it waits,
// to forget it once it is paired.
type enrolItem struct {
	Key, Title, About string
	Status            format.Status
	At, Until         moment
	Text              string
	Reader, Pairing   string
	Order, Button     string
	// What follows is of its form.
	Token, Reason, Actor, Field string
}

// enrolPage is the page as of now, for who gave the last order.
func (s site) enrolPage(actor string) enrolPage {
	now := s.view.Snapshot()
	zone := s.zone()
	seq := strconv.FormatUint(now.Seq, 10)
	p := enrolPage{Store: now.Store.Name, Clock: clock(now.At, zone), Reload: "/staff/enrolments",
		Form: enrolForm{Actor: actor, Token: fingerprint("enrol", seq), Tenders: []choice{{Text: "none: a member of staff"}}}}
	for i := range now.Devices {
		if d := &now.Devices[i]; d.Class == storedef.ClassCredentialReader {
			p.Form.Readers = append(p.Form.Readers, choice{Value: d.Address, Text: d.Address})
		}
	}
	for _, t := range storedef.Tenders() {
		p.Form.Tenders = append(p.Form.Tenders, choice{Value: string(t), Text: strings.ReplaceAll(string(t), "_", " "), Picked: t == storedef.TenderCard})
	}
	for _, e := range s.view.Enrolments() {
		item := enrolItemOf(&e, zone, seq)
		item.Actor = actor
		switch {
		case e.State == view.EnrolmentWaiting:
			p.Waiting = append(p.Waiting, item)
		case e.State == view.EnrolmentPaired:
			p.Paired = append(p.Paired, item)
		case len(p.Over) < shownForgotten:
			p.Over = append(p.Over, item)
		}
	}
	return p
}

func enrolItemOf(e *view.Enrolment, zone *time.Location, seq string) enrolItem {
	key := "enrolment-" + fingerprint(e.ID)
	i := enrolItem{Key: key, Title: e.Consent.Reference, About: "At " + e.Reader + ", by " + e.Consent.By + ", " + dated(e.Consent.At, zone).Text,
		At: dated(e.At, zone), Reader: e.Reader, Pairing: e.Pairing, Token: fingerprint(key, seq)}
	switch e.State {
	case view.EnrolmentWaiting:
		i.Status, i.Until = format.Status{Text: "waiting", Tone: format.Doubt}, minute(e.Until, zone)
		i.Order, i.Button = string(event.OrderCancelEnrolment), "End it"
	case view.EnrolmentPaired:
		i.Status = format.Status{Text: "enrolled", Tone: format.Good}
		i.Text = "Account " + e.Account
		if len(e.Attributes) > 0 {
			i.Text += " (" + strings.Join(e.Attributes, ", ") + ")"
		}
		i.Order, i.Button = string(event.OrderForget), "Forget"
	case view.EnrolmentOver:
		i.Status, i.Text = format.Status{Text: "nobody enrolled", Tone: format.Plain}, sentence(e.Reason)
	case view.EnrolmentForgotten:
		i.Status, i.Text = format.Status{Text: "forgotten", Tone: format.Plain}, "By "+e.By+": "+sentence(e.Reason)
		i.Text += " " + erasureWords(e)
	}
	return i
}

// erasureWords says how far the device is that shall forget somebody.
func erasureWords(e *view.Enrolment) string {
	switch e.Erasure {
	case event.ErasureDone:
		return "The device has erased them."
	case event.ErasureAsked:
		return "The device was asked to erase them."
	case event.ErasureRefused: // and it says why
	}
	if e.ErasureReason == "" {
		return ""
	}
	return "Erase them at the device: " + sentence(e.ErasureReason)
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return format.Capital(strings.TrimSuffix(s, ".")) + "."
}

// enrolments shows the page, and what came of the order that the address names.
func (s site) enrolments(w http.ResponseWriter, r *http.Request) {
	p := s.enrolPage(actorOf(r))
	if id := r.URL.Query().Get("order"); id != "" {
		p.Said, p.Tone = s.cameOf(id, "Your order is taken: what comes of it is below.")
		p.Reload = "/staff/enrolments"
	}
	withForm(w, http.StatusOK, "enrolments.html", p)
}

// cameOf says what came of an order, in its tone; nothing of one that is not known.
func (s site) cameOf(id, done string) (said, tone string) {
	switch res, ok := s.view.Result(id); {
	case !ok:
		return "", ""
	case res.Refused != "" && !repeat(res.Refused):
		return "Nothing was done: " + res.Refused + ".", format.Bad
	}
	return done, format.Good
}

// enrolOrder takes an order of the page. The same form sent again is the same order.
func (s site) enrolOrder(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	f := r.PostForm
	o := enrolOrderOf(f)
	if field, problem := lacksEnrol(&o, f); problem != "" {
		s.enrolAgain(w, &o, f, field, problem)
		return
	}
	parts := []string{"enrolments", f.Get("token"), string(o.Order), o.Reader, o.Pairing, o.Consent}
	if o.Account != nil {
		parts = append(append(parts, o.Account.Token), o.Account.Attributes...)
	}
	o.ID = "page-" + fingerprint(parts...)
	if s.decide == nil {
		unavailable(w, "/staff/enrolments")
		return
	}
	if _, err := s.decide(r.Context(), o); err != nil {
		unavailable(w, "/staff/enrolments")
		return
	}
	remember(w, o.Actor)
	http.Redirect(w, r, "/staff/enrolments?order="+o.ID, http.StatusSeeOther)
}

func enrolOrderOf(f url.Values) event.StaffOrder {
	o := event.StaffOrder{Actor: oneLine(f.Get("actor")), Reason: oneLine(f.Get("reason"))}
	switch event.Order(f.Get("order")) { //nolint:exhaustive // the others are of other pages
	case event.OrderEnrol:
		o.Order, o.Reader, o.Consent, o.Reason = event.OrderEnrol, f.Get("reader"), oneLine(f.Get("consent")), "enrolment"
		o.Account = &event.Account{Token: strings.TrimSpace(f.Get("account"))}
		if t := f.Get("tender"); t != "" {
			o.Account.Attributes = []string{observe.AttributeTender + "=" + t}
		}
	case event.OrderCancelEnrolment:
		o.Order, o.Reader = event.OrderCancelEnrolment, f.Get("reader")
	case event.OrderForget:
		o.Order, o.Pairing = event.OrderForget, f.Get("pairing")
	}
	return o
}

// lacksEnrol says which field of a form is not as it must be.
func lacksEnrol(o *event.StaffOrder, f url.Values) (field, problem string) {
	const broken = "The form was not whole. Please send it again."
	starts := o.Order == event.OrderEnrol
	switch {
	case o.Order == "", f.Get("token") == "", len(f.Get("token")) > maxWords:
		return "token", broken
	case o.Order == event.OrderForget && !words(o.Pairing), o.Order == event.OrderCancelEnrolment && !words(o.Reader):
		return "token", broken
	case starts && !words(o.Reader):
		return "reader", "Please choose the reader."
	case starts && !words(o.Account.Token):
		return "account", "Please write the account: the payment processor’s token, or that of the staff’s list or of a house account, in at most 200 letters."
	case starts && f.Get("tender") != "" && !slices.Contains(storedef.Tenders(), storedef.Tender(f.Get("tender"))):
		return "tender", "Please choose how the account pays."
	case starts && !words(o.Consent):
		return "consent", "Please write what was signed, in at most 200 letters: without consent nobody is enrolled."
	case !words(o.Actor):
		return "actor", "Please write your name, in at most 200 letters: it stays in the journal."
	case !words(o.Reason):
		return "reason", "Please write why, in at most 200 letters: it stays in the journal."
	}
	return "", ""
}

// enrolAgain shows the page with what is missing, and what was typed but for the account.
func (s site) enrolAgain(w http.ResponseWriter, o *event.StaffOrder, f url.Values, field, problem string) {
	p := s.enrolPage(o.Actor)
	p.Said, p.Tone = problem, format.Bad
	if o.Order == event.OrderEnrol || o.Order == "" {
		p.Field, p.Form.Consent = field, o.Consent
		pick(p.Form.Readers, f.Get("reader"))
		pick(p.Form.Tenders, f.Get("tender"))
	}
	for _, list := range [][]enrolItem{p.Waiting, p.Paired} {
		for i := range list {
			e := &list[i]
			if e.Order == string(o.Order) && e.Pairing == o.Pairing && (e.Reader == o.Reader || o.Pairing != "") {
				e.Field, e.Reason = field, o.Reason
			}
		}
	}
	withForm(w, http.StatusBadRequest, "enrolments.html", p)
}

func pick(list []choice, value string) {
	for i := range list {
		list[i].Picked = list[i].Value == value
	}
}
