package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/framework/web"
)

// staff takes orders as a store does: the same id is carried out once.
type staff struct {
	orders  []event.StaffOrder
	refused string
	err     error
}

func (s *staff) decide(_ context.Context, o event.StaffOrder) (string, error) {
	if s.err != nil || s.refused != "" {
		return s.refused, s.err
	}
	for _, x := range s.orders {
		if x.ID == o.ID {
			return "a repeat", nil
		}
	}
	s.orders = append(s.orders, o)
	return "", nil
}

// behind is the pages behind the API, as the store serves them.
func behind(t *testing.T, s *staff) http.Handler {
	t.Helper()
	j := journal.Memory()
	viewtest.Append(t, j, viewtest.Money()...)
	v := viewtest.View(t, j)
	o := web.Options{}
	if s != nil {
		o.Decide = s.decide
	}
	return httpapi.New(httpapi.Options{View: v, Pages: web.New(v, o)})
}

const formType = "application/x-www-form-urlencoded"

func post(h http.Handler, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", formType)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func show(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil))
	return w
}

var tokens = regexp.MustCompile(`name="token" value="([a-z2-7]+)"`)

// form is a form of a page with other fields; an empty value leaves one out.
func form(with ...string) string {
	f := url.Values{}
	for i := 0; i < len(with); i += 2 {
		if with[i+1] != "" {
			f.Add(with[i], with[i+1])
		}
	}
	return f.Encode()
}

// TestDisputeFormOver shows a receipt on the last moment on which it can be disputed,
// and just after it.
func TestDisputeFormOver(t *testing.T) {
	records := viewtest.Money()
	within := viewtest.Store().Receipt.DisputableFor()
	for _, c := range []struct {
		name  string
		after time.Duration
		over  bool
	}{{"in time", 0, false}, {"over", time.Nanosecond, true}} {
		t.Run(c.name, func(t *testing.T) {
			j := journal.Memory()
			viewtest.Append(t, j, records...)
			v := viewtest.View(t, j)
			r, ok, err := v.Receipt(viewtest.WaitingReceipt)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			teller := viewtest.Continue(records)
			teller.Later(r.Latest().Receipt.Closed.Add(within + c.after).Sub(teller.At()))
			teller.Tell(event.Ignored{What: "anything", Reason: "time passes"})
			viewtest.Append(t, j, teller.Records[len(records):]...)
			page := show(httpapi.New(httpapi.Options{View: viewtest.View(t, j), Pages: web.New(viewtest.View(t, j), web.Options{})}), "/receipts/"+viewtest.WaitingReceipt).Body.String()
			if form, over := strings.Contains(page, `id="form"`), strings.Contains(page, "could be disputed here until"); form == c.over || over != c.over {
				t.Errorf("form %v, over %v", form, over)
			}
		})
	}
}

