package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// maxPanicText bounds the text of a panic in the journal.
const maxPanicText = 2048

// quarantine deals with an input that made the core panic. The state may be
// half changed, so it is rebuilt from what is durable; the input is written
// down with the panic as its only fact, and its device is out of service until
// it is opened again.
func (g *group) quarantine(at time.Time, in event.Input, text string) error {
	e := g.engine
	device := deviceOf(in)
	e.opt.Log.Error("the core panicked: the input is set aside", "input", event.InputName(in), "device", device, "panic", text)
	e.broken = true
	if err := g.flush(); err != nil {
		return err
	}
	if err := e.rebuild(); err != nil {
		return err
	}
	if len(text) > maxPanicText {
		text = text[:maxPanicText]
	}
	f := event.Quarantined{Device: device, Panic: text, At: at}
	if a, ok := in.(event.Answer); ok {
		f.Ask = a.ID
	}
	if err := g.apply(at, in, []event.Fact{f}); err != nil {
		return err
	}
	e.note(func(s *Status) { s.Quarantined++ })
	switch in := in.(type) {
	case event.Evidence:
		if err := g.outOfService(at, in); err != nil {
			return err
		}
	case event.Time:
		e.mute = at.Add(tickAgain)
	case event.Answer, event.Definition, event.DeviceStatus, event.Notice, event.StaffOrder, event.Resumed:
	}
	e.countPanic(device, at)
	return nil
}

// apply folds facts that the engine states itself, and drafts their record.
func (g *group) apply(at time.Time, in event.Input, facts []event.Fact) error {
	for _, f := range facts {
		g.engine.state.Apply(f)
	}
	return g.draft(event.Record{At: at, Input: in, Facts: facts})
}

// outOfService tells the core that a device can't be relied on.
func (g *group) outOfService(at time.Time, in event.Evidence) error {
	e := g.engine
	status := event.DeviceStatus{Device: in.Device, Epoch: in.Epoch, State: event.StateQuarantined, Cause: "one of its reports made the core panic"}
	facts, panicked := stepped(e.step, e.state, at, status)
	if panicked == "" {
		return g.draft(event.Record{At: at, Input: status, Facts: facts})
	}
	e.broken = true
	if err := g.flush(); err != nil {
		return err
	}
	return e.rebuild()
}

// countPanic closes the entry where panics came of several devices in a short
// time.
func (e *Engine) countPanic(device string, at time.Time) {
	e.panics = slices.DeleteFunc(e.panics, func(p panicked) bool { return at.Sub(p.at) > PanicWithin || p.device == device })
	e.panics = append(e.panics, panicked{device, at})
	if len(e.panics) < PanicDevices {
		return
	}
	e.closed.Do(func() {
		reason := fmt.Sprintf("the core panicked on inputs of %d devices within %s", len(e.panics), PanicWithin)
		e.note(func(s *Status) { s.EntryClosed = reason })
		e.opt.EntryClosed(reason)
		e.opt.Log.Error("the entry is closed", "reason", reason)
	})
}

// rebuild reads the state again from what is durable.
func (e *Engine) rebuild() error {
	r, err := Rebuild(e.opt.Journal)
	if err != nil {
		return err
	}
	e.state, e.broken = r.State, false
	return nil
}

// deviceOf is the device that an input speaks of, or the kind of input.
func deviceOf(in event.Input) string {
	switch in := in.(type) {
	case event.Evidence:
		return in.Device
	case event.DeviceStatus:
		return in.Device
	case event.Notice:
		return in.Device
	case event.Answer, event.Definition, event.StaffOrder, event.Time, event.Resumed:
	}
	return event.InputName(in)
}
