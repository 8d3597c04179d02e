package entry

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// lists are what is derived from the state so that a step looks only at whom it
// is about: they are kept as facts are folded, and never encoded.
type lists struct {
	rules storedef.Entry
	// due is when time alone matters to a session.
	due turn.Due
	// active are the sessions that have not ended, in order of opening, and gone
	// those that have, in the order they ended.
	active, gone []string
	// tokens are the active sessions of a credential, in order of opening.
	tokens map[string][]string
	// admitting have an admission by which more may come in, unbound a body inside that
	// no track was bound to yet.
	admitting, unbound map[string]bool
	// claims counts the bodies that a track was ever bound to.
	claims map[observe.Track]int
	// free are the tracks of no session; stale is when they are forgotten.
	free  map[observe.Track]bool
	stale turn.Due
	// began and ended are tracks by the second in which they did.
	began, ended map[int64][]observe.Track
	// followed are the tracks of sessions that go on, by camera and the opening in
	// which it last stated them.
	followed map[opening]map[observe.Track]bool
	// openings are those of a camera that followed has tracks of.
	openings map[string][]uint64
	// placed are the tracks of sessions, by each zone that they were ever in.
	placed map[string]map[observe.Track]*Track
	// unfollowed is what Untracked said, as long as known says that it stands.
	unfollowed []string
	known      bool
	// serving is the definition of which all devices that close the entry were seen
	// to serve, until any device changes.
	serving *storedef.Index
}

// opening is one of a camera.
type opening struct {
	camera string
	epoch  uint64
}

func newLists() lists {
	return lists{tokens: map[string][]string{}, admitting: map[string]bool{}, unbound: map[string]bool{}, claims: map[observe.Track]int{},
		free: map[observe.Track]bool{}, began: map[int64][]observe.Track{}, ended: map[int64][]observe.Track{},
		followed: map[opening]map[observe.Track]bool{}, openings: map[string][]uint64{}, placed: map[string]map[observe.Track]*Track{}}
}

// doubt has what Untracked said looked up again, and reports whether it stood.
func (l *lists) doubt() (known bool) {
	known, l.known = l.known, false
	return known
}

// Index derives the lists. It is called once a state was decoded.
func (s *State) Index(rules storedef.Entry) {
	s.lists = newLists()
	s.lists.rules = rules
	for _, id := range s.Live {
		v := s.Sessions[id]
		s.listOpened(v)
		if v.Stage == Ended {
			s.listEnded(v)
		}
		s.list(id)
		for i := range v.Bodies {
			s.claim(v.Bodies[i].Track, 1)
		}
	}
	slices.SortStableFunc(s.lists.gone, func(a, b string) int {
		return cmpEnd(s.Sessions[a], s.Sessions[b])
	})
	for _, name := range s.names() {
		s.Tracks[name].name = name
		s.listTrack(s.Tracks[name])
	}
}

func cmpEnd(a, b *Session) int {
	if c := a.EndedAt.Compare(b.EndedAt); c != 0 {
		return c
	}
	return a.EndNumber - b.EndNumber
}

func (s *State) listOpened(v *Session) {
	s.lists.active = append(s.lists.active, v.ID)
	s.lists.tokens[v.Token] = append(s.lists.tokens[v.Token], v.ID)
}

func (s *State) listEnded(v *Session) {
	s.lists.active = s.without(s.lists.active, v)
	s.lists.gone = append(s.lists.gone, v.ID)
	left := slices.DeleteFunc(s.lists.tokens[v.Token], func(id string) bool { return id == v.ID })
	if s.lists.tokens[v.Token] = left; len(left) == 0 {
		delete(s.lists.tokens, v.Token)
	}
}

// without takes a session off a list that is in order of opening.
func (s *State) without(list []string, v *Session) []string {
	i, found := slices.BinarySearchFunc(list, v.Number, func(id string, n int) int { return s.Sessions[id].Number - n })
	if !found {
		return list
	}
	return slices.Delete(list, i, i+1)
}

