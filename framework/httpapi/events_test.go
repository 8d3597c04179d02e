package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
)

// sent is one event as a client reads it.
type sent struct{ name, id, data string }

func readEvent(t *testing.T, in *bufio.Reader) sent {
	t.Helper()
	var s sent
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("the stream ends: %v", err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			s.name = value
		case "id":
			s.id = value
		case "data":
			s.data = value
		case "":
			if s.name != "" || value != "" {
				if s.name == "" {
					s.name = "comment"
				}
				if value == "" {
					return s
				}
			}
		}
	}
}

func open(t *testing.T, a *api, last string) *bufio.Reader {
	t.Helper()
	s := httptest.NewUnstartedServer(a.handler())
	s.Config.ReadTimeout, s.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond // streams have their own
	s.Start()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		resp.Body.Close()
		s.Close()
	})
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %v", resp.Status, resp.Header)
	}
	return bufio.NewReader(resp.Body)
}

func names(t *testing.T, in *bufio.Reader, n int) (out []string, id string) {
	t.Helper()
	for range n {
		e := readEvent(t, in)
		out = append(out, e.name)
		if e.id != "" && id != "" {
			t.Errorf("an id before the last of a group: a client that loses the rest would not know")
		}
		id = e.id
	}
	return out, id
}

func TestStream(t *testing.T) {
	j := journal.Memory()
	records := viewtest.Story()
	viewtest.Append(t, j, records...)
	a := newAPI(Options{View: viewtest.View(t, j)})
	a.push = time.Millisecond
	in := open(t, a, "")
	got, id := names(t, in, 5)
	if strings.Join(got, " ") != "hello sessions devices summary log" || id != strconv.Itoa(len(records)) {
		t.Fatalf("%q, id %s", got, id)
	}
	viewtest.Append(t, j, event.Record{At: viewtest.Start, Input: event.Time{}, Facts: []event.Fact{event.DeviceChanged{Device: "gate.north", State: event.StateOffline}}})
	got, id = names(t, in, 2)
	if strings.Join(got, " ") != "devices log" || id != strconv.Itoa(len(records)+1) {
		t.Errorf("a device that went gives %q, id %s", got, id)
	}
}

func TestStreamResumes(t *testing.T) {
	j := journal.Memory()
	records := viewtest.Story()
	viewtest.Append(t, j, records...)
	viewtest.Append(t, j, event.Record{At: viewtest.Start, Input: event.Time{}, Facts: []event.Fact{event.DeviceChanged{Device: "gate.north", State: event.StateOffline}}})
	for last, want := range map[string]string{
		strconv.Itoa(len(records)):     "hello devices log",
		strconv.Itoa(len(records) + 2): "hello sessions devices summary log", // of another journal
		"nonsense":                     "hello sessions devices summary log",
		"-1":                           "hello sessions devices summary log",
	} {
		a := newAPI(Options{View: viewtest.View(t, j)})
		got, _ := names(t, open(t, a, last), len(strings.Fields(want)))
		if strings.Join(got, " ") != want {
			t.Errorf("after %s: %q, want %q", last, got, want)
		}
	}
}

// TestStreamBeats: a client that has everything still hears something, for
// longer than the server's limits for other requests.
func TestStreamBeats(t *testing.T) {
	a := story(t, Options{})
	a.heartbeat = 20 * time.Millisecond
	in := open(t, a, strconv.FormatUint(a.View.Snapshot().Seq, 10))
	if e := readEvent(t, in); e.name != "hello" {
		t.Fatalf("%+v", e)
	}
	for range 25 {
		if e := readEvent(t, in); e.name != "comment" {
			t.Fatalf("%+v", e)
		}
	}
}

func TestStreamsAreCounted(t *testing.T) {
	a := story(t, Options{})
	for range MaxStreams {
		a.streams <- struct{}{}
	}
	w := do(a.handler(), "GET", "/api/v1/events", "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	<-a.streams
	open(t, a, "")
}

// stuck is a client that takes nothing until it is let.
type stuck struct {
	header   http.Header
	mu       sync.Mutex
	got      strings.Builder
	deadline bool
	entered  chan struct{}
	let      chan error
}

func (s *stuck) Header() http.Header             { return s.header }
func (s *stuck) WriteHeader(int)                 {}
func (s *stuck) Flush()                          {}
func (s *stuck) SetReadDeadline(time.Time) error { return nil }
func (s *stuck) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = !t.IsZero()
	return nil
}

func (s *stuck) Write(b []byte) (int, error) {
	s.mu.Lock()
	if !s.deadline {
		s.mu.Unlock()
		return 0, errors.New("a write without a deadline")
	}
	s.deadline = false
	s.mu.Unlock()
	s.entered <- struct{}{}
	if err := <-s.let; err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got.Write(b)
	return len(b), nil
}

// TestSlowClient: a client that takes nothing costs one buffer, gets the newest
// when it takes again, and is let go when its time is over.
func TestSlowClient(t *testing.T) {
	j := journal.Memory()
	viewtest.Append(t, j, viewtest.Story()...)
	v := viewtest.View(t, j)
	a := newAPI(Options{View: v})
	a.push = time.Microsecond
	s := &stuck{header: http.Header{}, entered: make(chan struct{}), let: make(chan error)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequest("GET", "http://localhost/api/v1/events", nil)
		a.handler().ServeHTTP(s, r)
	}()
	<-s.entered // hello
	s.let <- nil
	<-s.entered // all parts: and here it is stuck
	const more = 500
	tell := viewtest.Continue(viewtest.Story())
	n := len(tell.Records)
	for range more {
		tell.Tell(event.DeviceChanged{Device: "gate.north", State: event.StateOffline})
	}
	viewtest.Append(t, j, tell.Records[n:]...)
	if err := v.Wait(context.Background(), uint64(len(tell.Records))); err != nil {
		t.Fatal(err)
	}
	s.let <- nil
	<-s.entered // one group for all that it missed
	s.let <- nil
	tell.Tell(event.DeviceChanged{Device: "gate.north", State: event.StateReady})
	viewtest.Append(t, j, tell.Records[len(tell.Records)-1])
	<-s.entered
	s.let <- io.ErrClosedPipe // its time is over
	<-done
	if got := s.got.String(); strings.Count(got, "event: devices") != 2 || !strings.Contains(got, "id: "+strconv.Itoa(n+more)+"\n") {
		t.Errorf("%d groups of devices", strings.Count(got, "event: devices"))
	}
}
