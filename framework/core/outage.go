package core

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// restateWithin is how long a shelf that was opened again has to restate its
// bays before the outage is told without what it didn't say.
const restateWithin = 5 * time.Second

// Outage is one that is not over: see event.Outage. A device that goes on in
// the same opening had none, for what it saw meanwhile it still tells.
type Outage struct {
	From   observe.Serial   `json:"from"`
	To     observe.Serial   `json:"to"`
	Since  time.Time        `json:"since"`
	Cause  string           `json:"cause"`
	Levels []event.LevelGap `json:"levels,omitempty"`
	// Ready is when the new opening was; zero before.
	Ready time.Time `json:"ready"`
}

// reopened reports whether there is a new opening.
func (o *Outage) reopened() bool { return o.To.Epoch > 0 }

// foldOutage notes when devices stop and are opened again. It is called before
// any other part of the state folds the fact.
func (s *State) foldOutage(f event.Fact) {
	switch f := f.(type) {
	case event.DeviceChanged:
		s.outageChanged(f)
	case event.HostAway:
		for _, address := range slices.Sorted(maps.Keys(s.Entry.Device)) {
			if d := s.Entry.Device[address]; d.State.Serving() {
				s.beginOutage(address, d.Epoch, f.From, "the host was away")
			}
		}
	case event.Noted:
		s.outageNoted(f.Device, f.Serial, f.At)
	case event.Lost:
		s.outageNoted(f.Device, f.Serial, f.At)
	case event.LevelSet:
		s.outageLevel(f)
	case event.Outage:
		delete(s.Outages, f.Device)
	case event.Adopted:
		for _, address := range slices.Sorted(maps.Keys(s.Outages)) {
			if s.index.Device(address) == nil {
				delete(s.Outages, address)
			}
		}
	default: // the others are about no device
	}
}

func (s *State) outageChanged(f event.DeviceChanged) {
	before := s.Entry.Device[f.Device]
	if before.State.Serving() && (!f.State.Serving() || f.Epoch > before.Epoch) {
		s.beginOutage(f.Device, before.Epoch, f.At, cmp.Or(f.Cause, "it was opened again"))
	}
	o := s.Outages[f.Device]
	switch {
	case o == nil:
	case f.Epoch > max(o.From.Epoch, o.To.Epoch):
		o.To, o.Ready = observe.Serial{Epoch: f.Epoch}, time.Time{}
		fallthrough
	case o.reopened():
		if f.State.Serving() && o.Ready.IsZero() {
			o.Ready = f.At
		}
	case f.State.Serving(): // it goes on where it was
		delete(s.Outages, f.Device)
	}
}

// beginOutage notes what is known of a device before nobody watched it.
func (s *State) beginOutage(address string, epoch uint64, at time.Time, cause string) {
	d := s.index.Device(address)
	if d == nil || d.Class == storedef.ClassPayment { // a processor sees nothing
		return
	}
	if before := s.Outages[address]; before != nil && !before.over(at) { // one that is over was told, or is of a version that told of none
		return
	}
	o := &Outage{From: observe.Serial{Epoch: epoch}, Since: at, Cause: cause}
	if last := s.Noted[address]; last.Compare(o.From) > 0 {
		o.From = last
	}
	for i := range d.Bays {
		if b := s.Attribution.Bays[d.Bays[i].Address]; b != nil && b.Known {
			o.Levels = append(o.Levels, event.LevelGap{Bay: d.Bays[i].Address, Before: b.Mass})
		}
	}
	s.Outages[address] = o
}

// outageNoted notes a report: the last of the old opening, or the first of a
// new one.
func (s *State) outageNoted(address string, serial observe.Serial, at time.Time) {
	o := s.Outages[address]
	if last, ok := s.Noted[address]; o == nil && ok && serial.Epoch > last.Epoch && serial.Epoch > s.Entry.Device[address].Epoch {
		s.beginOutage(address, last.Epoch, at, "it was opened again")
		o = s.Outages[address]
	}
	switch {
	case o == nil:
	case serial.Epoch <= o.From.Epoch:
		o.From = serial
	case serial.Epoch > o.To.Epoch || o.To.Seq == 0:
		o.To = serial
	}
}

func (s *State) outageLevel(f event.LevelSet) {
	o := s.Outages[f.By.Device]
	if o == nil {
		return
	}
	for i := range o.Levels {
		l := &o.Levels[i]
		switch {
		case l.Bay != f.Bay:
		case f.By.Epoch <= o.From.Epoch:
			l.Before = f.Mass
		default:
			mass := f.Mass
			l.After = &mass
		}
	}
}

// endOutages states the outages that are over: the device reports again, and a
// shelf has restated what stood on it, or won't. It is called at the end of a
// step.
func (s *State) endOutages(t *turn.Turn) {
	if len(s.Outages) == 0 {
		return
	}
	switch in := t.Input.(type) {
	case event.Evidence:
		s.endOutage(t, in.Device)
	case event.DeviceStatus:
		s.endOutage(t, in.Device)
	case event.Time, event.Definition:
		for _, address := range slices.Sorted(maps.Keys(s.Outages)) {
			s.endOutage(t, address)
		}
	case event.Answer, event.StaffOrder, event.Notice, event.Resumed:
	}
}

func (s *State) endOutage(t *turn.Turn, address string) {
	o := s.Outages[address]
	if o == nil || !o.over(t.At) {
		return
	}
	t.Emit(event.Outage{Device: address, From: o.From, To: o.To, Since: o.Since, Cause: o.Cause, Levels: slices.Clone(o.Levels), At: t.At})
}

func (o *Outage) over(at time.Time) bool {
	switch {
	case !o.reopened():
		return false
	case !slices.ContainsFunc(o.Levels, func(l event.LevelGap) bool { return l.After == nil }):
		return o.To.Seq > 0 || !o.Ready.IsZero()
	}
	return !o.Ready.IsZero() && !at.Before(o.Ready.Add(restateWithin))
}

// wakeOutages is when time alone ends an outage.
func (s *State) wakeOutages() (w turn.Wake) {
	if len(s.Outages) == 0 {
		return w
	}
	for _, address := range slices.Sorted(maps.Keys(s.Outages)) {
		if o := s.Outages[address]; !o.Ready.IsZero() {
			w.Add(o.Ready.Add(restateWithin))
		}
	}
	return w
}
