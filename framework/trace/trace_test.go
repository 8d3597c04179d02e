package trace

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const session = "00112233445566778899aabbccddeeff"

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

func between(from, to int) observe.Interval {
	return observe.Interval{Onset: at(from), Settled: at(to)}
}

func ref(device string, seq uint64) event.Ref {
	return event.Ref{Device: device, Serial: observe.Serial{Epoch: 7, Seq: seq}}
}

// story is one visit: its records, in order.
func story() []event.Record {
	credential := event.Evidence{Device: "credential_reader.door", Serial: observe.Serial{Epoch: 7, Seq: 1},
		Observed: observe.Credential{Interval: between(0, 40), Token: "tok-secret", Method: observe.MethodPalm}}
	taken := event.Move{Session: session, Bay: "weight_shelf.wall.bay[1]", GTIN: "09521234000006", Quantity: 2, Span: between(5000, 5600),
		Evidence: []event.Ref{ref("weight_shelf.wall", 3), ref("camera.ceiling", 9)}}
	ask := func(op event.Operation) event.Ask {
		return event.Ask{ID: session + "/" + string(op) + "/1", Operation: op, Device: "payment.cards", Session: session, Token: "tok-secret"}
	}
	r := func(ms int, in event.Input, facts ...event.Fact) event.Record {
		return event.Record{At: at(ms), Input: in, Facts: facts}
	}
	return []event.Record{
		r(0, event.Definition{Store: storedef.Store{Name: "corner"}}, event.Adopted{Definition: event.Definition{Store: storedef.Store{Name: "corner"}}}),
		r(50, credential, event.SessionOpened{Session: session, Token: "tok-secret", Method: observe.MethodPalm, Reader: "credential_reader.door", Gate: "gate.door", Bodies: 1, At: at(40), By: ref("credential_reader.door", 1)},
			event.Asked{Ask: ask(event.OpAuthorize), At: at(50)}),
		r(900, event.Answer{ID: ask(event.OpAuthorize).ID, Outcome: event.OutcomeDone},
			event.Answered{Answer: event.Answer{ID: ask(event.OpAuthorize).ID, Outcome: event.OutcomeDone}, At: at(900)},
			event.AdmissionGiven{Session: session, Admission: session, Gate: "gate.door", Bodies: 1, Expires: at(20_000)}),
		r(2000, event.Time{}, event.BodyEntered{Session: session, Admission: session, Gate: "gate.door", Span: between(1800, 1950), By: ref("gate.door", 1)},
			event.AdmissionClosed{Session: session, Admission: session, Reason: "all are in", At: at(2000)}),
		r(7000, event.Time{}, event.Taken{Move: taken}, event.Doubted{ID: "d", Sessions: []string{session}, Bay: taken.Bay, Reason: "two hands", Span: between(6000, 6100), Evidence: []event.Ref{ref("camera.ceiling", 10)}}),
		r(30_000, event.Time{}, event.CartFrozen{Session: session, At: at(30_000)}, event.Asked{Ask: ask(event.OpCapture), At: at(30_000)}),
		r(31_000, event.Time{}, event.Answered{Answer: event.Answer{ID: ask(event.OpCapture).ID, Outcome: event.OutcomeUnknown, Code: fault.Unknown}, At: at(31_000)}),
		r(32_000, event.Time{}, event.ReceiptIssued{Receipt: event.Receipt{ID: "receipt-secret", Version: 1, Session: session, Credential: "tok-secret", Payment: event.PaymentCaptured}},
			event.SessionEnded{Session: session, Ending: event.EndedLeft, At: at(29_000)}, event.SessionClosed{Session: session, At: at(32_000)}),
	}
}

func fill(t *testing.T, j journal.Journal, records []event.Record) {
	t.Helper()
	for _, r := range records {
		body, err := event.EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append([]journal.Draft{{At: r.At, Body: body}}); err != nil {
			t.Fatal(err)
		}
	}
}

// receiver is an OTLP collector.
type receiver struct {
	mu    sync.Mutex
	raw   []byte
	spans []*otlp.Span
	news  chan struct{}
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var req collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &req)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.raw = append(c.raw, body...)
	for _, rs := range req.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			c.spans = append(c.spans, ss.Spans...)
		}
	}
	c.mu.Unlock()
	c.news <- struct{}{}
}

