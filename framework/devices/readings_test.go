package devices

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/host"
)

// flood are readings that no device may have: far too many, new names each time,
// some of them no good, and among them one that is right.
func flood(n int) []sdk.Reading {
	now := time.Now()
	list := []sdk.Reading{{Name: "tags_in_view", Value: float64(n), At: now}, {Name: "tags_in_view", Value: -1, At: now.Add(-time.Hour)},
		{Name: "supply_volts", Value: math.NaN(), At: now}, {Name: "x", Value: 1, At: now}}
	for i := range 2000 {
		list = append(list, sdk.Reading{Name: fmt.Sprintf("flood_%d_%d", n, i), Value: 1, At: now})
	}
	return list
}

func (s *testShelf) Readings() []sdk.Reading {
	if !s.c.Flood {
		return nil
	}
	s.asked++ // one call at a time
	return flood(s.asked)
}

// A flood of readings, asked for all the time, costs no evidence: each report
// comes once and in order, and none of the readings is journalled.
func TestReadingsCostNoEvidence(t *testing.T) {
	const reports = 3000
	a := &account{all: reports, done: make(chan struct{})}
	j := newJournal()
	j.taken = a.take
	def := shelfDef()
	def.Config = fmt.Appendf(nil, `{"burst":%d,"every":0,"flood":true}`, reports)
	r := start(t, j, testSpec(), &supervisor.Limits{PingEvery: time.Millisecond}, def)
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	limit := time.After(patience)
	select {
	case <-a.done:
	case <-limit:
		t.Fatalf("%d delivered and %d lost of %d", a.delivered, a.lost, reports)
	}
	newest := func() (value float64, names int) {
		for _, x := range r.Status()[0].Readings {
			if x.Name == "tags_in_view" {
				value = x.Value
			}
		}
		return value, len(r.Status()[0].Readings)
	}
	for first := 0.0; ; {
		value, names := newest()
		if names > class.MaxReadings || value < first {
			t.Fatalf("%d readings, tags_in_view %v after %v", names, value, first)
		}
		if first = max(first, value); first >= 10 { // ten that were newer than the one before
			break
		}
		select {
		case <-limit:
			t.Fatalf("never asked: %+v", r.Status()[0])
		case <-time.After(time.Millisecond):
		}
	}
	v := r.Status()[0]
	if a.wrong != "" || a.delivered != reports || a.lost != 0 || a.gaps != 0 {
		t.Errorf("%s: %d delivered, %d lost in %d gaps", a.wrong, a.delivered, a.lost, a.gaps)
	}
	if v.In != reports || v.Reports != reports || v.Lost+v.Gaps+v.Refused+v.Stale+v.Duplicates != 0 {
		t.Errorf("counted %+v", v.Counters)
	}
	said := 0
	for _, w := range r.warned.list() {
		if strings.Contains(w, "readings are not taken") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("told %d times of readings that are not taken", said)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if left := r.Status()[0].Readings; left != nil {
		t.Errorf("the device is gone and its readings are not: %+v", left)
	}
}

// What the host shows of readings: the newest of the present opening, while it
// is young and the device open.
func TestReadingsShown(t *testing.T) {
	p, j, log := unit(t, shelfDef())
	v, in := p.live()[0], &supervisor.Instance{}
	v.host, v.view.Epoch = host.New(nil), 7
	now := time.Now()
	says := func(epoch uint64, list []host.Reading, unfit error) []host.Reading {
		p.Health(in, []host.DeviceHealth{{Handle: 1, Epoch: epoch, Condition: class.Condition{State: class.StateReady}, Readings: list, Unfit: unfit}})
		return v.read().Readings
	}
	volts := func(x float64, at time.Time) []host.Reading {
		return []host.Reading{{Name: "supply_volts", Value: x, At: at}}
	}
	if got := says(7, volts(3.7, now), nil); len(got) != 1 || got[0].Value != 3.7 {
		t.Errorf("shown %+v", got)
	}
	if got := says(7, nil, nil); len(got) != 1 || got[0].Value != 3.7 {
		t.Errorf("no word of them: %+v", got)
	}
	if got := says(6, volts(1, now), nil); len(got) != 1 || got[0].Value != 3.7 {
		t.Errorf("another opening's: %+v", got)
	}
	if got := says(7, volts(3.6, now.Add(-ReadingFor-time.Second)), nil); len(got) != 0 {
		t.Errorf("too old: %+v", got)
	}
	if got := says(7, volts(3.5, now.Add(time.Hour)), nil); len(got) != 1 || got[0].At.After(time.Now()) {
		t.Errorf("still to come: %+v", got)
	}
	if got := says(7, []host.Reading{}, nil); len(got) != 0 {
		t.Errorf("none any more: %+v", got)
	}
	for range 3 {
		says(7, volts(3.4, now), errors.New("signal_dbm is NaN"))
	}
	if n := strings.Count(log.String(), "signal_dbm is NaN"); n != 1 {
		t.Errorf("told %d times:\n%s", n, log)
	}
	v.closed()
	if got := v.read().Readings; got != nil {
		t.Errorf("closed: %+v", got)
	}
	if got := says(7, volts(3.3, now), nil); got != nil {
		t.Errorf("said after it was closed: %+v", got)
	}
	if len(j.inputs) != 0 {
		t.Errorf("journalled: %+v", j.inputs)
	}
}

// A device that changes the names of its readings makes no series without end.
func TestReadingNamesAreBounded(t *testing.T) {
	var r readings
	now := time.Now()
	told, names := 0, map[string]bool{}
	for n := range 200 {
		var list []host.Reading
		for i := range class.MaxReadings {
			list = append(list, host.Reading{Name: fmt.Sprintf("serial_%d_%d", n, i), At: now})
		}
		if !r.take(list, nil, 0, now) {
			told++
		}
		for _, v := range r.list(now) {
			names[v.Name] = true
		}
	}
	if len(names) != MaxReadingNames || told != 1 || len(r.names) != MaxReadingNames {
		t.Errorf("%d names, told %d times", len(names), told)
	}
	if got := r.list(now); len(got) != 0 {
		t.Errorf("names over the bound: %+v", got)
	}
	// The clock of another machine.
	if r.take([]host.Reading{{Name: "serial_0_0", Value: 1, At: now}}, nil, time.Minute, now); !r.list(now)[0].At.Equal(now.Add(-time.Minute)) {
		t.Errorf("not on the host's clock: %+v", r.list(now))
	}
}