// unlist takes a closed session off every list. It is called before the session
// is forgotten.
func (s *State) unlist(v *Session) {
	s.Live = s.without(s.Live, v)
	if v.Stage != Ended {
		s.listEnded(v)
	}
	s.lists.gone = slices.DeleteFunc(s.lists.gone, func(id string) bool { return id == v.ID })
	delete(s.lists.admitting, v.ID)
	delete(s.lists.unbound, v.ID)
	s.lists.due.Set(v.ID, time.Time{})
	for i := range v.Bodies {
		s.claim(v.Bodies[i].Track, -1)
	}
}

func (s *State) claim(name observe.Track, n int) {
	if name == "" {
		return
	}
	if s.lists.claims[name] += n; s.lists.claims[name] <= 0 {
		delete(s.lists.claims, name)
	}
}

// list puts a session where it belongs after a fact about it.
func (s *State) list(id string) {
	v := s.Sessions[id]
	if v == nil {
		return
	}
	set := func(m map[string]bool, in bool) {
		if in {
			m[id] = true
			return
		}
		delete(m, id)
	}
	set(s.lists.admitting, v.Stage != Ended && slices.ContainsFunc(v.Admissions, func(a Admission) bool { return !a.Closed && a.In < a.Bodies }))
	set(s.lists.unbound, slices.ContainsFunc(v.Bodies, func(b Body) bool { return b.Track == "" && !b.Left }))
	s.lists.due.Set(id, s.dueOf(v))
}

// dueOf is when time alone next matters to a session; one that is to end at once
// is due since it was opened.
func (s *State) dueOf(v *Session) time.Time {
	var w turn.Wake
	switch v.Stage {
	case Requested:
		w.Add(v.Opened.Add(s.lists.rules.AdmitWithin))
	case Admitting, Inside:
		for i := range v.Admissions {
			if !v.Admissions[i].Closed {
				w.Add(v.Admissions[i].Expires.Add(bindWithin))
			}
		}
		switch {
		case v.Stage == Admitting && !v.admitting(), v.Stage == Inside && v.In() <= 0 && !v.admitting():
			w.Add(v.Opened)
		case v.Stage == Inside:
			w.Add(v.Opened.Add(s.lists.rules.MaxStay))
		}
		if !v.WaitsSince.IsZero() {
			w.Add(v.WaitsSince.Add(s.lists.rules.AdmitWithin))
		}
	case Ended:
	}
	return w.At
}

// ruled takes over the rules of a definition.
func (s *State) ruled(rules storedef.Entry) {
	s.lists.rules = rules
	for _, id := range s.lists.active {
		s.lists.due.Set(id, s.dueOf(s.Sessions[id]))
	}
}

// ordered returns the sessions of a set in order of opening.
func (s *State) ordered(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for id := range set { //nolint:gocritic // sorted below
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b string) int { return s.Sessions[a].Number - s.Sessions[b].Number })
	return out
}

// about returns the sessions that may have somebody inside during a span, in
// order of opening: those that go on, and those that ended since.
func (s *State) about(span observe.Interval) []string {
	i, _ := slices.BinarySearchFunc(s.lists.gone, span.Onset, func(id string, at time.Time) int {
		if s.Sessions[id].EndedAt.Before(at) {
			return -1
		}
		return 1
	})
	if i == len(s.lists.gone) {
		return s.lists.active
	}
	out := append(slices.Clone(s.lists.gone[i:]), s.lists.active...)
	slices.SortFunc(out, func(a, b string) int { return s.Sessions[a].Number - s.Sessions[b].Number })
	return out
}

