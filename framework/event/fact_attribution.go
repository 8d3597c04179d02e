package event

import (
	"time"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// LevelSet says what mass stands on a bay from now on.
type LevelSet struct {
	Bay  string           `json:"bay"`
	Mass measure.Mass     `json:"mass"`
	Span observe.Interval `json:"span"`
	By   Ref              `json:"by"`
	// Untimed says that the report is older, by its own word, than what is known:
	// its clock was set back, or it tells again what it told before. When it was
	// so nobody knows, and Span is when it was heard.
	Untimed bool `json:"untimed,omitempty"`
	// Deviation is how far the mass may be off, compared with the level before.
	Deviation measure.Mass `json:"deviation,omitempty"`
}

// ChangeSeen says that a bay's mass changed and it must yet be told why.
// Change is negative when something was taken.
type ChangeSeen struct {
	Bay       string           `json:"bay"`
	Change    measure.Mass     `json:"change"`
	Deviation measure.Mass     `json:"deviation"`
	Span      observe.Interval `json:"span"`
	// Restated says that the level before is from before the shelf was opened
	// again or lost reports: the change happened at some time in between.
	Restated bool `json:"restated,omitempty"`
	By       Ref  `json:"by"`
}

// HandSeen says that a hand was at a bay.
type HandSeen struct {
	Bay         string              `json:"bay"`
	Span        observe.Interval    `json:"span"`
	Interaction observe.Interaction `json:"interaction"`
	By          Ref                 `json:"by"`
}

// HandSpent says that a hand needs no further explaining.
type HandSpent struct {
	By     Ref    `json:"by"`
	Reason string `json:"reason"`
	// Unfelt says that the shelf felt nothing of it.
	Unfelt bool `json:"unfelt,omitempty"`
}

// ChangeExplained says that a change is dealt with.
type ChangeExplained struct {
	By     Ref    `json:"by"`
	Reason string `json:"reason"`
}

// Move is units of one product that went from a bay into a session's hands, or
// back.
type Move struct {
	Session  string   `json:"session"`
	Bay      string   `json:"bay"`
	GTIN     gs1.GTIN `json:"gtin"`
	Quantity int      `json:"quantity"`
	// Probability is that of product, quantity and session together.
	Probability measure.Probability `json:"probability"`
	// Kinds are the independent kinds of evidence that agree.
	Kinds []observe.Kind `json:"kinds"`
	// Mass is that of weighed goods, as a scale says that is approved for it.
	Mass measure.Mass `json:"mass,omitempty"`
	// Unit is what a unit, or a kilogram, cost then; Rate that of its tax.
	Unit UnitPrice  `json:"unit,omitzero"`
	Rate money.Rate `json:"rate,omitempty"`
	// Stray says that the product is not one of the bay's own.
	Stray bool             `json:"stray,omitempty"`
	Span  observe.Interval `json:"span"`
	// Evidence is the list of reports that it rests on.
	Evidence []Ref `json:"evidence"`
	// RunnerUp is the explanation that is believed next; nil for none.
	RunnerUp *Alternative `json:"runner_up,omitempty"`
}

// Alternative is what may have happened instead. Quantity is negative for units
// put back; with no product nothing that is sold was moved.
type Alternative struct {
	// Session is whose hands it would have been; empty where that is not known.
	Session     string              `json:"session,omitempty"`
	GTIN        gs1.GTIN            `json:"gtin,omitempty"`
	Quantity    int                 `json:"quantity,omitempty"`
	Probability measure.Probability `json:"probability"`
}

// Taken says that a session took units and is sure enough to be charged.
type Taken struct{ Move }

// Returned says that a session put units back. Its quantity is zero where of loose
// goods it took as many portions as it put back, and what it put back weighs more.
type Returned struct{ Move }

// Restocked says that staff changed what stands on a bay. Quantity is negative
// for units taken away.
type Restocked struct {
	Session  string   `json:"session"`
	Bay      string   `json:"bay"`
	GTIN     gs1.GTIN `json:"gtin,omitempty"`
	Quantity int      `json:"quantity,omitempty"`
	Evidence []Ref    `json:"evidence"`
}

// Doubted says that something happened that can't be told well enough. Doubt
// never charges.
type Doubted struct {
	// ID names the doubt: a hash of its evidence.
	ID string `json:"id"`
	// Sessions are those that it may concern.
	Sessions []string `json:"sessions"`
	Bay      string   `json:"bay,omitempty"`
	// Put is true when the doubt is about something put back.
	Put bool `json:"put,omitempty"`
	// Candidates are the products it may be, most probable first, with the
	// probability that this session had this many of it.
	Candidates []DoubtCandidate `json:"candidates,omitempty"`
	Kinds      []observe.Kind   `json:"kinds,omitempty"`
	Reason     string           `json:"reason"`
	Span       observe.Interval `json:"span"`
	Evidence   []Ref            `json:"evidence"`
}

// DoubtCandidate is one explanation of a doubt.
type DoubtCandidate struct {
	GTIN        gs1.GTIN            `json:"gtin"`
	Quantity    int                 `json:"quantity"`
	Probability measure.Probability `json:"probability"`
	// Mass, Unit and Rate are as of a Move.
	Mass measure.Mass `json:"mass,omitempty"`
	Unit UnitPrice    `json:"unit,omitzero"`
	Rate money.Rate   `json:"rate,omitempty"`
}

// Unattributed says that something happened at a bay that is nobody's.
type Unattributed struct {
	Bay    string       `json:"bay"`
	Change measure.Mass `json:"change"`
	// Foreign says that something came to lie there that the bay does not sell.
	Foreign  bool             `json:"foreign,omitempty"`
	Reason   string           `json:"reason"`
	Span     observe.Interval `json:"span"`
	Evidence []Ref            `json:"evidence"`
}

// StrayChanged says how many units of a product that doesn't belong there lie
// on a bay.
type StrayChanged struct {
	Bay      string   `json:"bay"`
	GTIN     gs1.GTIN `json:"gtin"`
	Quantity int      `json:"quantity"`
	// Mass is what it weighs, where it is one and was put there by itself; of weighed
	// goods, where a scale weighed it that is approved for it.
	Mass measure.Mass `json:"mass,omitempty"`
}

// TagSeen says that a tag went out through a gate's lane and it must yet be
// told with whom.
type TagSeen struct {
	Gate string           `json:"gate"`
	EPC  string           `json:"epc"`
	GTIN gs1.GTIN         `json:"gtin"`
	Span observe.Interval `json:"span"`
	By   Ref              `json:"by"`
}

// TagLeft says whom a tag left with: one session, or several in doubt, or none
// that can be told.
type TagLeft struct {
	EPC      string   `json:"epc"`
	GTIN     gs1.GTIN `json:"gtin"`
	Sessions []string `json:"sessions"`
	// Unsure says that reports of the reader or the gate may be missing, so
	// that the tag proves nothing of any of them.
	Unsure bool `json:"unsure,omitempty"`
	By     Ref  `json:"by"`
}

// Late says that evidence about a session came after its cart was closed. It
// changes nothing.
type Late struct {
	Session string    `json:"session"`
	By      Ref       `json:"by"`
	At      time.Time `json:"at"`
}

func (LevelSet) fact()        {}
func (ChangeSeen) fact()      {}
func (HandSeen) fact()        {}
func (HandSpent) fact()       {}
func (ChangeExplained) fact() {}
func (Taken) fact()           {}
func (Returned) fact()        {}
func (Restocked) fact()       {}
func (Doubted) fact()         {}
func (Unattributed) fact()    {}
func (StrayChanged) fact()    {}
func (TagSeen) fact()         {}
func (TagLeft) fact()         {}
func (Late) fact()            {}
