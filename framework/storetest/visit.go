package storetest

import (
	"slices"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// firstStep is the time from the opened gate to the first body in its lane,
	// partyGap how long members of a party keep apart, walk from one zone to
	// another, and stepIn until a body that came in may act.
	firstStep = 700 * time.Millisecond
	partyGap  = 1200 * time.Millisecond
	walk      = 2 * time.Second
	stepIn    = time.Second
	// patience is how long a party waits at a gate that says nothing.
	patience = 90 * time.Second
	// settles is how long after the last body left its receipt is waited for.
	settles = time.Minute
	// reads is how often a tag is read in a lane.
	reads = 12
)

// visit is one party on one credential.
type visit struct {
	name    string
	step    storefile.EnterStep
	session string // the newest
	bodies  []*body
	waiting int // bodies before the gate

	opened  *event.SessionOpened // of the newest session
	refused *event.EntryRefused
	entered bool
	ended   bool
	closed  bool
	dispute string // the newest
	receipt *event.Receipt
}

// body is one person in the store.
type body struct {
	visit   *visit
	zone    string
	camera  *device // that saw it last
	track   observe.Track
	carried []*unit
	out     bool
}

func (v *visit) inside() (all []*body) {
	for _, b := range v.bodies {
		if !b.out {
			all = append(all, b)
		}
	}
	return all
}

// enter presents a credential and waits for what the gate does.
func (w *world) enter(s storefile.EnterStep) *storefile.Problem {
	v := w.visits[s.Visit]
	if v == nil || len(v.inside()) == 0 {
		if v == nil {
			w.names = append(w.names, s.Visit)
		}
		v = &visit{name: s.Visit}
		w.visits[s.Visit] = v
	}
	v.step, v.waiting, v.refused = s, s.Party, nil
	if s.Declined {
		w.processor.declines[s.Token] = true
	} else {
		delete(w.processor.declines, s.Token)
	}
	c := observe.Credential{Interval: observe.At(w.now), Token: s.Token, Quality: s.Quality, Bodies: s.Party}
	var problem *storefile.Problem
	if c.Method, c.Attributes, problem = presented(s); problem != nil {
		return problem
	}
	if err := observe.Check(c); err != nil {
		return trouble("No reader would report that", "The credential is none: %v.", err)
	}
	w.report(w.devices[s.Reader], c)
	w.until(w.now.Add(patience), func() bool { return v.waiting == 0 || w.devices[s.Reader].down })
	v.waiting = 0
	w.pass(stepIn)
	return nil
}

// presented says how a reader tells of a way to come in.
func presented(s storefile.EnterStep) (observe.Method, []string, *storefile.Problem) {
	method, told := observe.MethodCard, false
	switch s.Tender {
	case storedef.TenderCard, storedef.TenderUnknown:
	case storedef.TenderWallet:
		told = true
	case storedef.TenderApp:
		method = observe.MethodCode
	case storedef.TenderPalm:
		method = observe.MethodPalm
	case storedef.TenderBadge:
		method = observe.MethodBadge
	case storedef.TenderMealPlan:
		method, told = observe.MethodBadge, true
	}
	attributes := slices.Clone(s.Attributes)
	if told {
		if _, twice := observe.AttributeOf(attributes, observe.AttributeTender); twice {
			return 0, nil, trouble("The tender is said twice", "by says how they come in; leave the attribute %s out.", observe.AttributeTender)
		}
		attributes = append(attributes, observe.AttributeTender+"="+string(s.Tender))
		slices.Sort(attributes)
	}
	return method, attributes, nil
}

// admit is a gate that was asked to let bodies in.
func (w *world) admit(a event.Ask) {
	v := w.sessions[a.Session]
	if v == nil {
		return
	}
	gate := w.devices[a.Device]
	for i := range min(a.Bodies, v.waiting) {
		w.later(firstStep+time.Duration(i)*partyGap, func() {
			v.waiting--
			v.entered = true
			b := &body{visit: v, zone: zoneOf(gate.def)}
			v.bodies = append(v.bodies, b)
			w.report(gate, observe.Passage{Interval: observe.Between(w.now.Add(-300*time.Millisecond), w.now), Direction: observe.DirectionIn, Admission: a.Admission})
			w.begin(b)
		})
	}
}

// begin has the cameras find a body.
func (w *world) begin(b *body) {
	w.tracks++
	b.track = observe.Track("t" + strconv.Itoa(w.tracks))
	w.seen(b, observe.PhaseBegan)
}

// zoneOf is where a device is.
func zoneOf(d *storedef.Device) string {
	if len(d.Zones) == 0 {
		return ""
	}
	return d.Zones[0]
}

