package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
)

// carrying carries orders out as a store does: in its journal, and each id once.
type carrying struct {
	tb      testing.TB
	journal journal.Journal
	tell    *viewtest.Teller
	orders  []event.StaffOrder
	refused string
	err     error
}

func (s *carrying) Order(_ context.Context, o event.StaffOrder) error {
	if s.err != nil {
		return s.err
	}
	refused := s.refused
	if slices.ContainsFunc(s.orders, func(x event.StaffOrder) bool { return x.ID == o.ID }) {
		refused = "a repeat"
	}
	var facts []event.Fact
	switch {
	case refused != "":
		facts = append(facts, event.Ignored{What: o.ID, Reason: refused})
	case o.Order == event.OrderRefund:
		facts = append(facts, event.RefundMoved{Session: o.Session, Refund: o.ID, Key: "k", State: event.RefundRefunding, Amount: viewtest.Euro(180), Lines: o.Lines,
			Reason: o.Reason, Actor: o.Actor, At: s.tell.At()})
	case o.Order == event.OrderDispute:
		facts = append(facts, event.DisputeOpened{Session: o.Session, Dispute: o.ID, Lines: o.Lines, Reason: o.Reason, By: o.Actor, At: s.tell.At()})
	}
	if refused == "" {
		s.orders = append(s.orders, o)
	}
	n := len(s.tell.Records)
	s.tell.TellOf(o, facts...)
	viewtest.Append(s.tb, s.journal, s.tell.Records[n:]...)
	return nil
}

// afterSale is a store with all that comes after a sale.
func afterSale(t *testing.T) (*api, *carrying) {
	t.Helper()
	j := journal.Memory()
	records := viewtest.Money()
	viewtest.Append(t, j, records...)
	s := &carrying{tb: t, journal: j, tell: viewtest.Continue(records)}
	return newAPI(Options{View: viewtest.View(t, j), Staff: s}), s
}

var jsonType = []string{"Content-Type", "application/json"}

// whatIsWrong is the body of an answer that is no success.
func whatIsWrong(t *testing.T, body []byte) (code, field string) {
	t.Helper()
	var p problem
	if err := json.Unmarshal(body, &p); err != nil || p.Error.Code == "" || p.Error.Message == "" {
		t.Errorf("the answer says nothing: %s", body)
	}
	return p.Error.Code, p.Error.Field
}

func TestMoneyLists(t *testing.T) {
	a, _ := afterSale(t)
	h := a.handler()
	for path, want := range map[string][]string{
		"/api/v1/reviews":  {`"session":"sess-m","number":4`, `"id":"p2"`, `"titles":["Heather honey 250 g","Sardines in olive oil"]`, `"age":18`, `"until":"2026-11-21T10:34:37Z"`},
		"/api/v1/disputes": {`"id":"form-2"`, `"by":"shopper"`, `"until":"2026-11-24T10:16:21Z"`, `"granted":true`},
		"/api/v1/debts":    {`"session":"sess-q","number":3,"amount":{"minor":709,"currency":"EUR"}`, `"reason":"declined by the issuer"`},
		"/api/v1/refunds":  {`"id":"form-1"`, `"state":"refunded"`, `"amount":{"minor":180,"currency":"EUR"}`},
		"/api/v1/alarms":   {`"code":"chargeback"`, `"number":1`},
		"/api/v1/receipts/" + viewtest.RefundedReceipt:          {`"state":"corrected"`, `"kind":"refund"`, `"kind":"dropped"`, `"before":{"minor":709,"currency":"EUR"}`},
		"/api/v1/receipts/" + viewtest.WaitingReceipt + "/why":  {`"state":"provisional"`, `"probability":998100`, `"runner_up":{"text":"1 × Still water 1 l taken","probability":1400}`, `"seq":`},
		"/api/v1/receipts/" + viewtest.DisputedReceipt + "/why": {`"state":"final"`},
	} {
		w := do(h, "GET", path, "")
		if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		for _, s := range want {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s says nothing of %s:\n%s", path, s, w.Body)
			}
		}
		shownAnyway := strings.Contains(path, "/receipts/")
		for _, secret := range []string{"tok_secret", viewtest.WaitingReceipt, viewtest.RefundedReceipt, viewtest.DisputedReceipt, viewtest.OwingReceipt} {
			if strings.Contains(w.Body.String(), secret) && (!shownAnyway || secret == "tok_secret") {
				t.Errorf("%s shows %s", path, secret)
			}
		}
	}
	empty := newAPI(Options{View: viewtest.View(t, journal.Memory())}).handler()
	for _, name := range []string{"reviews", "disputes", "debts", "refunds", "refusals", "alarms", "enrolments"} {
		if w := do(empty, "GET", "/api/v1/"+name, ""); strings.TrimSpace(w.Body.String()) != `{"`+name+`":[]}` {
			t.Errorf("%s of an empty journal: %s", name, w.Body)
		}
	}
}

