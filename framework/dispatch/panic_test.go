package dispatch

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// turngate is a vendor's gate with a defect.
type turngate struct{ opened map[string]bool }

func (g *turngate) Run(ctx context.Context, _ func(observe.Passage)) error {
	<-ctx.Done()
	return ctx.Err()
}

func (g *turngate) Admit(_ context.Context, a gate.Admission) error {
	if a.Session == "refused" {
		return fault.New(fault.Refused, "locked by hand")
	}
	g.opened[a.Session] = true // the map was never made
	return nil
}

// plugged is a directory of one plugin's gate.
type plugged struct{ *host.Plugin }

func (p plugged) Gate(string) (Gate, error) { return p.Plugin.Gate(1, 1), nil }
func (p plugged) Reader(string) (Reader, bool, error) {
	return nil, false, fault.New(fault.Invalid, "there is no reader")
}

func (p plugged) Payment(string) (Payment, error) {
	return nil, fault.New(fault.Unavailable, "none")
}

// A vendor finds the line of a panic in a method in the host's log.
func TestPanicOfAMethodIsLoggedWithItsStack(t *testing.T) {
	p := classtest.InProcess(t, sdk.Plugin{Name: "acme/turngate", Version: "1.0.0", Drivers: []sdk.Driver{
		gate.Driver("turngate", func(context.Context, sdk.Env, struct{}) (gate.Gate, error) { return &turngate{}, nil }),
	}})
	if _, err := p.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 1, Driver: "turngate", Address: "gate.north"}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	work := &clock.Work{}
	d := New(Options{Devices: plugged{p}, Clock: clock.NewManual(morning), Work: work, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	ask := func(session string) event.Answer {
		expires := morning.Add(time.Minute)
		a := admit(session)
		a.Expires = &expires
		work.Begin()
		defer work.End()
		return d.call(t.Context(), task{ask: a})
	}
	if a := ask("refused"); a.Outcome != event.OutcomeRefused || log.Len() > 0 {
		t.Fatalf("a plain refusal: %+v, logged %s", a, log.String())
	}
	a := ask("s1")
	if a.Outcome != event.OutcomeUnknown || a.Code != fault.Internal {
		t.Errorf("answer of a gate that panics: %+v", a)
	}
	var line map[string]string
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v in the log %q", err, log.String())
	}
	if line["level"] != "ERROR" || line["device"] != "gate.north" || !strings.Contains(line["err"], "nil map") ||
		!strings.Contains(line["stack"], "(*turngate).Admit") {
		t.Errorf("logged %v", line)
	}
}
