package control

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeHost is a host that does what a test says.
type fakeHost struct {
	upgrade func(ctx context.Context, plugin string, by By, tell func(Progress)) (Outcome, error)
	records []Record
	drift   *Drift
	plan    *Plan
}

func (f *fakeHost) State() State {
	return State{Store: "corner", Devices: []Device{{Address: "gate.north"}}}
}

func (f *fakeHost) Plan() (Plan, error) {
	if f.plan == nil {
		return Plan{}, Errorf(CodeInternal, "the files are gone")
	}
	return *f.plan, nil
}

func (f *fakeHost) Drift() (Drift, error) {
	if f.drift == nil {
		return Drift{}, Errorf(CodeInternal, "the files are gone")
	}
	return *f.drift, nil
}

func (f *fakeHost) Upgrade(ctx context.Context, plugin string, by By, tell func(Progress)) (Outcome, error) {
	return f.upgrade(ctx, plugin, by, tell)
}

func (f *fakeHost) CloseDay(_ context.Context, day string, now bool, _ By) (Closed, error) {
	if day == "" && !now {
		return Closed{}, Errorf(CodeRefused, "closed already")
	}
	return Closed{Day: day, Sessions: 3}, nil
}

func (f *fakeHost) Release(_ context.Context, plugin string, _ By) (Outcome, error) {
	return Outcome{Changed: true, Plugins: []Swapped{{Plugin: plugin}}}, nil
}

func (f *fakeHost) Apply(context.Context, By, func(Progress)) (Outcome, error) { return Outcome{}, nil }

func (f *fakeHost) Records(ctx context.Context, from uint64, follow bool, yield func(Record) error) error {
	for _, r := range f.records {
		if r.Seq >= from {
			if err := yield(r); err != nil {
				return err
			}
		}
	}
	if follow {
		<-ctx.Done()
	}
	return nil
}

// serve serves a host on a data folder until the test ends.
func serve(t *testing.T, data string, h Host) *Client {
	t.Helper()
	l, err := Listen(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: New(Options{Host: h}), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		if _, err := os.Lstat(filepath.Join(data, SocketFile)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the socket is left: %v", err)
		}
	})
	return NewClient(data)
}

var by = By{Actor: "ada", Reason: "a test"}

// Questions and orders arrive, with their progress and their errors, also on a
// data folder whose path is too long for a socket's address.
func TestControl(t *testing.T) {
	data := filepath.Join(t.TempDir(), strings.Repeat("long", 30), strings.Repeat("path", 30))
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	h := &fakeHost{records: []Record{
		{1, time.Unix(1, 0), []byte(`{"input":{}}`)}, {2, time.Unix(2, 5), []byte(`{"input":{"kind":"time"}}`)},
	}}
	c := serve(t, data, h)
	if s, err := c.State(t.Context()); err != nil || s.Store != "corner" || s.Devices[0].Address != "gate.north" {
		t.Errorf("state %+v, %v", s, err)
	}
	h.upgrade = func(_ context.Context, plugin string, who By, tell func(Progress)) (Outcome, error) {
		if plugin != "nord gate/.." || who != by {
			t.Errorf("plugin %q, by %+v", plugin, who)
		}
		tell(Progress{Stage: "build", Name: plugin, Done: true, Took: time.Second})
		return Outcome{Changed: true, Plugins: []Swapped{{Plugin: plugin, From: "1", To: "2"}}}, nil
	}
	var steps []Progress
	out, err := c.Upgrade(t.Context(), "nord gate/..", by, func(p Progress) { steps = append(steps, p) })
	if err != nil || !out.Changed || out.Plugins[0].To != "2" || len(steps) != 1 || steps[0].Took != time.Second {
		t.Errorf("outcome %+v, steps %+v, %v", out, steps, err)
	}
	h.upgrade = func(context.Context, string, By, func(Progress)) (Outcome, error) {
		return Outcome{}, Errorf(CodeRefused, "no: %d", 7)
	}
	var refused *Error
	if _, err := c.Upgrade(t.Context(), "x", by, nil); !errors.As(err, &refused) || refused.Code != CodeRefused || refused.Message != "no: 7" {
		t.Errorf("refusal %v", err)
	}
	for _, wrong := range []By{{}, {Actor: "a"}, {Reason: "r"}, {Actor: "a\nb", Reason: "r"}, {Actor: strings.Repeat("a", MaxWords+1), Reason: "r"}} {
		if _, err := c.Apply(t.Context(), wrong, nil); !errors.As(err, &refused) || refused.Code != CodeInvalid {
			t.Errorf("an order by %+v: %v", wrong, err)
		}
	}
	if out, err := c.CloseDay(t.Context(), "2026-11-22", false, by); err != nil || out.Day != "2026-11-22" || out.Sessions != 3 {
		t.Errorf("closing a day says %+v, %v", out, err)
	}
	if _, err := c.CloseDay(t.Context(), "", false, by); err == nil {
		t.Error("a refused closing is no error")
	}
	if out, err := c.CloseDay(t.Context(), "", true, by); err != nil || out.Sessions != 3 {
		t.Errorf("closing today says %+v, %v", out, err)
	}
	if out, err := c.Release(t.Context(), "x", by); err != nil || !out.Changed {
		t.Errorf("release %+v, %v", out, err)
	}
	if out, err := c.Apply(t.Context(), by, nil); err != nil || out.Changed || out.Plugins == nil {
		t.Errorf("apply %+v, %v", out, err)
	}
	var lines []string
	if err := records(t.Context(), c, "from=2", func(_ uint64, b string) { lines = append(lines, b) }); err != nil {
		t.Error(err)
	}
	if want := []string{`{"seq":2,"at":"1970-01-01T00:00:02.000000005Z","input":{"kind":"time"}}`}; !slices.Equal(lines, want) {
		t.Errorf("journal %q", lines)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = records(ctx, c, "from=1&follow=1", func(seq uint64, _ string) {
		if seq == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("following ended with %v", err)
	}
}

// What changed of the files is told, and so is why it can't be.
func TestPlan(t *testing.T) {
	h := &fakeHost{plan: &Plan{Index: "ab", Steps: []Step{{Action: ActionMove, Address: "gate.b", From: "gate.a"}}, Inside: 3}}
	c := serve(t, t.TempDir(), h)
	p, err := c.Plan(t.Context())
	if err != nil || p.Index != "ab" || !p.Changes() || p.Steps[0].From != "gate.a" || p.Inside != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	h.plan = nil
	if _, err := c.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), "the files are gone") {
		t.Error(err)
	}
}