func TestMoneyOrders(t *testing.T) {
	order := func(fields string) string {
		return `{"id":"till-1","order":"refund","actor":"maria","reason":"broken","receipt":"` + viewtest.WaitingReceipt + `"` + fields + `}`
	}
	other := func(name, fields string) string {
		return `{"id":"till-1","order":"` + name + `","actor":"maria","reason":"broken","session":"sess-m"` + fields + `}`
	}
	for _, c := range []struct {
		name, body string
		header     []string
		want       int
		code       string
		field      string
	}{
		{"refund", order(`,"lines":[{"line":"1","quantity":1}]`), jsonType, 200, "", ""},
		{"refund of all", order(``), jsonType, 200, "", ""},
		{"refund of an amount", order(`,"amount":{"minor":150,"currency":"EUR"}`), jsonType, 200, "", ""},
		{"by visit", other("refund", ``), jsonType, 200, "", ""},
		{"by both", order(`,"session":"sess-m"`), jsonType, 200, "", ""},
		{"charge", other("charge_pending", `,"lines":[{"line":"p1"}]`), jsonType, 200, "", ""},
		{"drop", other("drop_pending", ``), jsonType, 200, "", ""},
		{"release", other("release", ``), jsonType, 200, "", ""},
		{"dispute", other("dispute", `,"lines":[{"line":"1"}]`), jsonType, 200, "", ""},
		{"decide", other("decide_dispute", `,"dispute":"form-2","granted":true`), jsonType, 200, "", ""},
		{"retry", other("retry_debt", ``), jsonType, 200, "", ""},
		{"write off", other("write_off", ``), jsonType, 200, "", ""},

		{"no order", other("", ``), jsonType, 400, "invalid", "order"},
		{"an order of another route", other("end_session", ``), jsonType, 400, "invalid", "order"},
		{"days are closed elsewhere", other("close_day", ``), jsonType, 400, "invalid", "order"},
		{"no id", strings.Replace(order(``), "till-1", "", 1), jsonType, 400, "invalid", "id"},
		{"long id", strings.Replace(order(``), "till-1", strings.Repeat("i", MaxWords+1), 1), jsonType, 400, "invalid", "id"},
		{"longest id", strings.Replace(order(``), "till-1", strings.Repeat("i", MaxWords), 1), jsonType, 200, "", ""},
		{"no actor", strings.Replace(order(``), "maria", " ", 1), jsonType, 400, "invalid", "actor"},
		{"no reason", strings.Replace(order(``), "broken", "", 1), jsonType, 400, "invalid", "reason"},
		{"two lines of reason", strings.Replace(order(``), "broken", `bro\nken`, 1), jsonType, 400, "invalid", "reason"},
		{"nobody's", `{"id":"i","order":"refund","actor":"a","reason":"r"}`, jsonType, 400, "invalid", "receipt"},
		{"a line of nothing", order(`,"lines":[{"line":"","quantity":1}]`), jsonType, 400, "invalid", "lines"},
		{"less than none", order(`,"lines":[{"line":"1","quantity":-1}]`), jsonType, 400, "invalid", "lines"},
		{"a line twice", order(`,"lines":[{"line":"1","quantity":1},{"line":"1","quantity":1}]`), jsonType, 400, "invalid", "lines"},
		{"too many lines", order(`,"lines":[` + strings.TrimSuffix(manyLines(MaxLines+1), ",") + `]`), jsonType, 400, "invalid", "lines"},
		{"all the lines", order(`,"lines":[` + strings.TrimSuffix(manyLines(MaxLines), ",") + `]`), jsonType, 200, "", ""},
		{"nothing back", order(`,"amount":{"minor":0,"currency":"EUR"}`), jsonType, 400, "invalid", "amount"},
		{"less than nothing", order(`,"amount":{"minor":-5,"currency":"EUR"}`), jsonType, 400, "invalid", "amount"},
		{"no money", order(`,"amount":{"minor":5,"currency":"euros"}`), jsonType, 400, "invalid", "amount"},
		{"an amount and lines", order(`,"amount":{"minor":5,"currency":"EUR"},"lines":[{"line":"1"}]`), jsonType, 400, "invalid", "amount"},
		{"an amount of a debt", other("write_off", `,"amount":{"minor":5,"currency":"EUR"}`), jsonType, 400, "invalid", "amount"},
		{"which dispute", other("decide_dispute", ``), jsonType, 400, "invalid", "dispute"},
		{"which lines", other("charge_pending", ``), jsonType, 400, "invalid", "lines"},
		{"which movement", other("resolve", `,"happened":true`), jsonType, 400, "invalid", "movement"},
		{"a movement", other("resolve", `,"movement":"k-1","happened":true,"reference":"ch_1"`), jsonType, 200, "", ""},
		{"which alarm", other("acknowledge", ``), jsonType, 400, "invalid", "alarm"},
		{"disputes nothing", other("dispute", ``), jsonType, 400, "invalid", "lines"},
		{"another field", order(`,"price":5`), jsonType, 400, "body", ""},
		{"a number of strings", order(`,"lines":"1"`), jsonType, 400, "body", ""},
		{"two orders", order(``) + order(``), jsonType, 400, "body", ""},
		{"no JSON", `id=till-1`, jsonType, 400, "body", ""},
		{"a form", order(``), []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "content_type", ""},
		{"no type", order(``), nil, 415, "content_type", ""},
		{"largest", order(``) + strings.Repeat(" ", MaxBody-len(order(``))), jsonType, 200, "", ""},
		{"too large", order(``) + strings.Repeat(" ", MaxBody-len(order(``))+1), jsonType, 413, "body", ""},
		{"unknown receipt", strings.Replace(order(``), viewtest.WaitingReceipt, "unknown", 1), jsonType, 404, "not_found", ""},
		{"unknown visit", strings.Replace(other("refund", ``), "sess-m", "sess-z", 1), jsonType, 404, "not_found", ""},
		{"another's receipt", order(`,"session":"sess-o"`), jsonType, 404, "not_found", ""},
		{"another site", order(``), append([]string{"Sec-Fetch-Site", "cross-site"}, jsonType...), 403, "cross_origin", ""},
		{"another origin", order(``), append([]string{"Origin", "https://evil.example"}, jsonType...), 403, "cross_origin", ""},
		{"another host", order(``), append([]string{"Host", "evil.example"}, jsonType...), 421, "host", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, s := afterSale(t)
			w := do(a.handler(), "POST", "/api/v1/orders", c.body, c.header...)
			if w.Code != c.want || (len(s.orders) == 1) != (c.want == 200) {
				t.Fatalf("%d, %d orders: %s", w.Code, len(s.orders), w.Body)
			}
			if c.want == 200 {
				var out view.Carried
				if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out.Status != "done" || out.Session != "sess-m" || (len(out.Refunds) == 1) != (s.orders[0].Order == event.OrderRefund) {
					t.Errorf("%s", w.Body)
				}
				return
			}
			code, field := whatIsWrong(t, w.Body.Bytes())
			if c.code != "" && code != c.code || field != c.field {
				t.Errorf("%s of %q, not %s of %q", code, field, c.code, c.field)
			}
		})
	}
}

func manyLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"line":"l%d"},`, i)
	}
	return b.String()
}

func TestOrderTwice(t *testing.T) {
	a, s := afterSale(t)
	body := `{"id":"till-1","order":"refund","actor":"maria","reason":"broken","receipt":"` + viewtest.WaitingReceipt + `"}`
	first, second := do(a.handler(), "POST", "/api/v1/orders", body, jsonType...), do(a.handler(), "POST", "/api/v1/orders", body, jsonType...)
	if first.Code != 200 || second.Code != 200 || first.Body.String() != second.Body.String() || len(s.orders) != 1 {
		t.Errorf("%d %s\n%d %s", first.Code, first.Body, second.Code, second.Body)
	}
	s.refused = "nothing that was captured is left to give back"
	w := do(a.handler(), "POST", "/api/v1/orders", strings.Replace(body, "till-1", "till-2", 1), jsonType...)
	if code, _ := whatIsWrong(t, w.Body.Bytes()); w.Code != http.StatusConflict || code != "refused" || !strings.Contains(w.Body.String(), s.refused) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.err = errors.New("the engine at /var/lib/secret has stopped")
	w = do(a.handler(), "POST", "/api/v1/orders", body, jsonType...)
	if code, _ := whatIsWrong(t, w.Body.Bytes()); w.Code != http.StatusServiceUnavailable || code != "unavailable" || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	a.Staff = nil
	if w = do(a.handler(), "POST", "/api/v1/orders", body, jsonType...); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestMoneyDisputes(t *testing.T) {
	const path, good = "/api/v1/receipts/" + viewtest.WaitingReceipt + "/disputes", `{"id":"d-1","lines":[{"line":"1","quantity":1}],"reason":"I put it back"}`
	for _, c := range []struct {
		name, path, body string
		header           []string
		want             int
		code, field      string
	}{
		{"good", path, good, jsonType, 200, "", ""},
		{"no reason is one, too", path, `{"id":"d-1","lines":[{"line":"1"}]}`, jsonType, 200, "", ""},
		{"no id", path, `{"lines":[{"line":"1"}]}`, jsonType, 400, "invalid", "id"},
		{"no lines", path, `{"id":"d-1","reason":"x"}`, jsonType, 400, "invalid", "lines"},
		{"a line twice", path, `{"id":"d-1","lines":[{"line":"1"},{"line":"1"}]}`, jsonType, 400, "invalid", "lines"},
		{"long reason", path, `{"id":"d-1","lines":[{"line":"1"}],"reason":"` + strings.Repeat("r", MaxWords+1) + `"}`, jsonType, 400, "invalid", "reason"},
		{"in another's name", path, `{"id":"d-1","lines":[{"line":"1"}],"actor":"maria"}`, jsonType, 400, "body", ""},
		{"unknown receipt", "/api/v1/receipts/unknown/disputes", good, jsonType, 404, "not_found", ""},
		{"a form", path, "line=1", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "content_type", ""},
		{"too large", path, good + strings.Repeat(" ", MaxBody), jsonType, 413, "body", ""},
		{"another site", path, good, append([]string{"Sec-Fetch-Site", "cross-site"}, jsonType...), 403, "cross_origin", ""},
		{"no origin to tell", path, good, append([]string{"Origin", "null"}, jsonType...), 403, "cross_origin", ""},
	} {
		a, s := afterSale(t)
		w := do(a.handler(), "POST", c.path, c.body, c.header...)
		if w.Code != c.want || (len(s.orders) == 1) != (c.want == 200) {
			t.Errorf("%s: %d, %d orders: %s", c.name, w.Code, len(s.orders), w.Body)
			continue
		}
		if c.want == 200 {
			var d view.Dispute
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || d.ID != "d-1" || d.By != Shopper || d.Until.Sub(d.At) != view.DecideWithin {
				t.Errorf("%s: %s", c.name, w.Body)
			}
			if again := do(a.handler(), "POST", c.path, c.body, c.header...); again.Code != 200 || again.Body.String() != w.Body.String() || len(s.orders) != 1 {
				t.Errorf("%s again: %d %s", c.name, again.Code, again.Body)
			}
			continue
		}
		if code, field := whatIsWrong(t, w.Body.Bytes()); code != c.code || field != c.field {
			t.Errorf("%s: %s of %q, not %s of %q", c.name, code, field, c.code, c.field)
		}
	}
}

// TestMethods: each route of money takes its own method, says which, and nothing
// of it is told otherwise.
func TestMethods(t *testing.T) {
	a, s := afterSale(t)
	h := a.handler()
	for _, r := range a.routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.Replace(path, "receipts/{id}", "receipts/"+viewtest.WaitingReceipt, 1)
		path = strings.Replace(path, "{id}", "sess-m", 1)
		for _, other := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if other == method || strings.HasSuffix(path, "/events") {
				continue
			}
			w := do(h, other, path, `{}`, jsonType...)
			if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Header().Get("Allow"), method) {
				t.Errorf("%s %s: %d, Allow %q", other, path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	if len(s.orders) > 0 {
		t.Errorf("%+v", s.orders)
	}
}

// TestRoutesAreTold: the routes in the package's comment are those that are
// served.
func TestRoutesAreTold(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var told, served []string
	for _, m := range regexp.MustCompile(`(?m)^//\t(GET|POST) +(/[^ \n]+) +\S`).FindAllStringSubmatch(string(text), -1) {
		told = append(told, m[1]+" "+m[2])
	}
	for _, r := range newAPI(Options{View: view.New(journal.Memory()), Metrics: http.NotFoundHandler()}).routes() {
		served = append(served, r.pattern)
	}
	slices.Sort(told)
	slices.Sort(served)
	if !slices.Equal(told, served) {
		t.Errorf("told  %q\nserved %q", told, served)
	}
}
