package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
)

type staff struct {
	orders []event.StaffOrder
	err    error
}

func (s *staff) Order(_ context.Context, o event.StaffOrder) error {
	s.orders = append(s.orders, o)
	return s.err
}

func story(t *testing.T, o Options) *api {
	t.Helper()
	j := journal.Memory()
	viewtest.Append(t, j, viewtest.Story()...)
	o.View = viewtest.View(t, j)
	return newAPI(o)
}

func do(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRead(t *testing.T) {
	h := story(t, Options{Readings: func() map[string][]control.Reading {
		return map[string][]control.Reading{"gate.north": {{Name: "supply_volts", Value: 3.71, At: time.Unix(1_800_000_000, 0).UTC()}}}
	}}).handler()
	for path, want := range map[string][]string{
		"/api/v1/summary":  {`"sessions":7`, `"captured":[{"minor":1418,"currency":"EUR"}]`, `"in_review":1`},
		"/api/v1/sessions": {`"stage":"inside"`, `"title":"Cola 330 ml"`, `"method":"palm"`},
		"/api/v1/devices":  {`"address":"gate.north"`, `"cause":"connection lost; opening again in 4 s"`, `"readings":[{"name":"supply_volts","value":3.71,"at":"2027-01-15T08:00:00Z"}]`},
		"/api/v1/refusals": {`"reader":"credential_reader.door"`, `"code":"unclear"`, `"message":"This could not be read. Please try again."`},
		"/api/v1/receipts/" + viewtest.CorrectedReceipt: {`"version":3`, `"epoch":1795253400000`},
		"/healthz": {`"status":"ok"`},
	} {
		w := do(h, "GET", path, "")
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		for _, s := range want {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s says nothing of %s:\n%s", path, s, w.Body)
			}
		}
		if strings.Contains(w.Body.String(), "tok_secret") {
			t.Errorf("%s shows a payment token", path)
		}
	}
}