func TestDrift(t *testing.T) {
	h := &fakeHost{drift: &Drift{Replaced: []string{"nord"}, Changed: []string{"entry"}}}
	c := serve(t, t.TempDir(), h)
	if d, err := c.Drift(t.Context()); err != nil || !slices.Equal(d.Replaced, []string{"nord"}) || !slices.Equal(d.Changed, []string{"entry"}) {
		t.Errorf("%+v, %v", d, err)
	}
	h.drift = nil
	if _, err := c.Drift(t.Context()); err == nil || !strings.Contains(err.Error(), "the files are gone") {
		t.Errorf("%v", err)
	}
}

// records reads the journal over the socket, as a program of the operator's does.
func records(ctx context.Context, c *Client, query string, yield func(seq uint64, body string)) error {
	resp, err := c.do(ctx, http.MethodGet, "/api/v1/journal?"+query, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	for in := lineScanner(resp.Body); ; {
		if !in.Scan() {
			return errors.Join(in.Err(), ctx.Err())
		}
		if len(in.Bytes()) == 0 {
			continue
		}
		var head struct {
			Seq uint64 `json:"seq"`
		}
		if err := json.Unmarshal(in.Bytes(), &head); err != nil {
			return err
		}
		yield(head.Seq, in.Text())
	}
}

// One order at a time, and an order whose client has gone is carried out.
func TestOneOrderAtATime(t *testing.T) {
	h := &fakeHost{}
	c := serve(t, t.TempDir(), h)
	begun, finish, finished := make(chan struct{}), make(chan struct{}), make(chan struct{})
	h.upgrade = func(context.Context, string, By, func(Progress)) (Outcome, error) {
		close(begun)
		<-finish
		close(finished)
		return Outcome{}, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	gave := make(chan error, 1)
	go func() {
		_, err := c.Upgrade(ctx, "x", by, nil)
		gave <- err
	}()
	<-begun
	var busy *Error
	if _, err := c.Apply(t.Context(), by, nil); !errors.As(err, &busy) || busy.Code != CodeBusy {
		t.Errorf("a second order: %v", err)
	}
	cancel()
	if err := <-gave; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	close(finish)
	<-finished
}

// A socket is its owner's alone, that of a killed host is in nobody's way, and
// where nothing listens the error says so.
func TestSocket(t *testing.T) {
	data := t.TempDir()
	var none *NotRunningError
	if _, err := NewClient(data).State(t.Context()); !errors.As(err, &none) || none.Data != data {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := NewClient(filepath.Join(data, "none")).State(t.Context()); !errors.As(err, &none) {
		t.Errorf("no folder: %v", err)
	}
	path := filepath.Join(data, SocketFile)
	killed, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	killed.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(data).State(t.Context()); !errors.As(err, &none) {
		t.Errorf("a killed host's: %v", err)
	}
	serve(t, data, &fakeHost{})
	if info, err := os.Lstat(path); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, SocketFile), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(t.Context(), other); err == nil {
		t.Error("a file that is no socket was removed", l.Close())
	}
}

// Stores that run are found by what they announced, those that don't are not.
func TestRunning(t *testing.T) {
	folder, data, killed, gone := filepath.Join(t.TempDir(), "running"), t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "gone")
	if got, ended := Running(t.Context(), folder); got != nil || ended != nil {
		t.Errorf("found %q and %q in nothing", got, ended)
	}
	for _, d := range []string{data, killed, gone} {
		if _, err := Announce(folder, d); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, data, &fakeHost{})
	if got, ended := Running(t.Context(), folder); !slices.Equal(got, []string{data}) || !slices.Equal(ended, []string{killed}) {
		t.Errorf("running %q, ended %q", got, ended)
	}
	if notes, err := os.ReadDir(folder); err != nil || len(notes) != 2 {
		t.Errorf("notes %v, %v", notes, err)
	}
	withdraw, err := Announce(folder, data)
	if err != nil {
		t.Fatal(err)
	}
	if err := withdraw(); err != nil {
		t.Error(err)
	}
	if got, _ := Running(t.Context(), folder); got != nil {
		t.Errorf("found %q", got)
	}
}