func TestDisputeForm(t *testing.T) {
	const path = "/receipts/" + viewtest.WaitingReceipt + "/disputes"
	token := tokens.FindStringSubmatch(show(behind(t, &staff{}), "/receipts/"+viewtest.WaitingReceipt).Body.String())
	if token == nil {
		t.Fatal("the receipt has no form")
	}
	good := []string{"token", token[1], "line", "1", "units-1", "1", "line", "2", "claim", "I put it back", "words", "next to\n the <oats>"}
	change := func(field, value string) string {
		w := append([]string{}, good...)
		for i := 0; i < len(w); i += 2 {
			if w[i] == field {
				w[i+1] = value
			}
		}
		return form(w...)
	}
	for _, c := range []struct {
		name, path, body string
		header           []string
		want             int
		says             string
	}{
		{"good", path, form(good...), nil, 303, ""},
		{"no words", path, change("words", ""), nil, 303, ""},
		{"our own page", path, form(good...), []string{"Origin", "http://127.0.0.1:8080", "Sec-Fetch-Site", "same-origin"}, 303, ""},
		{"our own page, an old browser", path, form(good...), []string{"Origin", "http://127.0.0.1:8080"}, 303, ""},
		{"another site", path, form(good...), []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		{"another port", path, form(good...), []string{"Sec-Fetch-Site", "same-site"}, 403, ""},
		{"another origin", path, form(good...), []string{"Origin", "https://evil.example"}, 403, ""},
		{"no origin to tell", path, form(good...), []string{"Origin", "null"}, 403, ""},
		{"no line", path, form("token", token[1], "claim", "I put it back"), nil, 400, "Please tick at least one line."},
		{"a line twice", path, form(append(good, "line", "1")...), nil, 400, "The form was not whole."},
		{"no such number", path, change("units-1", "none"), nil, 400, "Please write a number of 1 or more."},
		{"less than one", path, change("units-1", "0"), nil, 400, "Please write a number of 1 or more."},
		{"no claim", path, change("claim", ""), nil, 400, "Please say what is wrong."},
		{"another claim", path, change("claim", "<b>"), nil, 400, "Please say what is wrong."},
		{"longest", path, change("words", strings.Repeat("w", 200-len("I put it back: "))), nil, 303, ""},
		{"too long", path, change("words", strings.Repeat("w", 201-len("I put it back: "))), nil, 400, "Please write less"},
		{"no token", path, change("token", ""), nil, 400, "The form was not whole."},
		{"too many lines", path, form(append(good, strings.Split(strings.Repeat("line,x,", 256)+"line,x", ",")...)...), nil, 400, "more lines than a receipt has"},
		{"unknown receipt", "/receipts/unknown/disputes", form(good...), nil, 404, "There is nothing here"},
		{"JSON", path, `{"id":"x"}`, []string{"Content-Type", "application/json"}, 415, "not sent by the form"},
		{"no type", path, form(good...), []string{"Content-Type", ""}, 415, ""},
		{"too large", path, form(good...) + "&x=" + strings.Repeat("x", 32<<10), nil, 413, "This is too much"},
		{"not a form", path, "%zz", nil, 400, "This can’t be read"},
	} {
		s := &staff{}
		w := post(behind(t, s), c.path, c.body, c.header...)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) || (len(s.orders) == 1) != (c.want == 303) {
			t.Errorf("%s: %d, %d orders, not %d and %q:\n%s", c.name, w.Code, len(s.orders), c.want, c.says, w.Body)
		}
		if c.want == 400 && strings.Contains(c.says, "Please") && !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s: the page does not say it beside its form", c.name)
		}
	}
	if w := show(behind(t, &staff{}), path); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}

	s := &staff{}
	h := behind(t, s)
	first, second := post(h, path, form(good...)), post(h, path, form(good...))
	if to := first.Header().Get("Location"); len(s.orders) != 1 || to == "" || to != second.Header().Get("Location") || second.Code != 303 {
		t.Errorf("the same form twice: %d orders, %q and %q", len(s.orders), first.Header().Get("Location"), second.Header().Get("Location"))
	}
	o := s.orders[0]
	if o.Order != event.OrderDispute || o.Session != "sess-m" || o.Actor != "shopper" || o.Reason != "I put it back: next to the <oats>" || len(o.Lines) != 2 ||
		o.Lines[0] != (event.LineRef{Line: "1", Quantity: 1}) || !strings.HasPrefix(o.ID, "form-") {
		t.Errorf("%+v", o)
	}
	if post(h, path, form("token", token[1], "line", "2", "claim", "I took fewer")); len(s.orders) != 2 {
		t.Error("other lines of the same page are another dispute")
	}

	w := post(behind(t, &staff{refused: "line 1 is disputed already"}), path, form(good...))
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Line 1 is disputed already.") {
		t.Errorf("refused: %d %s", w.Code, w.Body)
	}
	for name, h := range map[string]http.Handler{"fails": behind(t, &staff{err: errors.New("the engine at /var/lib/secret has stopped")}), "takes none": behind(t, nil)} {
		w := post(h, path, form(good...))
		if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "Sending it twice does no harm") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	w = post(behind(t, &staff{}), "/receipts/"+viewtest.OwingReceipt+"/disputes", form("token", "x", "claim", "I put it back"))
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "nothing on this receipt that can be disputed") {
		t.Errorf("nothing was paid: %d %s", w.Code, w.Body)
	}
}

