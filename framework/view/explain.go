package view

import (
	"cmp"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// Explained is why a receipt says what it says, from stored facts alone.
type Explained struct {
	Receipt string          `json:"receipt"`
	Version int             `json:"version"`
	Session string          `json:"session"`
	State   ReceiptState    `json:"state"`
	Total   money.Amount    `json:"total"`
	Lines   []LineExplained `json:"lines"`
	// Refunds and Decisions are what changed it since.
	Refunds   []event.RefundLine  `json:"refunds"`
	Decisions []event.LineDecided `json:"decisions"`
}

// LineExplained is one line of it.
type LineExplained struct {
	Line     string   `json:"line"`
	GTIN     gs1.GTIN `json:"gtin,omitempty"`
	Title    string   `json:"title"`
	Quantity int      `json:"quantity"`
	// Status is "charged", "pending", "not charged" or "refunded".
	Status string       `json:"status"`
	Amount money.Amount `json:"amount,omitzero"`
	// Refunded is how many of the units were given back.
	Refunded int `json:"refunded,omitempty"`
	// Reason is why a line is pending or was not charged, and Until when it ends
	// in the shopper's favour unless somebody decides.
	Reason string     `json:"reason,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
	// Events are what happened, each with the records that it rests on.
	Events []EventExplained `json:"events"`
}

// EventExplained is one thing that happened.
type EventExplained struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
	// Probability is how sure it was, zero where nothing says; RunnerUp what was
	// believed next.
	Probability measure.Probability `json:"probability,omitempty"`
	RunnerUp    *Other              `json:"runner_up,omitempty"`
	Evidence    []Evidence          `json:"evidence"`
}

// Other is another explanation.
type Other struct {
	Text        string              `json:"text"`
	Probability measure.Probability `json:"probability"`
}

// Evidence is a report, and the journal's record that has it; zero where it is
// not known.
type Evidence struct {
	Ref string `json:"ref"`
	Seq uint64 `json:"seq"`
}

// Explainer gathers why a receipt says what it says. Records come in the order
// of the journal; the zero value is not ready, see NewExplainer.
type Explainer struct {
	model    *Model
	whose    string // a receipt's id or a visit's
	story    *story
	versions []Version
}

// NewExplainer explains a receipt, by its id or its visit's.
func NewExplainer(whose string) *Explainer {
	return &Explainer{model: NewModel(), whose: whose}
}

// Apply takes in a record.
func (e *Explainer) Apply(r event.Record) {
	e.model.Apply(r)
	for _, f := range r.Facts {
		if f, ok := f.(event.ReceiptIssued); ok && (f.Receipt.ID == e.whose || f.Receipt.Session == e.whose) {
			e.model.after.pinned, e.story = f.Receipt.Session, e.model.after.stories.of[f.Receipt.Session]
			e.versions = append(e.versions, Version{Seq: r.Seq, At: r.At, Receipt: f.Receipt})
		}
	}
}

// Explain gives what was gathered; ok is false where there is no such receipt.
func (e *Explainer) Explain() (out Explained, ok bool) {
	if len(e.versions) == 0 {
		return out, false
	}
	return explain(e.versions, e.story, e.model.title), true
}

// explain says why the newest version of a receipt says what it says.
func explain(versions []Version, s *story, title func(gs1.GTIN) string) Explained {
	if s == nil { // of a visit that was open before the journal began
		s = &story{}
	}
	all := Reasoned(versions)
	r := &all[len(all)-1].Receipt
	out := Explained{Receipt: r.ID, Version: r.Version, Session: r.Session, State: StateOf(versions, len(versions)-1), Total: r.Total,
		Refunds: append([]event.RefundLine{}, r.Refunds...), Lines: []LineExplained{}, Decisions: []event.LineDecided{}}
	for i := range r.Lines {
		l := &r.Lines[i]
		x := LineExplained{Line: l.ID, GTIN: l.GTIN, Title: l.Title, Quantity: l.Quantity, Status: "charged", Amount: l.Amount, Refunded: l.Refunded,
			Events: s.events(l.GTIN, l.Why)}
		if l.Refunded >= l.Quantity {
			x.Status = "refunded"
		}
		out.Lines = append(out.Lines, x)
	}
	for status, list := range []([]event.PendingLine){r.Pending, r.Dropped} {
		for i := range list {
			l := &list[i]
			x := LineExplained{Line: l.ID, GTIN: l.GTIN, Title: "something", Quantity: l.Quantity, Status: []string{"pending", "not charged"}[status],
				Reason: l.Reason, Events: s.events(l.GTIN, l.Why)}
			if status == 0 {
				x.Until = cmp.Or(l.Until, r.PendingUntil)
			}
			if l.GTIN != "" {
				x.Title = title(l.GTIN)
			}
			out.Lines = append(out.Lines, x)
		}
	}
	for _, d := range s.decided {
		if d.Line != "" {
			out.Decisions = append(out.Decisions, d)
		}
	}
	return out
}
