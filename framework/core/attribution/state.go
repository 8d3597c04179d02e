// Package attribution is the second stage of the core: who took what.
//
// It owns the contents of every bay: its level, its facings, and what doesn't
// belong there. A change of a bay's mass is explained by the hands that were
// seen at it, or by who was near it; the explanation that fits mass and sight
// best is taken if it is probable enough, and is a doubt otherwise. Doubt is
// shared by all whom it may concern and never charges. Hands that the shelf felt no
// change of may have balanced: they are weighed together with what it says of that
// rest. A rise is first matched against what those nearby carry. Staff change
// contents and never a cart.
//
// This is a pure room: probabilities are integers of parts per million and
// their logarithms integers of micronats.
package attribution

import (
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// keepHands is how long a hand may yet explain a change that is reported
	// late.
	keepHands = time.Minute
	// keepExits is how long a passage out may yet explain a tag.
	keepExits = time.Minute
	// laneWait is how long, beyond the window, a tag waits for the passages of
	// its lane to be told apart.
	laneWait = time.Second
	// settleTime is how long a shelf may take to come to rest after a hand: what
	// happens meanwhile is felt as one change.
	settleTime = 2 * time.Second
	// handSlack is how far a camera may be off about when a hand came.
	handSlack = 500 * time.Millisecond
	// handJitter is how far it usually is.
	handJitter = 200 * time.Millisecond
	// leastChange is the least change of mass that is looked into; what is
	// lighter can't be sold from a shelf of load cells.
	leastChange = 3 * measure.Gram
)

// State is what stands where and what was seen lately.
type State struct {
	Bays    map[string]*Bay    `json:"bays"`
	Changes []event.ChangeSeen `json:"changes"`
	Hands   []*Hand            `json:"hands"`
	Tags    []event.TagSeen    `json:"tags"`
	Exits   []Exit             `json:"exits"`
	// Carried is what each session has in its hands, sure or in doubt.
	Carried map[string]map[gs1.GTIN]int `json:"carried"`
	// Felt is what each session took and what the scale felt of it.
	Felt map[string][]Felt `json:"felt"`
	// Frozen are sessions whose carts are closed.
	Frozen map[string]bool `json:"frozen"`
	// Ended is when visits that are not closed ended, and Gone when the last of
	// those that are closed did: who was near before it may be forgotten.
	Ended map[string]time.Time `json:"ended"`
	Gone  time.Time            `json:"gone"`
	// Trouble is when a device last changed its state or lost reports.
	Trouble map[string]time.Time `json:"trouble"`
	// Rests is how long after the last hand each shelf says that it is at rest.
	Rests map[string]Rest `json:"rests,omitempty"`
	// Watched is how well cameras see hands.
	Watched Watched `json:"watched,omitzero"`
	// Away is when a host was last gone, and with it what every device had yet
	// to report.
	Away time.Time `json:"away,omitzero"`
	// Were are prices that have risen, for as long as they may matter.
	Were map[gs1.GTIN][]Price `json:"were,omitempty"`

	handLists
}

// Bay is what is known of a bay.
type Bay struct {
	Known bool             `json:"known"`
	Mass  measure.Mass     `json:"mass"`
	Epoch uint64           `json:"epoch"`
	Span  observe.Interval `json:"span"`
	// Shift is how it came to that level.
	Shift Shift `json:"shift,omitzero"`
	// Gap says that reports of its shelf were lost since, or that nobody knows
	// when its level was so.
	Gap    bool             `json:"gap,omitempty"`
	Strays map[gs1.GTIN]int `json:"strays,omitempty"`
	// Portions are what strays weigh, one of its kind each, where it is known.
	Portions map[gs1.GTIN]measure.Mass `json:"portions,omitempty"`
	// Foreign are the masses of things put there that nobody can name.
	Foreign []measure.Mass `json:"foreign,omitempty"`
}

// Hand is a hand seen at a bay.
type Hand struct {
	event.HandSeen
	// Spent says that it explained a change or needed no explaining.
	Spent bool `json:"spent,omitempty"`
	// Unfelt says that it was spent because its shelf felt nothing; a change
	// that is reported late may yet be its doing.
	Unfelt bool `json:"unfelt,omitempty"`
	// Rest is when its bay first came to rest after it, as far as is known.
	Rest time.Time `json:"rest,omitzero"`
	// Shift is how its bay came to that rest, where it moved while the hand was
	// there.
	Shift Shift `json:"shift,omitzero"`

	arrival int       // the order in which hands were seen
	oldest  time.Time // no later than it and all after it in State.Hands settled
}

// Exit is a body that went out through a gate's lane.
type Exit struct {
	Gate    string           `json:"gate"`
	Session string           `json:"session,omitempty"`
	Span    observe.Interval `json:"span"`
	// Inferred says that no track ended there: it is somebody's because it could
	// be nobody else's.
	Inferred bool `json:"inferred,omitempty"`
}

// New returns the state of an unknown store.
func New() *State {
	return &State{handLists: newHandLists(), Bays: map[string]*Bay{}, Carried: map[string]map[gs1.GTIN]int{}, Felt: map[string][]Felt{}, Frozen: map[string]bool{}, Ended: map[string]time.Time{}, Trouble: map[string]time.Time{}}
}

// Waiting reports whether something that happened before t is not decided yet,
// or something that a hand of the session did.
func (s *State) Waiting(who *entry.State, session string, t time.Time) bool {
	for _, h := range s.waiting {
		if h.Interaction.Action != observe.ActionTouch && !h.Span.Onset.After(t) && who.SessionOf(h.Interaction.Track) == session {
			return true
		}
	}
	for i := range s.Changes {
		if !s.Changes[i].Span.Onset.After(t) {
			return true
		}
	}
	for i := range s.Tags {
		if !s.Tags[i].Span.Onset.After(t) {
			return true
		}
	}
	return false
}