// The form offers what can be disputed: no line that is given back, nor one that
// is disputed already, and nothing of a receipt that took no money or is old.
func TestFormOffers(t *testing.T) {
	h := behind(t, nil)
	for path, want := range map[string][]string{
		viewtest.WaitingReceipt:                 {`value="1"`, `value="2"`, `max="2"`},
		viewtest.RefundedReceipt:                {`value="1"`, `value="2"`},
		viewtest.DisputedReceipt:                {`value="2"`},
		viewtest.OwingReceipt:                   nil,
		viewtest.RefundedReceipt + "?version=1": nil,
	} {
		page := show(h, "/receipts/"+path)
		_, f, found := strings.Cut(page.Body.String(), "<fieldset")
		f, _, _ = strings.Cut(f, "</fieldset>")
		if found != (want != nil) || strings.Count(f, "checkbox") != strings.Count(strings.Join(want, ""), "value") {
			t.Errorf("%s offers %s", path, f)
		}
		for _, s := range want {
			if !strings.Contains(f, s) {
				t.Errorf("%s does not offer %s: %s", path, s, f)
			}
		}
		csp, referrer := page.Header().Get("Content-Security-Policy"), page.Header().Get("Referrer-Policy")
		with := strings.Contains(csp, "form-action 'self'") && referrer == "same-origin"
		without := strings.Contains(csp, "form-action 'none'") && referrer == "no-referrer"
		if with != found || without == found || strings.Contains(csp, "script-src") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s; %s", path, csp, referrer)
		}
	}
	for _, path := range []string{"/receipts/" + viewtest.DisputedReceipt + "/disputes/form-1", "/receipts/unknown/disputes/form-2", "/receipts/" + viewtest.DisputedReceipt + "/disputes/"} {
		if w := show(h, path); w.Code != http.StatusNotFound || w.Body.String() != show(h, "/nothing").Body.String() {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestStaffForm(t *testing.T) {
	token := tokens.FindStringSubmatch(show(behind(t, &staff{}), "/staff").Body.String())
	if token == nil {
		t.Fatal("the page has no form")
	}
	by := []string{"token", token[1], "actor", "Maria", "reason", "the film shows it"}
	of := func(with ...string) string { return form(append(append([]string{}, by...), with...)...) }
	for _, c := range []struct {
		name, body string
		header     []string
		want       int
		says       string
		order      event.Order
	}{
		{"charge", of("order", "charge_pending", "session", "sess-m", "line", "p1"), nil, 303, "", event.OrderChargePending},
		{"drop", of("order", "drop_pending", "session", "sess-m", "line", "p1", "line", "p2"), nil, 303, "", event.OrderDropPending},
		{"release", of("order", "release", "session", "sess-m", "line", "p2"), nil, 303, "", event.OrderRelease},
		{"grant", of("order", "grant", "session", "sess-o", "dispute", "form-2"), nil, 303, "", event.OrderDecideDispute},
		{"deny", of("order", "deny", "session", "sess-o", "dispute", "form-2"), nil, 303, "", event.OrderDecideDispute},
		{"retry", of("order", "retry_debt", "session", "sess-q"), nil, 303, "", event.OrderRetryDebt},
		{"write off", of("order", "write_off", "session", "sess-q"), nil, 303, "", event.OrderWriteOff},
		{"happened", of("order", "happened", "session", "sess-n", "movement", "k-1", "alarm", "unresolved-1"), nil, 303, "", event.OrderResolve},
		{"did not", of("order", "did_not", "session", "sess-n", "movement", "k-1", "alarm", "unresolved-1"), nil, 303, "", event.OrderResolve},
		{"acknowledge", of("order", "acknowledge", "session", "", "alarm", "chargeback-1"), nil, 303, "", event.OrderAcknowledge},
		{"no movement", of("order", "happened", "session", "sess-n"), nil, 400, "The form was not whole", ""},
		{"no alarm", of("order", "acknowledge", "session", "sess-n"), nil, 400, "The form was not whole", ""},
		{"no line", of("order", "charge_pending", "session", "sess-m"), nil, 400, "Please tick the lines that you decide.", ""},
		{"no name", form("token", "t", "reason", "r", "order", "charge_pending", "session", "sess-m", "line", "p1"), nil, 400, "Please write your name", ""},
		{"no reason", form("token", "t", "actor", "a", "order", "charge_pending", "session", "sess-m", "line", "p1"), nil, 400, "Please write why", ""},
		{"blank reason", form("token", "t", "actor", "a", "reason", " \n", "order", "charge_pending", "session", "sess-m", "line", "p1"), nil, 400, "Please write why", ""},
		{"no token", form("actor", "a", "reason", "r", "order", "write_off", "session", "sess-q"), nil, 400, "The form was not whole", ""},
		{"no button", of("session", "sess-m", "line", "p1"), nil, 400, "Please use one of the buttons", ""},
		{"refund is no button", of("order", "refund", "session", "sess-m"), nil, 400, "Please use one of the buttons", ""},
		{"no dispute", of("order", "grant", "session", "sess-o"), nil, 400, "The form was not whole", ""},
		{"lines of a debt", of("order", "write_off", "session", "sess-q", "line", "1"), nil, 400, "The form was not whole", ""},
		{"unknown visit", of("order", "write_off", "session", "sess-z"), nil, 404, "There is nothing here", ""},
		{"another site", of("order", "write_off", "session", "sess-q"), []string{"Sec-Fetch-Site", "cross-site"}, 403, "", ""},
		{"another origin", of("order", "write_off", "session", "sess-q"), []string{"Origin", "http://localhost:1"}, 403, "", ""},
		{"JSON", `{}`, []string{"Content-Type", "application/json"}, 415, "not sent by the form", ""},
		{"too large", of("x", strings.Repeat("x", 32<<10)), nil, 413, "This is too much", ""},
	} {
		s := &staff{}
		w := post(behind(t, s), "/staff/orders", c.body, c.header...)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) || (len(s.orders) == 1) != (c.want == 303) {
			t.Errorf("%s: %d, %d orders, not %d and %q:\n%s", c.name, w.Code, len(s.orders), c.want, c.says, w.Body)
			continue
		}
		if c.want == 303 && (s.orders[0].Order != c.order || s.orders[0].Actor != "Maria" || s.orders[0].Granted != (c.name == "grant") || s.orders[0].Happened != (c.name == "happened") ||
			c.order == event.OrderResolve && s.orders[0].Movement != "k-1" || c.order == event.OrderAcknowledge && s.orders[0].Alarm != "chargeback-1") {
			t.Errorf("%s: %+v", c.name, s.orders[0])
		}
	}
	if w := show(behind(t, nil), "/staff/orders"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", w.Code)
	}
	body := of("order", "retry_debt", "session", "sess-q")
	s := &staff{}
	h := behind(t, s)
	first, second := post(h, "/staff/orders", body), post(h, "/staff/orders", body)
	if len(s.orders) != 1 || second.Code != 303 || first.Header().Get("Location") != second.Header().Get("Location") {
		t.Errorf("the same form twice: %d orders", len(s.orders))
	}
	if c := first.Result().Cookies(); len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].Path != "/staff" || c[0].Value != "Maria" {
		t.Errorf("%v", c)
	}
	if w := post(behind(t, nil), "/staff/orders", body); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a store that takes no orders: %d", w.Code)
	}
	if w := post(behind(t, &staff{err: errors.New("secret")}), "/staff/orders", body); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("a store that fails: %d", w.Code)
	}
}

// What was typed is there again beside what is missing, and who decided last.
func TestStaffAgain(t *testing.T) {
	h := behind(t, &staff{})
	page := post(h, "/staff/orders", form("token", "t", "reason", `a "reason"`, "order", "charge_pending", "session", "sess-m", "line", "p1")).Body.String()
	for _, want := range []string{`value="a &#34;reason&#34;"`, `value="p1" checked`, `aria-invalid="true" aria-describedby="said"`, `role="alert">Please write your name`} {
		if strings.Count(page, want) != 1 {
			t.Errorf("%d times %s", strings.Count(page, want), want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/staff?order=form-2", nil)
	r.AddCookie(&http.Cookie{Name: "aisle_actor", Value: "Maria+S%C3%A1"})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if n := strings.Count(w.Body.String(), `value="Maria Sá"`); n != 5 {
		t.Errorf("the name is there %d times", n)
	}
	if !strings.Contains(w.Body.String(), `role="status">Your decision is taken.`) {
		t.Error("it does not say what came of the order")
	}
	if page := show(h, "/staff?order=made-up").Body.String(); strings.Contains(page, `id="said"`) {
		t.Error("it says something of an order that nobody gave")
	}
}