// run follows a journal with a collector's address and ends when the test says
// so.
func run(t *testing.T, endpoint string, j journal.Reader) (stop func()) {
	t.Helper()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
	f, err := New(t.Context(), j, slog.New(slog.DiscardHandler))
	if err != nil || f == nil {
		t.Fatalf("follower %v, %v", f, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.Run(ctx) }()
	return func() { cancel(); <-ended }
}

// A visit is one trace under the session's own id, with a span for each deed,
// its times those of the evidence, and nothing of the shopper's.
func TestVisit(t *testing.T) {
	c := &receiver{news: make(chan struct{}, 100)}
	server := httptest.NewServer(c)
	defer server.Close()
	j := journal.Memory()
	stop := run(t, server.URL, j)
	fill(t, j, story())
	<-c.news
	stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	type want struct {
		from, to int
		has      string
		wrong    bool
	}
	wants := map[string]want{
		"visit":         {0, 32_000, session, false},
		"ask authorize": {50, 900, "done", false},
		"admission":     {900, 2000, "gate.door@7:1", false},
		"taken":         {5000, 7000, "weight_shelf.wall@7:3", false},
		"doubted":       {6000, 7000, "two hands", false},
		"ask capture":   {30_000, 31_000, "payment.cards", true},
		"receipt":       {30_000, 32_000, "captured", false},
	}
	var root []byte
	for _, s := range c.spans {
		if s.Name == "visit" {
			root = s.SpanId
		}
	}
	ids := []string{}
	for _, s := range c.spans {
		w, ok := wants[s.Name]
		if !ok {
			t.Errorf("a span %q", s.Name)
			continue
		}
		delete(wants, s.Name)
		from, to := time.Unix(0, int64(s.StartTimeUnixNano)), time.Unix(0, int64(s.EndTimeUnixNano))
		if !from.Equal(at(w.from)) || !to.Equal(at(w.to)) || hex.EncodeToString(s.TraceId) != session {
			t.Errorf("%s of trace %x is from %v to %v", s.Name, s.TraceId, from, to)
		}
		if s.Name != "visit" && string(s.ParentSpanId) != string(root) {
			t.Errorf("%s is not part of the visit", s.Name)
		}
		if !strings.Contains(s.String(), w.has) || (s.Status.GetCode() == otlp.Status_STATUS_CODE_ERROR) != w.wrong {
			t.Errorf("%s: %v", s.Name, s)
		}
		ids = append(ids, hex.EncodeToString(s.SpanId))
	}
	if len(wants) != 0 {
		t.Errorf("no span for %v", wants)
	}
	slices.Sort(ids)
	if n := len(ids); n != len(slices.Compact(ids)) {
		t.Errorf("span ids %q", ids)
	}
	if strings.Contains(string(c.raw), "secret") {
		t.Error("a credential or a receipt's name left the store")
	}
}

// A visit that was closed before the host started is not exported again, one
// that was open then is exported whole.
func TestRestart(t *testing.T) {
	c := &receiver{news: make(chan struct{}, 100)}
	server := httptest.NewServer(c)
	defer server.Close()
	j := journal.Memory()
	records := story()
	fill(t, j, records)
	second := "ffffffffffffffffffffffffffffffff"
	opened := event.SessionOpened{Session: second, At: at(40_000)}
	fill(t, j, []event.Record{{At: at(40_000), Input: event.Time{}, Facts: []event.Fact{opened}}})
	stop := run(t, server.URL, j)
	fill(t, j, []event.Record{{At: at(50_000), Input: event.Time{}, Facts: []event.Fact{event.SessionClosed{Session: second, At: at(50_000)}}}})
	<-c.news
	stop()
	if len(c.spans) != 1 || hex.EncodeToString(c.spans[0].TraceId) != second || !time.Unix(0, int64(c.spans[0].StartTimeUnixNano)).Equal(at(40_000)) {
		t.Errorf("spans %v", c.spans)
	}
}

// A collector that is not there, hangs, refuses, or answers without end keeps
// nobody: the follower takes every record and ends when it is told to.
func TestBadCollectors(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"down": nil,
		"hangs": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // so that the server notices when the other end goes
			<-r.Context().Done()
		},
		"fails":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"endless": endless,
		"rubbish": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\xff\xff\xff\xff")) },
	} {
		t.Run(name, func(t *testing.T) {
			endpoint := down.URL
			if h != nil {
				server := httptest.NewServer(h)
				defer server.Close()
				defer server.CloseClientConnections()
				endpoint = server.URL
			}
			j := journal.Memory()
			stop := run(t, endpoint, j)
			for range 40 { // more spans than a batch, so that it sends at once
				fill(t, j, story())
			}
			stop()
		})
	}
}

// Without a collector in the environment there is nothing.
func TestNotConfigured(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	if f, err := New(t.Context(), journal.Memory(), slog.New(slog.DiscardHandler)); f != nil || err != nil {
		t.Errorf("follower %v, %v", f, err)
	}
}

// A visit with more deeds than are kept is exported with the number of the rest,
// and more visits than a store has are forgotten, the oldest first.
func TestBounds(t *testing.T) {
	g := newGatherer()
	g.record(event.Record{At: start, Facts: []event.Fact{event.SessionOpened{Session: "a", At: start}}})
	for range maxSpans + 5 {
		g.record(event.Record{At: start, Facts: []event.Fact{event.Taken{Move: event.Move{Session: "a"}}}})
	}
	closed := g.record(event.Record{At: start, Facts: []event.Fact{event.SessionClosed{Session: "a"}}})
	if len(closed) != 1 || len(closed[0].children) != maxSpans || closed[0].dropped != 5 {
		t.Errorf("closed %d, %d spans, %d dropped", len(closed), len(closed[0].children), closed[0].dropped)
	}
	for i := range maxVisits + 1 {
		g.record(event.Record{At: start, Facts: []event.Fact{event.SessionOpened{Session: string(rune(i + 1)), At: start}}})
	}
	if len(g.visits) != maxVisits || g.visits[string(rune(1))] != nil {
		t.Errorf("%d visits are kept", len(g.visits))
	}
}
