package entry

import (
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// passage counts a body in, or notes that one went out. One whose direction its gate can't
// tell counts for nobody.
func (s *State) passage(t *turn.Turn, e event.Evidence, p observe.Passage) {
	switch p.Direction {
	case observe.DirectionOut:
		t.Emit(event.ExitSeen{Gate: e.Device, Span: e.Span(), By: e.Ref()})
	case observe.DirectionUnknown:
		t.Emit(event.BodyUnknown{Gate: e.Device, Direction: p.Direction, Span: e.Span(), By: e.Ref()})
	case observe.DirectionIn:
		if v, a := s.admissionFor(t, e.Device, p.Admission, e.Span()); v != nil {
			t.Emit(event.BodyEntered{Session: v.ID, Admission: a, Gate: e.Device, Span: e.Span(), By: e.Ref()})
			return
		}
		t.Emit(event.BodyUnknown{Gate: e.Device, Direction: p.Direction, Span: e.Span(), By: e.Ref()})
	}
}

// admissionFor finds the admission that a body came in by: the one that the
// gate names, or the only one at that gate with room. A body beyond the number
// admitted belongs to the same party only where the gate says so. A visit that
// has ended is paid for: nobody comes in by it any more. Of a gate that names
// none nobody can tell whose body it is where two parties have room, or where
// passages may have been lost since the admission was given: it is nobody's
// then, for else a stranger would be billed.
func (s *State) admissionFor(t *turn.Turn, gate, name string, span observe.Interval) (*Session, string) {
	since := s.Device[gate].At.Add(t.Store.Store.Entry.AdmitWithin) // an admission that ends later was given since the gate works
	var session *Session
	var admission string
	ids := s.admittingAt(gate, name)
	if id, _, _ := strings.Cut(name, "/"); s.Sessions[id] != nil && s.Sessions[id].Stage != Ended {
		ids = []string{id} // it is named, and nobody else's
	}
	for _, id := range ids {
		v := s.Sessions[id]
		for i := range v.Admissions {
			a := &v.Admissions[i]
			switch {
			case name != "":
				if a.ID == name {
					return v, a.ID
				}
			case a.Gate != gate || a.Closed || a.In >= a.Bodies || span.Onset.After(a.Expires):
			case session != nil && session != v, a.Expires.Before(since):
				return nil, ""
			case session == nil:
				session, admission = v, a.ID
			}
		}
	}
	return session, admission
}

// admittingAt returns the sessions by which more may come in, in order of opening:
// those with an admission at a gate, or all where the admission has a name.
func (s *State) admittingAt(gate, name string) []string {
	if name != "" {
		return s.ordered(s.lists.admitting)
	}
	at := map[string]bool{}
	for id := range s.lists.admitting { //nolint:gocritic // sorted below
		if slices.ContainsFunc(s.Sessions[id].Admissions, func(a Admission) bool { return a.Gate == gate }) {
			at[id] = true
		}
	}
	return s.ordered(at)
}

// bindEntries binds bodies that came in to the tracks that began at their gate.
// The pair nearest in time goes first, so that a late report can't take
// another's track.
func (s *State) bindEntries(t *turn.Turn) {
	for {
		track, session, by, ok := s.nearestEntry(t)
		if !ok {
			return
		}
		t.Emit(event.TrackBound{Track: track, Session: session, Passage: by})
	}
}

func (s *State) nearestEntry(t *turn.Turn) (track observe.Track, session string, by event.Ref, ok bool) {
	best := bindWithin + 1
	for _, id := range s.ordered(s.lists.unbound) {
		v := s.Sessions[id]
		for i := range v.Bodies {
			b := &v.Bodies[i]
			if b.Track != "" || b.Left || t.At.Sub(b.Span.Settled) > keepTracks {
				continue
			}
			name, gap := s.nearestTrack(t, b.Gate, b.Span.Settled, s.lists.began, func(x *Track) (time.Time, string) { return x.Began.Settled, x.At },
				func(x *Track) bool {
					return x.Session == "" && !s.claimed(x) && x.sure(t.Store.Store.Attribution.ChargeAbove)
				})
			if name != "" && gap < best {
				best, track, session, by, ok = gap, name, id, b.By, true
			}
		}
	}
	return track, session, by, ok
}

// claimed reports whether some body already has the track; a track that was
// unbound is never bound again.
func (s *State) claimed(x *Track) bool { return s.lists.claims[x.name] > 0 }

// nearestTrack finds the track whose moment at the gate's zone is nearest to at.
func (s *State) nearestTrack(t *turn.Turn, gate string, at time.Time, list map[int64][]observe.Track, moment func(*Track) (time.Time, string), fits func(*Track) bool) (observe.Track, time.Duration) {
	var zones []string
	if d := t.Store.Device(gate); d != nil {
		zones = d.Zones
	}
	best, found := bindWithin+1, observe.Track("")
	for name := range around(list, at) {
		x := s.Tracks[name]
		when, zone := moment(x)
		if when.IsZero() || !slices.Contains(zones, zone) {
			continue
		}
		if gap := when.Sub(at).Abs(); (gap < best || gap == best && name < found) && fits(x) { // the order of the list says nothing
			best, found = gap, name
		}
	}
	return found, best
}

// settleExits tells whose body left: that of the track which ended at the gate,
// or, after a wait, the only one that no camera follows.
func (s *State) settleExits(t *turn.Turn) {
	for _, x := range append([]event.ExitSeen(nil), s.Exits...) {
		name, _ := s.nearestTrack(t, x.Gate, x.Span.Settled, s.lists.ended, func(k *Track) (time.Time, string) { return k.Ended, k.End },
			func(k *Track) bool { return k.Session != "" && s.bodyIn(k) })
		if name != "" {
			t.Emit(event.BodyLeft{Session: s.Tracks[name].Session, Gate: x.Gate, Track: name, Span: x.Span, By: x.By, Reason: "its track ended at the gate"})
			continue
		}
		if t.At.Before(x.Span.Settled.Add(exitWait)) {
			continue
		}
		if who := s.Untracked(); len(who) == 1 {
			t.Emit(event.BodyLeft{Session: who[0], Gate: x.Gate, Span: x.Span, By: x.By, Reason: "the only one inside whom no camera follows"})
			continue
		}
		t.Emit(event.BodyUnknown{Gate: x.Gate, Direction: observe.DirectionOut, Span: x.Span, By: x.By})
	}
}

// bodyIn reports whether the track's body has not left yet.
func (s *State) bodyIn(k *Track) bool {
	v := s.Sessions[k.Session]
	return v != nil && v.Stage != Ended && slices.ContainsFunc(v.Bodies, func(b Body) bool { return !b.Left && s.Tracks[b.Track] == k })
}

// owes reports whether a camera that opened has not restated all its tracks.
func (s *State) owes(o event.DeviceChanged) bool {
	return slices.ContainsFunc(s.lists.openings[o.Device], func(epoch uint64) bool { return epoch < o.Epoch })
}

// dropStale unbinds the tracks that a camera did not restate after it opened.
func (s *State) dropStale(t *turn.Turn) {
	for _, o := range s.Opened {
		if t.At.Before(o.At.Add(restateWithin)) || !s.owes(o) {
			continue
		}
		for _, name := range s.unstated(o) {
			t.Emit(event.TrackUnbound{Track: name, Session: s.Tracks[name].Session, Reason: "its camera was opened again and did not find it"})
		}
	}
}
