package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/framework/web"
)

const door = "credential_reader.door"

// enrolled is a store at which one waits, one is enrolled, one was forgotten, and one never
// came.
func enrolled() []event.Record {
	tell := viewtest.Continue(viewtest.Story())
	account := event.Account{Token: "tok_secret_1", Attributes: []string{"tender=card"}}
	start := func(id, release string) {
		tell.Later(time.Minute)
		tell.Tell(event.EnrolmentStarted{Enrolment: id, Reader: door, Account: account, Consent: event.Consent{Reference: release, By: "Ana", At: tell.At()}, At: tell.At(), Until: tell.At().Add(time.Minute)})
	}
	pair := func(id, pairing string) {
		tell.Tell(event.InstrumentPaired{Pairing: pairing, Enrolment: id, Reader: door, Instrument: "tok_secret_palm", Account: account, At: tell.At()})
	}
	start("e1", "release-0311")
	pair("e1", "pairing-1")
	tell.Tell(event.InstrumentForgotten{Pairing: "pairing-1", Actor: "Ben", Reason: "the customer asked for it", At: tell.At()},
		event.ErasureMoved{Pairing: "pairing-1", Reader: door, State: event.ErasureRefused, Reason: "the reader can't be told to forget"})
	start("e2", "release-0312")
	pair("e2", "pairing-2")
	start("e3", "release-0313")
	tell.Tell(event.EnrolmentEnded{Enrolment: "e3", Reader: door, Code: event.EnrolExpired, Reason: "nobody came", At: tell.At()})
	start("e4", "release-0314")
	return tell.Records
}

func enrolling(t *testing.T, s *staff) http.Handler {
	t.Helper()
	j := journal.Memory()
	viewtest.Append(t, j, enrolled()...)
	v := viewtest.View(t, j)
	o := web.Options{}
	if s != nil {
		o.Decide = s.decide
	}
	return httpapi.New(httpapi.Options{View: v, Pages: web.New(v, o)})
}

const enrolPath = "/staff/enrolments"

func wholeEnrolment(with ...string) string {
	f := url.Values{"token": {"t"}, "order": {"enrol"}, "reader": {door}, "account": {"tok_secret_new"}, "tender": {"card"}, "consent": {"release-0315"}, "actor": {"Ana"}}
	for i := 0; i < len(with); i += 2 {
		f.Set(with[i], with[i+1])
	}
	return f.Encode()
}

// TestEnrolOrders: the page gives the orders that the command gives, each once, and shows
// the account nowhere.
func TestEnrolOrders(t *testing.T) {
	s := &staff{}
	h := enrolling(t, s)
	for range 2 { // the same form sent twice is one order
		if w := post(h, enrolPath, wholeEnrolment()); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), enrolPath+"?order=page-") {
			t.Fatalf("%d %s\n%s", w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	post(h, enrolPath, wholeEnrolment("tender", ""))
	post(h, enrolPath, url.Values{"token": {"t"}, "order": {"cancel_enrolment"}, "reader": {door}, "reason": {"the wrong one"}, "actor": {"Ana"}}.Encode())
	post(h, enrolPath, url.Values{"token": {"t"}, "order": {"forget"}, "pairing": {"pairing-2"}, "reason": {"they asked"}, "actor": {"Ana"}}.Encode())
	if len(s.orders) != 4 {
		t.Fatalf("%d orders: %+v", len(s.orders), s.orders)
	}
	start, plain, end, forget := s.orders[0], s.orders[1], s.orders[2], s.orders[3]
	if start.Order != event.OrderEnrol || start.Reader != door || start.Account.Token != "tok_secret_new" || start.Account.Attributes[0] != "tender=card" || start.Consent != "release-0315" || start.Actor != "Ana" {
		t.Errorf("%+v", start)
	}
	if len(plain.Account.Attributes) != 0 || end.Order != event.OrderCancelEnrolment || end.Reader != door || forget.Order != event.OrderForget || forget.Pairing != "pairing-2" || forget.Reason != "they asked" {
		t.Errorf("%+v\n%+v\n%+v", plain, end, forget)
	}
	if body := show(h, enrolPath).Body.String(); strings.Contains(body, "tok_secret") || strings.Count(body, `value="forget"`) != 1 || strings.Count(body, `value="cancel_enrolment"`) != 1 {
		t.Errorf("the page:\n%s", body)
	}
}

// TestEnrolLacks: what is missing is said at its field, nothing is done, and the account is
// not sent back.
func TestEnrolLacks(t *testing.T) {
	s := &staff{}
	h := enrolling(t, s)
	long := strings.Repeat("x", 201)
	for field, body := range map[string]string{
		"reader": wholeEnrolment("reader", ""), "account": wholeEnrolment("account", " "), "account, long": wholeEnrolment("account", long),
		"tender": wholeEnrolment("tender", "gold"), "consent": wholeEnrolment("consent", ""), "actor": wholeEnrolment("actor", ""),
		"token": wholeEnrolment("token", ""), "an order of another page": wholeEnrolment("order", "write_off"),
		"pairing": url.Values{"token": {"t"}, "order": {"forget"}, "reason": {"r"}, "actor": {"a"}}.Encode(),
		"reason":  url.Values{"token": {"t"}, "order": {"forget"}, "pairing": {"pairing-2"}, "actor": {"a"}}.Encode(),
	} {
		w := post(h, enrolPath, body)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `role="alert"`) || strings.Contains(w.Body.String(), "tok_secret") {
			t.Errorf("%s: %d\n%s", field, w.Code, w.Body)
		}
	}
	if len(s.orders) != 0 {
		t.Errorf("%+v", s.orders)
	}
	if w := post(enrolling(t, nil), enrolPath, wholeEnrolment()); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without a store behind it: %d", w.Code)
	}
}
