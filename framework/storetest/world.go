package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// limitSteps is the most that the core is stepped in one run.
	limitSteps = 1_000_000
	// tickAgain is how long after a wake that nothing came of the next is tried.
	tickAgain = time.Second
	// LimitStory is the most lines of a run's story.
	LimitStory = 2000
)

// planned is something that happens by itself.
type planned struct {
	at time.Time
	do func()
}

// world is the store of one run, and everybody in it.
type world struct {
	script *storefile.TestScript
	index  *storedef.Index
	state  *core.State
	model  *view.Model

	start, now time.Time
	seq        uint64
	ticked     time.Time
	plans      []planned

	devices   map[string]*device
	bays      map[string]*bay
	visits    map[string]*visit
	names     []string // of visits, in the order of their first coming
	sessions  map[string]*visit
	processor *processor
	asks      []*asked
	tracks    int
	serials   map[gs1.GTIN]uint64
	touched   map[gs1.GTIN]bool

	story  []Line
	told   uint64 // the last record that the story tells of
	status Status
	failed storefile.Problems
}

func newWorld(script *storefile.TestScript) *world {
	s := script.Definition.Store
	w := &world{
		script: script, index: storedef.NewIndex(s), state: core.New(), model: view.NewModel(), start: script.Start,
		devices: map[string]*device{}, bays: map[string]*bay{}, visits: map[string]*visit{}, sessions: map[string]*visit{},
		processor: newProcessor(), serials: map[gs1.GTIN]uint64{}, touched: map[gs1.GTIN]bool{},
	}
	if w.start.IsZero() {
		zone, err := time.LoadLocation(s.Timezone)
		if err != nil {
			zone = time.UTC
		}
		w.start = time.Date(2026, time.January, 5, 8, 0, 0, 0, zone) // a Monday on which nobody changes the clocks
	}
	w.start = w.start.UTC()
	w.now = w.start
	return w
}

// run opens the store and does one step after the other.
func (w *world) run(ctx context.Context) (problems storefile.Problems) {
	defer func() {
		if r := recover(); r != nil {
			w.status = StatusError
			problems = append(problems, storefile.Problem{Severity: storefile.Error, Code: "step", Summary: "The core panicked",
				Detail: fmt.Sprintf("Please report it with this run: %v", r)})
		}
	}()
	w.open()
	for _, step := range w.script.Steps {
		if ctx.Err() != nil {
			break
		}
		if a, ok := step.(storefile.AssertStep); ok {
			if ps := w.script.Check(a, w.observed()); ps.HasErrors() {
				w.failed, w.status = append(w.failed, ps...), StatusFail
			}
			continue
		}
		if p := w.do(step); p != nil {
			p.Severity, p.Code, p.Place = storefile.Error, "step", step.Where()
			w.failed, w.status = append(w.failed, *p), StatusError
			break
		}
		w.tell()
	}
	w.tell()
	return w.failed
}

// trouble is a step that can't be done.
func trouble(summary, detail string, args ...any) *storefile.Problem {
	return &storefile.Problem{Summary: summary, Detail: fmt.Sprintf(detail, args...)}
}

func (w *world) do(step storefile.TestStep) *storefile.Problem {
	switch s := step.(type) {
	case storefile.EnterStep:
		return w.enter(s)
	case storefile.HandStep:
		return w.hand(s)
	case storefile.LeaveStep:
		return w.leave(s)
	case storefile.WaitStep:
		w.pass(s.For)
	case storefile.DeviceStep:
		return w.power(s)
	case storefile.ProcessorStep:
		w.processor.says(s)
	case storefile.StaffStep:
		return w.staff(s)
	case storefile.AssertStep: // looked at where steps are done
	}
	return nil
}

// open adopts the definition, opens all devices and has them say what is so.
func (w *world) open() {
	w.step(event.Definition{Store: w.index.Store, Salt: "storetest", Digest: "storetest"})
	for i := range w.index.Store.Devices {
		def := &w.index.Store.Devices[i]
		w.devices[def.Address] = &device{w: w, def: def}
		for j := range def.Bays {
			w.bays[def.Bays[j].Address] = w.newBay(w.devices[def.Address], def.Bays[j])
		}
	}
	for i := range w.index.Store.Devices {
		w.devices[w.index.Store.Devices[i].Address].open()
	}
	w.pass(restate)
	w.told = w.seq // a story begins with an open store
}

// step hands an input to the core, and to everybody what came of it.
func (w *world) step(in event.Input) []event.Fact {
	facts := core.Step(w.state, w.now, in)
	if _, ok := in.(event.Time); ok && len(facts) == 0 {
		return nil
	}
	if w.seq++; w.seq > limitSteps {
		panic("the run made more records than a run may")
	}
	w.model.Apply(event.Record{Seq: w.seq, At: w.now, Input: in, Facts: facts})
	for _, f := range facts {
		w.hear(f)
	}
	return facts
}

// later plans something.
func (w *world) later(after time.Duration, do func()) {
	p := planned{w.now.Add(after), do}
	i, _ := slices.BinarySearchFunc(w.plans, p, func(a, b planned) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1 // what was planned before goes first
	})
	w.plans = slices.Insert(w.plans, i, p)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.until(w.now.Add(d), nil) }

// until lets time pass up to an instant, or until something is so. It stops
// wherever the core wants to be woken.
func (w *world) until(end time.Time, so func() bool) {
	for so == nil || !so() {
		next, wake := end, false
		if at, ok := w.state.Wake(); ok {
			if !at.After(w.ticked) {
				at = w.ticked.Add(tickAgain)
			}
			if at.Before(w.now) {
				at = w.now
			}
			if at.Before(next) {
				next, wake = at, true
			}
		}
		if len(w.plans) > 0 && !w.plans[0].at.After(next) {
			p := w.plans[0]
			w.plans = w.plans[1:]
			w.now = p.at
			p.do()
			continue
		}
		w.now = next
		if !wake {
			return
		}
		w.ticked = w.now
		w.step(event.Time{})
	}
}

// tell adds to the story what the record says since.
func (w *world) tell() {
	for _, l := range w.model.Snapshot().Log {
		if l.Seq <= w.told || len(w.story) >= LimitStory {
			continue
		}
		visit := ""
		if v := w.sessions[l.Session]; v != nil {
			visit = v.name
		}
		w.story = append(w.story, Line{After: l.At.Sub(w.start), Text: l.Text, Tone: string(l.Tone), Visit: visit})
	}
	w.told = w.seq
}

// report hands over something that a device observed.
func (w *world) report(d *device, o observe.Evidence) {
	if d == nil || d.down {
		return
	}
	if err := observe.Check(o); err != nil {
		panic(fmt.Sprintf("%s would report what no device may: %v", d.def.Address, err))
	}
	d.seq++
	w.step(event.Evidence{Device: d.def.Address, Serial: observe.Serial{Epoch: d.epoch, Seq: d.seq}, Observed: o})
}