// over gives a camera that works and sees a zone.
func (w *world) over(zone string) *device {
	for i := range w.index.Store.Devices {
		d := w.devices[w.index.Store.Devices[i].Address]
		if d.def.Class == storedef.ClassCamera && !d.down && slices.Contains(d.def.Zones, zone) {
			return d
		}
	}
	return nil
}

// seen has the camera over a body say where it is.
func (w *world) seen(b *body, phase observe.Phase) {
	if b.camera = w.over(b.zone); b.camera != nil {
		w.report(b.camera, observe.Presence{Interval: observe.At(w.now), Track: b.track, Zone: b.zone, Phase: phase})
	}
}

// seenAgain is a camera that was opened again: it follows whom it saw under
// other names, for it can't know who is who.
func (w *world) seenAgain(d *device) {
	for _, name := range w.names {
		for _, b := range w.visits[name].inside() {
			if slices.Contains(d.def.Zones, b.zone) {
				w.begin(b)
			}
		}
	}
}

// goTo has a body walk to a zone.
func (w *world) goTo(b *body, zone string) {
	if b.zone == zone || zone == "" {
		return
	}
	w.pass(walk)
	b.zone = zone
	w.seen(b, observe.PhasePresent)
}

// leave has bodies of a party go out, and waits for what comes of it.
func (w *world) leave(s storefile.LeaveStep) *storefile.Problem {
	v, problem := w.visitor(s.Visit)
	if problem != nil {
		return problem
	}
	gate, problem := w.wayOut(v, s.Gate)
	if problem != nil {
		return problem
	}
	going := v.inside()
	if s.Bodies > len(going) {
		return trouble("So many are not inside", "Of %s there are %d inside.", v.name, len(going))
	}
	if s.Bodies > 0 {
		going = going[:s.Bodies]
	}
	for i, b := range going {
		if i > 0 {
			w.pass(partyGap)
		}
		w.goTo(b, zoneOf(gate.def))
		w.pass(stepIn)
		w.out(b, gate)
	}
	if len(v.inside()) == 0 {
		w.until(w.now.Add(settles), func() bool {
			return v.closed || v.receipt != nil && v.receipt.Payment.Final() && len(w.state.Pending()) == 0
		})
	} else {
		w.pass(stepIn)
	}
	return nil
}

// wayOut is the gate that somebody leaves by: the one named, or the one they
// came in by, or any.
func (w *world) wayOut(v *visit, named string) (*device, *storefile.Problem) {
	if named == "" {
		named = v.step.Gate
		for i := range w.index.Store.Devices {
			d := &w.index.Store.Devices[i]
			if own := w.index.Device(named); own != nil && own.Role != storedef.RoleEntry {
				break
			}
			if d.Class == storedef.ClassGate && d.Role != storedef.RoleEntry {
				named = d.Address
			}
		}
	}
	gate := w.devices[named]
	if gate == nil || gate.def.Role == storedef.RoleEntry {
		return nil, trouble("There is no way out there", "%s is for those who come in.", named)
	}
	return gate, nil
}

// out is a body in the lane on its way out.
func (w *world) out(b *body, gate *device) {
	b.out = true
	w.seen(b, observe.PhaseEnded)
	w.report(gate, observe.Passage{Interval: observe.Between(w.now.Add(-300*time.Millisecond), w.now), Direction: observe.DirectionOut})
	for i := range w.index.Store.Devices {
		lane := w.devices[w.index.Store.Devices[i].Address]
		if lane.def.Class != storedef.ClassRFIDReader || w.index.GateOf(lane.def.Address) != gate.def.Address {
			continue
		}
		for _, u := range b.carried {
			if u.epc != "" {
				w.report(lane, observe.Tag{Interval: observe.Between(w.now.Add(-200*time.Millisecond), w.now), EPC: u.epc, Antenna: 1, Reads: reads,
					Direction: observe.DirectionOut, Confidence: measure.Certain * 98 / 100})
			}
		}
	}
}

// visitor gives a party that is inside.
func (w *world) visitor(name string) (*visit, *storefile.Problem) {
	v := w.visits[name]
	switch {
	case v == nil:
		return nil, trouble("Nobody of that name came", "No enter block before this one is of %q.", name)
	case len(v.inside()) > 0:
		return v, nil
	case v.refused != nil:
		p := trouble("They were not let in", "%s was refused with %q: %s", name, v.refused.Code, v.refused.Message)
		if v.refused.Reason != "" {
			p.Detail += " (" + v.refused.Reason + ")"
		}
		return nil, p
	case !v.entered:
		return nil, trouble("They are not inside", "The gate did not open for %s.", name)
	}
	return nil, trouble("They are not inside any more", "%s has left.", name)
}
