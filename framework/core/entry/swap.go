package entry

import (
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
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
