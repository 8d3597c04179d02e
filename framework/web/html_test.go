package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/framework/web"
)

func pages(t *testing.T, records ...event.Record) http.Handler {
	t.Helper()
	j := journal.Memory()
	viewtest.Append(t, j, records...)
	return web.New(viewtest.View(t, j), web.Options{})
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestGolden(t *testing.T) {
	full, blank, prices, money := pages(t, viewtest.Story()...), pages(t), pages(t, viewtest.Prices()...), pages(t, viewtest.Money()...)
	for _, c := range []struct {
		name, path string
		h          http.Handler
		status     int
	}{
		{"live", "/", full, 200},
		{"live-empty", "/", blank, 200},
		{"receipt-pending", "/receipts/" + viewtest.PendingReceipt, full, 200},
		{"receipt-corrected", "/receipts/" + viewtest.CorrectedReceipt, full, 200},
		{"receipt-corrected-first", "/receipts/" + viewtest.CorrectedReceipt + "?version=1", full, 200},
		{"receipt-nothing", "/receipts/" + viewtest.PlainReceipt, full, 200},
		{"receipt-prices", "/receipts/" + viewtest.PricesReceipt, prices, 200},
		{"receipt-waiting", "/receipts/" + viewtest.WaitingReceipt, money, 200},
		{"receipt-refunded", "/receipts/" + viewtest.RefundedReceipt, money, 200},
		{"receipt-disputed", "/receipts/" + viewtest.DisputedReceipt, money, 200},
		{"dispute-open", "/receipts/" + viewtest.DisputedReceipt + "/disputes/form-2", money, 200},
		{"dispute-granted", "/receipts/" + viewtest.RefundedReceipt + "/disputes/form-1", money, 200},
		{"staff", "/staff", money, 200},
		{"staff-empty", "/staff", blank, 200},
		{"enrolments", "/staff/enrolments", pages(t, enrolled()...), 200},
		{"enrolments-empty", "/staff/enrolments", blank, 200},
		{"not-found", "/receipts/unknown", full, 404},
	} {
		w := get(c.h, c.path)
		file := filepath.Join("testdata", c.name+".html")
		if *update {
			check(t, os.WriteFile(file, w.Body.Bytes(), 0o644))
		}
		want, err := os.ReadFile(file)
		if err != nil || w.Body.String() != string(want) || w.Code != c.status {
			t.Errorf("%s (%d) is not what was looked at (%v); see go test -update and git diff:\n%s", c.path, w.Code, err, w.Body)
		}
		if strings.Contains(w.Body.String(), "tok_secret") {
			t.Errorf("%s shows a payment token", c.path)
		}
	}
}

// TestNotFoundIsUniform: an unknown receipt, a wrong version and a page that
// never was look the same.
func TestNotFoundIsUniform(t *testing.T) {
	h := pages(t, viewtest.Story()...)
	want := get(h, "/receipts/unknown")
	for _, path := range []string{"/receipts/" + viewtest.PlainReceipt[:25], "/receipts/", "/receipts", "/receipts/" + viewtest.PlainReceipt + "?version=9",
		"/receipts/" + viewtest.PlainReceipt + "?version=01", "/static/", "/static/none.css", "/static/..%2fhandler.go", "/nothing"} {
		w := get(h, path)
		if w.Code != http.StatusNotFound || w.Body.String() != want.Body.String() || w.Header().Get("Content-Security-Policy") != want.Header().Get("Content-Security-Policy") {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := pages(t, viewtest.Story()...)
	for path, script := range map[string]string{"/": "script-src 'self'", "/receipts/" + viewtest.PlainReceipt: "", "/nothing": ""} {
		got := get(h, path).Header()
		csp := got.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") != (script != "") ||
			!strings.Contains(csp, script) || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", path, csp)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"Content-Type": "text/html; charset=utf-8", "X-Robots-Tag": "noindex, nofollow"} {
			if got.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.Get(name))
			}
		}
	}
}

var inline = regexp.MustCompile(`(?i)<script(>|\s+[^>]*>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:`)

// TestInjection: a name is text wherever it comes out.
func TestInjection(t *testing.T) {
	const evil = `<script>alert(1)</script>" onmouseover="alert(2)`
	store := viewtest.Store()
	store.Name = evil
	for i := range store.Products {
		store.Products[i].Title = evil
	}
	tell := viewtest.Continue(viewtest.Story())
	tell.Records[0].Facts = []event.Fact{event.Adopted{Definition: event.Definition{Store: store}}}
	r := viewtest.Receipt("sess-d", "evil", tell.At())
	r.Store, r.Brand, r.Lines[0].Title, r.Lines[0].Tax, r.Lines[0].Why[0].Text, r.Taxes[0].Name = evil, evil, evil, evil, evil, evil
	r.Lines[0].Why[0].Evidence[0].Device = evil
	r.Pending = []event.PendingLine{{GTIN: viewtest.Honey, Quantity: 1, Reason: evil, Why: r.Lines[0].Why}}
	r.Dropped = r.Pending
	tell.Tell(event.ReceiptIssued{Receipt: r}, event.DeviceChanged{Device: evil, State: event.StateFailed, Cause: evil},
		event.EntryRefused{Session: "sess-h", Message: evil})
	r.Lines[0].ID, r.Refunds = "1", []event.RefundLine{{ID: "x", Amount: viewtest.Euro(1), Lines: []event.LineRef{{Line: "1", Quantity: 1}}, Reason: evil}}
	next := r
	next.Version, next.Dropped = 2, nil
	tell.Tell(event.ReceiptIssued{Receipt: next}, event.DisputeOpened{Session: "sess-d", Dispute: "evil", Lines: []event.LineRef{{Line: "1", Quantity: 1}}, Reason: evil, By: evil, At: tell.At()},
		event.DisputeOpened{Session: "sess-d", Dispute: "denied", Lines: []event.LineRef{{Line: "1", Quantity: 1}}, Reason: evil, By: evil, At: tell.At()},
		event.DisputeDecided{Session: "sess-d", Dispute: "denied", Actor: evil, Reason: evil, At: tell.At()},
		event.DebtNoted{Session: "sess-d", Amount: viewtest.Euro(1), Reason: evil, At: tell.At()}, event.Alarmed{Session: "sess-d", Code: event.AlarmChargeback, Message: evil, At: tell.At()},
		event.EnrolmentStarted{Enrolment: "e", Reader: evil, Consent: event.Consent{Reference: evil, By: evil, At: tell.At()}, At: tell.At()},
		event.EnrolmentEnded{Enrolment: "e", Reader: evil, Code: event.EnrolExpired, Reason: evil, At: tell.At()})
	h := pages(t, tell.Records...)
	for _, path := range []string{"/", "/receipts/evil", "/receipts/evil?version=1", "/staff", "/staff/enrolments", "/receipts/evil/disputes/denied"} {
		body := get(h, path).Body.String()
		if n := strings.Count(body, "&lt;script&gt;"); n < 4 {
			t.Errorf("%s shows the name %d times: this test looks at nothing", path, n)
		}
		if found := inline.FindString(strings.ReplaceAll(body, `&#34; onmouseover=&#34;`, "")); found != "" {
			t.Errorf("%s holds %q:\n%s", path, found, body)
		}
	}
}

func TestStatic(t *testing.T) {
	h := pages(t)
	for name, kind := range map[string]string{"aisle.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8", "mark.svg": "image/svg+xml"} {
		w := get(h, "/static/"+name)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Body.Len() == 0 {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Content-Type"))
		}
		if again := get(h, "/static/"+name, "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: %d", name, again.Code)
		}
	}
}
