package devices

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

var noon = observe.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

func TestEvidenceIsChecked(t *testing.T) {
	weight := observe.Weight{Interval: noon, Bay: 1, Mass: 5}
	late := observe.Weight{Interval: observe.At(time.Date(9999, 12, 29, 0, 0, 0, 0, time.UTC)), Bay: 1}
	edge := observe.Weight{Interval: observe.At(time.Date(9998, 12, 31, 1, 0, 0, 0, time.UTC)), Bay: 1}
	lost := &event.Gap{Lost: 1}
	before, after := host.Gap{}.Before, host.Gap{After: 7}.After
	for _, tt := range []struct {
		name   string
		class  storedef.Class
		report host.Report
		want   observe.Evidence
		gap    *event.Gap
	}{
		{"sound", storedef.ClassWeightShelf, host.Report{Evidence: weight}, weight, nil},
		{"another kind", storedef.ClassCamera, host.Report{Evidence: weight}, nil, lost},
		{"a camera's credential", storedef.ClassCamera, host.Report{Evidence: observe.Credential{Interval: noon, Token: "t", Method: 1}}, nil, lost},
		{"payment reports nothing", storedef.ClassPayment, host.Report{Evidence: weight}, nil, lost},
		{"does not pass its check", storedef.ClassWeightShelf, host.Report{Evidence: observe.Weight{Interval: noon}}, nil, lost},
		{"out of the calendar", storedef.ClassWeightShelf, host.Report{Evidence: late}, nil, lost},
		{"just in it", storedef.ClassWeightShelf, host.Report{Evidence: edge, Offset: time.Hour}, edge, nil},
		{"out of it by its offset", storedef.ClassWeightShelf, host.Report{Evidence: edge, Offset: -24 * time.Hour}, nil, lost},
		{"gap of a shelf", storedef.ClassWeightShelf, host.Report{Gap: &host.Gap{Lost: 3, After: 7}}, nil,
			&event.Gap{Lost: 3, Before: &before, After: &after}},
		{"gap with all that is known", storedef.ClassGate, host.Report{Offset: time.Hour, Gap: &host.Gap{Lost: 3, Interval: noon, Cause: "the spool was full"}}, nil,
			&event.Gap{Lost: 3, Span: noon.Shift(-time.Hour), Cause: "the spool was full"}},
		{"gap out of the calendar", storedef.ClassGate, host.Report{Gap: &host.Gap{Lost: 3, Interval: late.Interval}}, nil, &event.Gap{Lost: 3}},
		{"gap of a gate", storedef.ClassGate, host.Report{Gap: &host.Gap{Lost: 3}}, nil, &event.Gap{Lost: 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, j, _ := unit(t, storedef.Device{Address: "d", Class: tt.class, Plugin: "test"})
			p.live()[0].take(7)
			tt.report.Handle, tt.report.Epoch, tt.report.Seq = 1, 7, 9
			p.reports(t.Context(), []host.Report{tt.report})
			if len(j.inputs) != 1 {
				t.Fatalf("%d inputs", len(j.inputs))
			}
			e := j.inputs[0].(event.Evidence)
			if e.Device != "d" || e.Epoch != 7 || e.Seq != 9 || !reflect.DeepEqual(e.Observed, tt.want) || !reflect.DeepEqual(e.Gap, tt.gap) {
				t.Errorf("got %+v, gap %+v", e, e.Gap)
			}
			if _, err := event.EncodeRecord(event.Record{Input: e}); err != nil {
				t.Errorf("can't be journalled: %v", err)
			}
		})
	}
}

