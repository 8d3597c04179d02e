// Package entry is the first stage of the core: who is in the store.
//
// It opens a session for a credential, lets its bodies in once the hold on
// the card stands, binds the tracks of cameras to bodies at the gate's
// passage, tells whose body leaves, and ends the session. It knows nothing of
// goods or amounts. It never keeps anybody in: there is no fact that could.
//
// This is a pure room.
package entry

import (
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// The windows in which reports of one deed are matched.
const (
	// bindWithin is how far apart a passage and the track that begins or ends
	// at it may lie. A body takes about a second through a lane, and nobody
	// follows closer than that without touching.
	bindWithin = time.Second
	// exitWait is how long an exit waits for the track that ends at it, for
	// cameras report later than gates.
	exitWait = 2 * time.Second
	// restateWithin is how long a camera has after opening to restate a track
	// before it counts as lost.
	restateWithin = 5 * time.Second
	// keepTracks is how long a track that nobody is bound to stays known.
	keepTracks = 10 * time.Minute
	// maxStays bounds the places remembered of one track.
	maxStays = 256
)

// State is who is in the store.
type State struct {
	Sessions map[string]*Session `json:"sessions"`
	// Live are the sessions in the order they were opened.
	Live   []string                       `json:"live"`
	Tracks map[observe.Track]*Track       `json:"tracks"`
	Exits  []event.ExitSeen               `json:"exits"`
	Device map[string]event.DeviceChanged `json:"device"`
	// Opened are cameras that opened lately and owe a restatement.
	Opened  []event.DeviceChanged `json:"opened"`
	Adopted bool                  `json:"adopted"`
	// Down is, for each device that does not serve, the change by which it
	// stopped.
	Down map[string]event.DeviceChanged `json:"down,omitempty"`
	// Back is when a host last took over from one that was gone: it has yet to
	// open what it drives.
	Back time.Time `json:"back,omitzero"`
	// Closed says why nobody is let in where, as last stated, and Recheck when
	// time alone may change it.
	Closed  []event.Closure `json:"closed,omitempty"`
	Recheck *time.Time      `json:"recheck,omitempty"`
	// Risked are the visits without a hold that are not settled.
	Risked map[string]Risk `json:"risked,omitempty"`
	// Debts are what the visits of a credential owe that could not be had, oldest
	// first; Owing is, by credential, the ended visit for which money is asked
	// again later.
	Debts map[string][]Debt `json:"debts,omitempty"`
	Owing map[string]string `json:"owing,omitempty"`
	// Houses are the accounts of the store's own that were used lately, by class
	// and credential.
	Houses map[string]*Account `json:"houses,omitempty"`
	// Cameras is how each camera tells of tracks.
	Cameras map[string]Telling `json:"cameras,omitempty"`
	// Enrolments wait for somebody, by reader; Enrolled are the newest of which the
	// name is known. Pairings are what instruments stand for, by the token that
	// their reader reports, and Erasures what devices have yet to forget, by pairing.
	Enrolments map[string]*Enrolment `json:"enrolments,omitempty"`
	Enrolled   []string              `json:"enrolled,omitempty"`
	Pairings   map[string]*Pairing   `json:"pairings,omitempty"`
	Erasures   map[string]*Erasure   `json:"erasures,omitempty"`
	// Openings and Endings count the sessions that were ever opened and ended.
	Openings int `json:"openings,omitempty"`
	Endings  int `json:"endings,omitempty"`

	lists lists
}

// Stage is where a session stands.
type Stage string

// The stages.
const (
	Requested Stage = "requested" // waits for the hold
	Admitting Stage = "admitting" // the gate is open for it
	Inside    Stage = "inside"    // at least one body is in
	Ended     Stage = "ended"     // nobody is in any more
)

// Session is one visit on one credential.
type Session struct {
	ID string `json:"id"`
	// Number is that of its opening, EndNumber that of its end: their order.
	Number    int            `json:"number"`
	EndNumber int            `json:"end_number,omitempty"`
	Token     string         `json:"token"`
	Method    observe.Method `json:"method"`
	Reader    string         `json:"reader"`
	Gate      string         `json:"gate"`
	Staff     bool           `json:"staff,omitempty"`
	// House is the class of the account that the visit is posted to, Funding what
	// the reader said of the instrument.
	House      string       `json:"house,omitempty"`
	Funding    string       `json:"funding,omitempty"`
	Stage      Stage        `json:"stage"`
	Opened     time.Time    `json:"opened"`
	EndedAt    time.Time    `json:"ended_at"`
	Ending     event.Ending `json:"ending,omitempty"`
	Admissions []Admission  `json:"admissions"`
	Bodies     []Body       `json:"bodies"`
	Out        int          `json:"out"`
	// Waiting are bodies of a tap that waits for the hold; WaitsSince is when a
	// party that is inside asked for them.
	Waiting    int       `json:"waiting"`
	WaitsSince time.Time `json:"waits_since,omitzero"`
}

// Admission is leave for bodies to come in.
type Admission struct {
	ID      string    `json:"id"`
	Gate    string    `json:"gate"`
	Bodies  int       `json:"bodies"`
	In      int       `json:"in"`
	Expires time.Time `json:"expires"`
	Closed  bool      `json:"closed"`
}

// Body is one body that came in.
type Body struct {
	Span  observe.Interval `json:"span"`
	Gate  string           `json:"gate"`
	By    event.Ref        `json:"by"`
	Track observe.Track    `json:"track,omitempty"`
	Left  bool             `json:"left,omitempty"`
}

// Track is a body that a camera follows.
type Track struct {
	Camera  string           `json:"camera"`
	Epoch   uint64           `json:"epoch"`
	Session string           `json:"session,omitempty"`
	Began   observe.Interval `json:"began"`
	// At is the zone it began in, empty where its beginning was not seen.
	At    string    `json:"at,omitempty"`
	Stays []Stay    `json:"stays"`
	Ended time.Time `json:"ended"`
	End   string    `json:"end,omitempty"`
	Last  time.Time `json:"last"`
	// Sure is the least that its camera ever was sure that it is still the same body, 0
	// where it never said.
	Sure measure.Probability `json:"sure,omitempty"`

	name             observe.Track
	beganIn, endedIn int64   // the seconds that it is listed under
	followedIn       opening // see lists.followed
	isPlaced         bool    // see lists.placed
}

// Telling is how a camera tells of the tracks that it follows: how often they
// were seen changing their zone, and how often it said again where one was
// already. Both fade. Lost is when reports of it were lost last.
type Telling struct {
	Moves int       `json:"moves"`
	Again int       `json:"again"`
	Lost  time.Time `json:"lost,omitzero"`
}

// Stay is a time that a track was in a zone. It lasts until the next.
type Stay struct {
	Zone string    `json:"zone"`
	From time.Time `json:"from"`
}

// New returns the state of an empty store.
func New() *State {
	return &State{Sessions: map[string]*Session{}, Tracks: map[observe.Track]*Track{}, Device: map[string]event.DeviceChanged{},
		Down: map[string]event.DeviceChanged{}, Risked: map[string]Risk{},
		Debts: map[string][]Debt{}, Owing: map[string]string{}, lists: newLists()}
}

// ByToken returns the live session of a token, or nil.
func (s *State) ByToken(token string) *Session {
	if ids := s.lists.tokens[token]; len(ids) > 0 {
		return s.Sessions[ids[0]]
	}
	return nil
}

// In counts the bodies that are in.
func (v *Session) In() int { return len(v.Bodies) - v.Out }

// Present reports whether the session may have somebody inside during span.
func (v *Session) Present(span observe.Interval) bool {
	if len(v.Bodies) == 0 || span.Settled.Before(v.Bodies[0].Span.Onset) {
		return false
	}
	return v.Stage != Ended || !span.Onset.After(v.EndedAt)
}

// untracked counts the bodies inside that no live track is bound to.
func (s *State) untracked(v *Session) int {
	n := v.In()
	for _, b := range v.Bodies {
		if t := s.Tracks[b.Track]; !b.Left && t != nil && t.Session == v.ID && t.Ended.IsZero() && s.watched(t) {
			n--
		}
	}
	return n
}

// watched reports whether the camera that saw a track last still follows it: it
// works, and was not opened again since.
func (s *State) watched(t *Track) bool {
	return s.Serving(t.Camera) && s.Device[t.Camera].Epoch <= t.Epoch
}

// Untracked returns the sessions that have bodies inside which no camera
// follows, in order of opening.
func (s *State) Untracked() []string {
	if !s.lists.known {
		s.lists.unfollowed = nil
		for _, id := range s.lists.active {
			if v := s.Sessions[id]; v.Stage == Inside && s.untracked(v) > 0 {
				s.lists.unfollowed = append(s.lists.unfollowed, id)
			}
		}
		s.lists.known = true
	}
	return slices.Clone(s.lists.unfollowed)
}

// Zone is where the track was seen last.
func (t *Track) Zone() string {
	if len(t.Stays) == 0 {
		return ""
	}
	return t.Stays[len(t.Stays)-1].Zone
}

// InZone reports whether the track was in one of the zones during span.
func (t *Track) InZone(zones []string, span observe.Interval) bool {
	for i, st := range t.Stays {
		till := t.Ended
		if i+1 < len(t.Stays) {
			till = t.Stays[i+1].From
		}
		if st.From.After(span.Settled) || (!till.IsZero() && till.Before(span.Onset)) {
			continue
		}
		if slices.Contains(zones, st.Zone) {
			return true
		}
	}
	return false
}

// SessionOf returns the session that a track is bound to, or "".
func (s *State) SessionOf(t observe.Track) string {
	if v := s.Tracks[t]; v != nil {
		return v.Session
	}
	return ""
}

// SessionsIn returns the sessions with a bound track in one of the zones during
// span, in order of opening.
func (s *State) SessionsIn(zones []string, span observe.Interval) []string {
	return s.SessionsOf(zones, span, func(observe.Track) bool { return false })
}

// SessionsOf is SessionsIn without the tracks that are busy elsewhere.
func (s *State) SessionsOf(zones []string, span observe.Interval, busy func(observe.Track) bool) []string {
	var near []*Session
	for _, z := range zones {
		for name, t := range s.lists.placed[z] { //nolint:gocritic // sorted below
			v := s.Sessions[t.Session]
			if v == nil || !v.Present(span) || slices.Contains(near, v) { // its track may never have been seen ending
				continue
			}
			if v.bound(name) && t.InZone(zones, span) && !busy(name) {
				near = append(near, v)
			}
		}
	}
	slices.SortFunc(near, func(a, b *Session) int { return a.Number - b.Number })
	var out []string
	for _, v := range near {
		out = append(out, v.ID)
	}
	return out
}

// bound reports whether a track is that of one of the session's bodies.
func (v *Session) bound(name observe.Track) bool {
	return slices.ContainsFunc(v.Bodies, func(b Body) bool { return b.Track == name })
}

// SessionsInside returns the sessions with somebody inside during span.
func (s *State) SessionsInside(span observe.Interval) []string {
	var out []string
	for _, id := range s.about(span) {
		if s.Sessions[id].Present(span) {
			out = append(out, id)
		}
	}
	return out
}

// Strangers reports whether a track that belongs to no session was in one of
// the zones during span: somebody whom nobody let in, or whose passage was lost.
func (s *State) Strangers(zones []string, span observe.Interval) bool {
	for name := range s.lists.free { //nolint:gocritic // whether there is one does not depend on the order
		if t := s.Tracks[name]; t.InZone(zones, span) && !s.claimed(t) {
			return true
		}
	}
	return false
}

// Ready reports whether a device does its work as well as it can.
func (s *State) Ready(device string) bool { return s.Device[device].State == event.StateReady }

// Serving reports whether a device does its work, as far as is known.
func (s *State) Serving(device string) bool {
	d, ok := s.Device[device]
	return ok && d.State.Serving()
}

// names returns the tracks' names in order, so that no decision depends on the
// order of a map.
func (s *State) names() []observe.Track { return slices.Sorted(maps.Keys(s.Tracks)) }