func TestEmpty(t *testing.T) {
	h := newAPI(Options{View: viewtest.View(t, journal.Memory())}).handler()
	for path, want := range map[string]string{"/api/v1/sessions": `"sessions":[]`, "/api/v1/devices": `"devices":[]`, "/api/v1/summary": `"captured":[]`} {
		if w := do(h, "GET", path, ""); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
}

// TestNotFoundIsUniform: whatever is not there looks the same.
func TestNotFoundIsUniform(t *testing.T) {
	h := story(t, Options{}).handler()
	want := do(h, "GET", "/api/v1/receipts/unknown", "")
	for _, path := range []string{"/api/v1/receipts/" + viewtest.PlainReceipt[:25], "/api/v1/receipts/" + strings.ToUpper(viewtest.PlainReceipt), "/api/v1/receipts/",
		"/api/v1/receipts", "/api/v1/receipts/..%2f", "/api/v2/anything", "/", "/nothing"} {
		w := do(h, "GET", path, "")
		if w.Code != http.StatusNotFound || w.Body.String() != want.Body.String() || len(w.Header()) != len(want.Header()) {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	if w := do(h, "POST", "/api/v1/sessions", ""); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("POST of a list: %d %v", w.Code, w.Header())
	}
}

func TestHosts(t *testing.T) {
	h := story(t, Options{Pages: http.NotFoundHandler()}).handler()
	for host, ok := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:8080": true, "127.8.9.1:1": true, "localhost": true, "LOCALHOST:80": true, "[::1]": true, "[::1]:8080": true, "[::ffff:127.0.0.1]:80": true,
		"": false, "evil.example": false, "evil.example:8080": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "10.0.0.1": false,
		"0.0.0.0": false, "[::]": false, "[fe80::1%25lo]": false, "2130706433": false, "localhost:80:80": false,
	} {
		for _, path := range []string{"/api/v1/summary", "/healthz"} {
			w := do(h, "GET", path, "", "Host", host)
			if (w.Code == http.StatusOK) != ok || (w.Code == http.StatusMisdirectedRequest) == ok {
				t.Errorf("host %q: %d for %s", host, w.Code, path)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	h := story(t, Options{}).handler()
	for _, path := range []string{"/api/v1/summary", "/nothing"} {
		got := do(h, "GET", path, "").Header()
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY"} {
			if got.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.Get(name))
			}
		}
		if !strings.Contains(got.Get("Content-Security-Policy"), "default-src 'none'") || got.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestOrders(t *testing.T) {
	const good = `{"actor":"maria","reason":"left by the back door"}`
	jsonType := []string{"Content-Type", "application/json"}
	for _, c := range []struct {
		name, path, body string
		header           []string
		want             int
		order            event.Order
	}{
		{"end", "/sess-d/end", good, jsonType, 202, event.OrderEnd},
		{"end, with charset", "/sess-d/end", good, []string{"Content-Type", "application/json; charset=utf-8"}, 202, event.OrderEnd},
		{"release", "/sess-d/release", good, jsonType, 202, event.OrderRelease},
		{"release who left", "/sess-c/release", good, jsonType, 409, ""},
		{"drop", "/sess-c/drop-pending", good, jsonType, 202, event.OrderDropPending},
		{"end twice", "/sess-c/end", good, jsonType, 409, ""},
		{"drop nothing", "/sess-f/drop-pending", good, jsonType, 409, ""},
		{"unknown", "/sess-z/end", good, jsonType, 404, ""},
		{"closed", "/sess-a/end", good, jsonType, 404, ""},
		{"no type", "/sess-d/end", good, nil, 415, ""},
		{"form", "/sess-d/end", "actor=maria", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, ""},
		{"no actor", "/sess-d/end", `{"reason":"x"}`, jsonType, 400, ""},
		{"blank reason", "/sess-d/end", `{"actor":"x","reason":"  "}`, jsonType, 400, ""},
		{"two lines", "/sess-d/end", `{"actor":"x","reason":"a\nb"}`, jsonType, 400, ""},
		{"longest", "/sess-d/end", `{"actor":"x","reason":"` + strings.Repeat("r", MaxWords) + `"}`, jsonType, 202, event.OrderEnd},
		{"too long", "/sess-d/end", `{"actor":"x","reason":"` + strings.Repeat("r", MaxWords+1) + `"}`, jsonType, 400, ""},
		{"more fields", "/sess-d/end", `{"actor":"x","reason":"y","amount":5}`, jsonType, 400, ""},
		{"two values", "/sess-d/end", good + good, jsonType, 400, ""},
		{"largest", "/sess-d/end", good + strings.Repeat(" ", MaxBody-len(good)), jsonType, 202, event.OrderEnd},
		{"too large", "/sess-d/end", good + strings.Repeat(" ", MaxBody-len(good)+1), jsonType, 413, ""},
		{"another site", "/sess-d/end", good, append([]string{"Sec-Fetch-Site", "cross-site"}, jsonType...), 403, ""},
		{"another origin", "/sess-d/end", good, append([]string{"Origin", "https://evil.example"}, jsonType...), 403, ""},
		{"our own page", "/sess-d/end", good, append([]string{"Origin", "http://127.0.0.1:8080", "Sec-Fetch-Site", "same-origin"}, jsonType...), 202, event.OrderEnd},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &staff{}
			w := do(story(t, Options{Staff: s}).handler(), "POST", "/api/v1/sessions"+c.path, c.body, c.header...)
			if w.Code != c.want {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("the answer is no JSON: %s", w.Body)
			}
			if (len(s.orders) == 1) != (c.want == 202) || len(s.orders) == 1 && s.orders[0].Order != c.order {
				t.Errorf("orders %+v", s.orders)
			}
		})
	}
}

func TestOrderFails(t *testing.T) {
	s := &staff{err: errors.New("the engine at /var/lib/secret has stopped")}
	w := do(story(t, Options{Staff: s}).handler(), "POST", "/api/v1/sessions/sess-d/end", `{"actor":"a","reason":"b"}`, "Content-Type", "application/json")
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = do(story(t, Options{}).handler(), "POST", "/api/v1/sessions/sess-d/end", `{"actor":"a","reason":"b"}`, "Content-Type", "application/json")
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("without staff: %d %s", w.Code, w.Body)
	}
}

func TestHealth(t *testing.T) {
	w := do(story(t, Options{Health: func() error { return errors.New("the journal is full") }}).handler(), "GET", "/healthz", "")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "the journal is full") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestListen(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1", "nonsense"} {
		if l, err := Listen(context.Background(), address); err == nil {
			t.Errorf("%s is served at %s", address, l.Addr())
			l.Close()
		}
	}
}

func TestServe(t *testing.T) {
	a := story(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	l, err := Listen(ctx, "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, a.handler()) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	cancel() // ends the stream too
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
}