// unit makes the devices of a store without a supervisor.
func unit(t *testing.T, defs ...storedef.Device) (*plugin, *journal, *bytes.Buffer) {
	t.Helper()
	j, log := newJournal(), &bytes.Buffer{}
	d, err := New(&Options{Store: storedef.Store{Devices: defs}, Plugins: map[string]supervisor.Spec{"test": {}}, Sink: j,
		Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	j.devices = d
	return d.all.Load().plugins[defs[0].Plugin], j, log
}

func TestForeignReports(t *testing.T) {
	p, j, log := unit(t, shelfDef())
	p.live()[0].take(7)
	weight := observe.Weight{Interval: noon, Bay: 1}
	for _, r := range []host.Report{
		{Handle: 0, Epoch: 7, Seq: 1, Evidence: weight}, {Handle: 2, Epoch: 7, Seq: 1, Evidence: weight},
		{Handle: 1, Epoch: 6, Seq: 1, Evidence: weight}, {Handle: 1, Epoch: 0, Seq: 1, Evidence: weight},
		{Handle: 1 << 31, Epoch: 8, Seq: 1, Evidence: weight},
	} {
		p.reports(t.Context(), []host.Report{r})
	}
	p.live()[0].take(0)
	p.reports(t.Context(), []host.Report{{Handle: 1, Epoch: 0, Seq: 1, Evidence: weight}})
	if len(j.inputs) != 0 {
		t.Errorf("taken: %+v", j.inputs)
	}
	if n := strings.Count(log.String(), "report refused"); n != 1 || p.complaints.count != 5 {
		t.Errorf("told %d times, %d untold", n, p.complaints.count)
	}
	p.complaints.told = time.Now().Add(-ComplainEvery)
	p.reports(t.Context(), []host.Report{{Handle: 9, Seq: 1, Evidence: weight}})
	if !strings.Contains(log.String(), "refused=6") {
		t.Errorf("log %s", log)
	}
}

func TestEpochs(t *testing.T) {
	now := time.UnixMicro(1_000)
	low := uint64(0xfff_fff)
	e := epochs{now: func() time.Time { return now }, random: func() uint64 { return low }}
	first := e.next()
	if first != 1_000<<epochBits|0xfff {
		t.Errorf("first %x", first)
	}
	last := first
	for _, tt := range []struct {
		now int64
		low uint64
	}{{1_000, 0}, {1_000, 5}, {1, 0xfff}, {1_002, 1}} {
		now, low = time.UnixMicro(tt.now), tt.low
		got := e.next()
		if got <= last {
			t.Errorf("at %d: %x after %x", tt.now, got, last)
		}
		last = got
	}
	floor := epochs{now: time.Now, random: func() uint64 { return 0 }, last: 1 << 63}
	if got := floor.next(); got <= 1<<63 {
		t.Errorf("below the floor: %x", got)
	}
}

func TestDelay(t *testing.T) {
	l := (*Limits)(nil).withDefaults()
	for _, tt := range []struct {
		n      int
		spread float64
		want   time.Duration
	}{
		{1, 0.5, 0}, {2, 0.5, 0}, {3, 0.5, 250 * time.Millisecond}, {4, 0.5, 500 * time.Millisecond},
		{9, 0.5, 16 * time.Second}, {10, 0.5, 30 * time.Second}, {1000, 1, 30 * time.Second}, {3, 0, 200 * time.Millisecond},
	} {
		if got := l.delay(tt.n, tt.spread); got != tt.want {
			t.Errorf("delay %d at %v: %v, want %v", tt.n, tt.spread, got, tt.want)
		}
	}
}

// What is no news is not stated again.
func TestStatusOnce(t *testing.T) {
	p, j, _ := unit(t, gateDef(""))
	v := p.live()[0]
	for _, s := range []struct {
		state event.DeviceState
		epoch uint64
		cause string
	}{
		{event.StateClaiming, 1, ""}, {event.StateOffline, 1, "no answer"},
		{event.StateOffline, 2, "no answer"}, // another try
		{event.StateOffline, 3, "no  answer\n"},
		{event.StateOffline, 4, "no cable"},
		{event.StateReady, 5, ""}, {event.StateReady, 5, ""},
		{event.StateDegraded, 5, "31 degrees"}, {event.StateDegraded, 5, "32 degrees"},
		{event.StateReady, 5, ""}, {event.StateReady, 6, ""},
	} {
		v.to(t.Context(), s.state, s.epoch, s.cause)
	}
	want := "claiming offline offline ready degraded ready ready "
	if got := words(states(j.inputs, "gate.north")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHealth(t *testing.T) {
	ready := class.Condition{State: class.StateReady}
	for _, tt := range []struct {
		name string
		seen []host.DeviceHealth // an empty one names no device
		lost bool
	}{
		{"named", []host.DeviceHealth{{Handle: 1, Epoch: 7, Condition: ready}}, false},
		{"missing once", []host.DeviceHealth{{}}, false},
		{"missing, named, missing", []host.DeviceHealth{{}, {Handle: 1, Epoch: 7, Condition: ready}, {}}, false},
		{"missing twice", []host.DeviceHealth{{}, {}}, true},
		{"another opening", []host.DeviceHealth{{Handle: 1, Epoch: 6, Condition: ready}, {Handle: 1, Epoch: 6, Condition: ready}}, true},
		{"failed twice", []host.DeviceHealth{{Handle: 1, Epoch: 7, Condition: class.Condition{State: class.StateFailed}},
			{Handle: 1, Epoch: 7, Condition: class.Condition{State: class.StateFailed}}}, true},
	} {
		p, _, _ := unit(t, gateDef(""))
		v := p.live()[0]
		v.host, v.view.Epoch = host.New(nil), 7
		for _, h := range tt.seen {
			var list []host.DeviceHealth
			if h.Handle > 0 {
				list = append(list, h)
			}
			p.Health(nil, list)
		}
		lost := false
		select {
		case n := <-v.news:
			lost = n.lost != nil
		default:
		}
		if lost != tt.lost {
			t.Errorf("%s: lost %v", tt.name, lost)
		}
	}
}

func TestNewsKeepsTheLoss(t *testing.T) {
	p, _, _ := unit(t, gateDef(""))
	v := p.live()[0]
	v.tell(news{epoch: 7, condition: &class.Condition{}})
	p.lost(host.Lost{Handle: 1, Epoch: 7, Err: fault.New(fault.Unavailable, "gone")})
	v.tell(news{epoch: 7, condition: &class.Condition{}})
	if n := <-v.news; n.lost == nil {
		t.Error("the loss was overwritten")
	}
	v.tell(news{epoch: 7, lost: errors.New("old")})
	v.tell(news{epoch: 8, condition: &class.Condition{}})
	if n := <-v.news; n.epoch != 8 {
		t.Error("an old loss was kept over the new opening")
	}
	p.lost(host.Lost{Handle: 99})
}

func TestChangedStates(t *testing.T) {
	p, j, _ := unit(t, gateDef(""))
	for _, s := range []supervisor.State{supervisor.StateStarting, supervisor.StateRestarting, supervisor.StateRestarting,
		supervisor.StateRunning, supervisor.StateQuarantined, supervisor.StateStopping, supervisor.StateStopped} {
		p.Changed(context.Background(), supervisor.Status{State: s, Cause: errors.New("it fell")})
	}
	if got := words(states(j.inputs, "gate.north")); got != "failed quarantined " {
		t.Errorf("got %s", got)
	}
}

// Counting costs nothing: a batch of reports costs the host its own slice.
func TestReportsAllocateNothing(t *testing.T) {
	p, j, _ := unit(t, shelfDef())
	j.taken = func([]event.Evidence) {}
	p.live()[0].take(7)
	batch := make([]host.Report, 256)
	for i := range batch {
		batch[i] = host.Report{Handle: 1, Epoch: 7, Seq: uint64(i + 1), Evidence: observe.Weight{Interval: noon, Bay: 1, Mass: 5}}
	}
	if n := testing.AllocsPerRun(100, func() { p.reports(t.Context(), batch) }); n > 2 {
		t.Errorf("%v allocations for %d reports", n, len(batch))
	}
	if c := p.live()[0].read(); c.Reports != c.In || c.In < 256*100 || c.Queue != 0 {
		t.Errorf("counted %+v", c.Counters)
	}
}
