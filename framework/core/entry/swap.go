package entry

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// reach holds a hand against the way its body came: a body that acts in a zone
// which its track was never seen entering is not the one that the track began
// with. A camera that takes two who meet for one another leaves just that, so
// neither that track nor those of others who are there can be told any more, and
// what they do from now on is in doubt: better that than a stranger's bill.
func (s *State) reach(t *turn.Turn, e event.Evidence, o observe.Interaction) {
	k := s.Tracks[o.Track]
	if k == nil || k.Session == "" || len(k.Stays) == 0 || k.Camera != e.Device {
		return
	}
	shelf := t.Store.Shelf(o.At)
	if shelf == nil {
		shelf = t.Store.Device(o.At)
	}
	if shelf == nil || !t.Store.Covered(shelf.Zones) || k.InZone(shelf.Zones, e.Span()) {
		return
	}
	t.Emit(event.TrackUnbound{Track: o.Track, Session: k.Session, Reason: "its hand was seen where it never went: it may be another's"})
	for _, name := range s.names() {
		if x := s.Tracks[name]; x.Session != "" && x.Camera == e.Device && x.Ended.IsZero() && x.InZone(shelf.Zones, e.Span()) {
			t.Emit(event.TrackUnbound{Track: name, Session: x.Session, Reason: "it may have been taken for another that was near"})
		}
	}
}

const (
	// A camera tells of a track when it changes its zone, and when the camera was
	// opened (observe.Presence). One that says again where a track already is more
	// than once in so many changes has ways of its own, and then that says nothing.
	againSeldom = 5
	// mostTold is when what was counted is halved.
	mostTold = 1_000
)

// entered holds a change of zone against where the track is. Nobody comes in twice
// without having gone out: where a camera has a body come to a zone that it is in
// already, somebody else came and was taken for it. Who that was nobody knows:
// anybody whom the camera follows and has elsewhere. None of them can be told from
// then on.
func (s *State) entered(t *turn.Turn, f event.TrackSeen) {
	k := s.Tracks[f.Track]
	if k == nil || k.Session == "" || !s.repeats(k, f) || s.restating(t, f.Camera) {
		return
	}
	if c := s.Cameras[f.Camera]; c.Moves < againSeldom*c.Again {
		return
	}
	var others []observe.Track
	for _, name := range s.names() {
		if x := s.Tracks[name]; x != k && x.Session != "" && x.Camera == f.Camera && x.Epoch == f.By.Epoch && x.Ended.IsZero() && x.Zone() != f.Zone {
			others = append(others, name)
		}
	}
	if len(others) == 0 { // it is only told again
		return
	}
	t.Emit(event.TrackUnbound{Track: f.Track, Session: k.Session, Reason: "it was seen coming where it already was: it may be another's"})
	for _, name := range others {
		t.Emit(event.TrackUnbound{Track: name, Session: s.Tracks[name].Session, Reason: "it may be the one that came and was taken for another"})
	}
}

// doubted lets go of a track of which its camera says that it may be another body's by
// now. That it is somebody else's may be as probable as that a line is for what nobody
// could think of: half of what the store leaves to error.
func (s *State) doubted(t *turn.Turn, track observe.Track) {
	if k := s.Tracks[track]; k.Session != "" && !k.sure(t.Store.Store.Attribution.ChargeAbove) {
		t.Emit(event.TrackUnbound{Track: track, Session: k.Session, Reason: "its camera is not sure enough that it is still the same body"})
	}
}

// sure reports whether a track's camera is sure enough that it is the body that it
// began with, as one is that says nothing of it.
func (t *Track) sure(chargeAbove measure.Probability) bool {
	return t.Sure == 0 || t.Sure.Complement() <= chargeAbove.Complement()/2
}

// repeats reports whether a camera says of a later moment again where a track is
// that it follows, in the same opening. A report of a moment that is known was
// only sent twice, or overtaken; where reports were lost since, it may have gone out
// and come again; and a camera that is less sure of it says that, and not where it is.
func (s *State) repeats(k *Track, f event.TrackSeen) bool {
	return f.Phase == observe.PhasePresent && k.Camera == f.Camera && k.Epoch == f.By.Epoch && k.Ended.IsZero() && k.Zone() == f.Zone &&
		(f.Confidence == 0 || f.Confidence == k.Sure) && f.Span.Onset.After(k.Last) && k.Last.After(s.Cameras[f.Camera].Lost)
}

// told counts how a camera tells of a track.
func (s *State) told(k *Track, f event.TrackSeen) {
	if f.Phase != observe.PhasePresent || k.Camera != f.Camera || k.Epoch != f.By.Epoch {
		return
	}
	c := s.Cameras[f.Camera]
	switch {
	case s.repeats(k, f):
		c.Again++
	case k.Zone() != f.Zone:
		c.Moves++
	}
	if c.Moves+c.Again > mostTold {
		c.Moves, c.Again = c.Moves/2, c.Again/2
	}
	s.tells(f.Camera, c)
}

// missed notes that reports of a camera were lost.
func (s *State) missed(f event.Lost) {
	if s.follows(f.Device) {
		c := s.Cameras[f.Device]
		c.Lost = f.At
		s.tells(f.Device, c)
	}
}

func (s *State) tells(camera string, c Telling) {
	if s.Cameras == nil {
		s.Cameras = map[string]Telling{}
	}
	s.Cameras[camera] = c
}

// restating reports whether a camera was opened only just.
func (s *State) restating(t *turn.Turn, camera string) bool {
	return slices.ContainsFunc(s.Opened, func(o event.DeviceChanged) bool {
		return o.Device == camera && t.At.Before(o.At.Add(restateWithin))
	})
}
