package observe

import (
	"fmt"
	"strings"
)

// Kind names a kind of evidence on the wire, in the journal and in a store
// file's certified = ["weight"].
type Kind uint8

// The kinds. Their numbers are those of the wire and never change.
const (
	KindUnknown Kind = iota
	KindCredential
	KindPassage
	KindWeight
	KindTag
	KindInteraction
	KindPresence
	KindDoor
	KindScan
)

// Method is how a credential was presented.
type Method uint8

// The methods. Their numbers are those of the wire and never change.
const (
	MethodUnknown Method = iota
	MethodCard
	MethodPalm
	MethodBadge
	MethodCode
)

// Direction is a movement through a gate or lane, seen from the store.
type Direction uint8

// The directions. Their numbers are those of the wire and never change.
const (
	DirectionUnknown Direction = iota
	DirectionIn
	DirectionOut
)

// Action is what a hand did at a shelf.
type Action uint8

// The actions. Their numbers are those of the wire and never change.
const (
	ActionUnknown Action = iota
	ActionTouch
	ActionTake
	ActionPut
)

// Phase is the stage of a track's life that a Presence states.
type Phase uint8

// The phases. Their numbers are those of the wire and never change.
const (
	PhaseUnknown Phase = iota
	PhaseBegan
	PhasePresent
	PhaseEnded
)

var (
	kindNames      = []string{"unknown", "credential", "passage", "weight", "tag", "interaction", "presence", "door", "scan"}
	methodNames    = []string{"unknown", "card", "palm", "badge", "code"}
	directionNames = []string{"unknown", "in", "out"}
	actionNames    = []string{"unknown", "touch", "take", "put"}
	phaseNames     = []string{"unknown", "began", "present", "ended"}
)

// KindOf returns the kind of e.
func KindOf(e Evidence) Kind {
	switch e.(type) {
	case Credential:
		return KindCredential
	case Passage:
		return KindPassage
	case Weight:
		return KindWeight
	case Tag:
		return KindTag
	case Interaction:
		return KindInteraction
	case Presence:
		return KindPresence
	case Door:
		return KindDoor
	case Scan:
		return KindScan
	default:
		return KindUnknown
	}
}

func (k Kind) String() string      { return nameOf(kindNames, k) }
func (m Method) String() string    { return nameOf(methodNames, m) }
func (d Direction) String() string { return nameOf(directionNames, d) }
func (a Action) String() string    { return nameOf(actionNames, a) }
func (p Phase) String() string     { return nameOf(phaseNames, p) }

// MarshalText writes the kind's word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText writes the method's word.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// MarshalText writes the direction's word.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalText writes the action's word.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalText writes the phase's word.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a kind's word.
func (k *Kind) UnmarshalText(b []byte) error { return parseName(kindNames, "kind of evidence", b, k) }

// UnmarshalText reads a method's word.
func (m *Method) UnmarshalText(b []byte) error { return parseName(methodNames, "method", b, m) }

// UnmarshalText reads a direction's word.
func (d *Direction) UnmarshalText(b []byte) error {
	return parseName(directionNames, "direction", b, d)
}

// UnmarshalText reads an action's word.
func (a *Action) UnmarshalText(b []byte) error { return parseName(actionNames, "action", b, a) }

// UnmarshalText reads a phase's word.
func (p *Phase) UnmarshalText(b []byte) error { return parseName(phaseNames, "phase", b, p) }

func nameOf[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%d", v)
}

func parseName[T ~uint8](names []string, what string, b []byte, out *T) error {
	for i, n := range names {
		if n == string(b) {
			*out = T(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no %s; it is one of %s", b, what, strings.Join(names[1:], ", "))
}