// listTrack puts a track where it belongs after a fact about it.
func (s *State) listTrack(t *Track) {
	moved := func(list map[int64][]observe.Track, before int64, at time.Time) int64 {
		var now int64
		if !at.IsZero() {
			now = at.Unix()
		}
		if before != now && before != 0 {
			if list[before] = slices.DeleteFunc(list[before], func(n observe.Track) bool { return n == t.name }); len(list[before]) == 0 {
				delete(list, before)
			}
		}
		if before != now && now != 0 {
			list[now] = append(list[now], t.name)
		}
		return now
	}
	t.beganIn = moved(s.lists.began, t.beganIn, t.Began.Settled)
	t.endedIn = moved(s.lists.ended, t.endedIn, t.Ended)
	s.follow(t)
	s.place(t)
	if t.Session != "" {
		delete(s.lists.free, t.name)
		s.lists.stale.Set(string(t.name), time.Time{})
		return
	}
	s.lists.free[t.name] = true
	s.lists.stale.Set(string(t.name), t.Last.Add(keepTracks+1))
}

// place lists a track under the zones that it was in while it is a session's.
func (s *State) place(t *Track) {
	switch {
	case t.Session == "" && t.isPlaced:
		for i := range t.Stays {
			z := t.Stays[i].Zone
			if delete(s.lists.placed[z], t.name); len(s.lists.placed[z]) == 0 {
				delete(s.lists.placed, z)
			}
		}
	case t.Session != "" && !t.isPlaced:
		for i := range t.Stays {
			s.visited(t, t.Stays[i].Zone)
		}
	}
	t.isPlaced = t.Session != ""
}

func (s *State) visited(t *Track, zone string) {
	if s.lists.placed[zone] == nil {
		s.lists.placed[zone] = map[observe.Track]*Track{}
	}
	s.lists.placed[zone][t.name] = t
}

// left takes a track out of a zone that it was in so long ago that the stay is
// forgotten.
func (s *State) left(t *Track, zone string) {
	if t.isPlaced && !slices.ContainsFunc(t.Stays, func(st Stay) bool { return st.Zone == zone }) {
		delete(s.lists.placed[zone], t.name)
	}
}

// follow puts a track with the opening of its camera that last stated it.
func (s *State) follow(t *Track) {
	var now opening
	if t.Session != "" && t.Ended.IsZero() {
		now = opening{t.Camera, t.Epoch}
	}
	was := t.followedIn
	if was == now {
		return
	}
	t.followedIn = now
	if list := s.lists.followed[was]; list != nil {
		delete(list, t.name)
		if len(list) == 0 {
			delete(s.lists.followed, was)
			s.lists.openings[was.camera] = slices.DeleteFunc(s.lists.openings[was.camera], func(e uint64) bool { return e == was.epoch })
		}
	}
	if now == (opening{}) {
		return
	}
	if s.lists.followed[now] == nil {
		s.lists.followed[now] = map[observe.Track]bool{}
		s.lists.openings[now.camera] = append(s.lists.openings[now.camera], now.epoch)
	}
	s.lists.followed[now][t.name] = true
}

// unstated returns the tracks that a camera which opened has not restated, by
// name.
func (s *State) unstated(o event.DeviceChanged) (out []observe.Track) {
	for _, epoch := range s.lists.openings[o.Device] {
		if epoch < o.Epoch {
			out = append(out, slices.Sorted(maps.Keys(s.lists.followed[opening{o.Device, epoch}]))...)
		}
	}
	slices.Sort(out)
	return out
}

// unlistTrack forgets a track.
func (s *State) unlistTrack(name observe.Track) {
	t := s.Tracks[name]
	if t == nil {
		return
	}
	t.Began, t.Ended, t.Session = observe.Interval{}, time.Time{}, ""
	s.listTrack(t)
	delete(s.lists.free, name)
	s.lists.stale.Set(string(name), time.Time{})
	delete(s.Tracks, name)
}

// around goes through the tracks of a list within the binding time of a moment.
func around(list map[int64][]observe.Track, at time.Time) iter.Seq[observe.Track] {
	const reach = int64(bindWithin/time.Second) + 1
	return func(yield func(observe.Track) bool) {
		for sec := at.Unix() - reach; sec <= at.Unix()+reach; sec++ {
			for _, name := range list[sec] {
				if !yield(name) {
					return
				}
			}
		}
	}
}
