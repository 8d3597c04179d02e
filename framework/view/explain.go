package view

import (
	"fmt"
	"slices"
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

// believed is how sure something was.
type believed struct {
	session  string
	gtin     gs1.GTIN
	is       measure.Probability
	runnerUp *Other
	refs     []event.Ref
}

// Explainer gathers why a receipt says what it says. Records come in the order
// of the journal; the zero value is not ready, see NewExplainer.
type Explainer struct {
	model    *Model
	whose    string // a receipt's id or a visit's
	session  string
	versions []Version
	believed []believed
	seqs     map[event.Ref]uint64
	decided  []event.LineDecided
}

// NewExplainer explains a receipt, by its id or its visit's.
func NewExplainer(whose string) *Explainer {
	return &Explainer{model: NewModel(), whose: whose, seqs: map[event.Ref]uint64{}}
}

// Apply takes in a record.
func (e *Explainer) Apply(r event.Record) {
	e.model.Apply(r)
	if in, ok := r.Input.(event.Evidence); ok {
		e.seqs[in.Ref()] = r.Seq
	}
	for _, f := range r.Facts {
		switch f := f.(type) {
		case event.Taken:
			e.believe(f.Move)
		case event.Returned:
			e.believe(f.Move)
		case event.Doubted:
			e.doubt(f)
		case event.LineDecided:
			e.decided = append(e.decided, f)
		case event.ReceiptIssued:
			if f.Receipt.ID == e.whose || f.Receipt.Session == e.whose {
				e.session = f.Receipt.Session
				e.versions = append(e.versions, Version{Seq: r.Seq, At: r.At, Receipt: f.Receipt})
			}
		default: // nothing that a line rests on
		}
	}
}

func (e *Explainer) believe(m event.Move) {
	b := believed{session: m.Session, gtin: m.GTIN, is: m.Probability, refs: m.Evidence}
	if a := m.RunnerUp; a != nil {
		b.runnerUp = &Other{Text: e.instead(m.Session, a), Probability: a.Probability}
	}
	e.believed = append(e.believed, b)
}

// instead says another explanation in words. Other visits are not named: they
// are somebody else's.
func (e *Explainer) instead(session string, a *event.Alternative) string {
	switch {
	case a.GTIN == "" || a.Quantity == 0:
		return "nothing that is sold here was moved"
	case a.Quantity < 0:
		return fmt.Sprintf("%d × %s put back%s", -a.Quantity, e.model.title(a.GTIN), byWhom(session, a.Session))
	}
	return fmt.Sprintf("%d × %s taken%s", a.Quantity, e.model.title(a.GTIN), byWhom(session, a.Session))
}

func byWhom(own, other string) string {
	if own == other {
		return ""
	}
	return " by somebody else"
}

func (e *Explainer) doubt(f event.Doubted) {
	for _, id := range f.Sessions {
		b := believed{session: id, refs: f.Evidence}
		for i, c := range f.Candidates {
			switch i {
			case 0:
				b.gtin, b.is = c.GTIN, c.Probability
			case 1:
				b.runnerUp = &Other{Text: fmt.Sprintf("%d × %s", c.Quantity, e.model.title(c.GTIN)), Probability: c.Probability}
			}
		}
		e.believed = append(e.believed, b)
	}
}

// Explain gives what was gathered; ok is false where there is no such receipt.
func (e *Explainer) Explain() (out Explained, ok bool) {
	if len(e.versions) == 0 {
		return out, false
	}
	all := Reasoned(e.versions)
	r := &all[len(all)-1].Receipt
	out = Explained{Receipt: r.ID, Version: r.Version, Session: r.Session, Total: r.Total, Refunds: append([]event.RefundLine{}, r.Refunds...),
		Lines: []LineExplained{}, Decisions: []event.LineDecided{}}
	for i := range r.Lines {
		l := &r.Lines[i]
		x := LineExplained{Line: l.ID, GTIN: l.GTIN, Title: l.Title, Quantity: l.Quantity, Status: "charged", Amount: l.Amount, Events: e.events(l.GTIN, l.Why)}
		if l.Refunded >= l.Quantity {
			x.Status = "refunded"
		}
		out.Lines = append(out.Lines, x)
	}
	for status, list := range []([]event.PendingLine){r.Pending, r.Dropped} {
		for i := range list {
			l := &list[i]
			x := LineExplained{Line: l.ID, GTIN: l.GTIN, Title: "something", Quantity: l.Quantity, Status: []string{"pending", "not charged"}[status], Events: e.events(l.GTIN, l.Why)}
			if l.GTIN != "" {
				x.Title = e.model.title(l.GTIN)
			}
			out.Lines = append(out.Lines, x)
		}
	}
	for _, d := range e.decided {
		if d.Session == e.session && d.Line != "" {
			out.Decisions = append(out.Decisions, d)
		}
	}
	return out, true
}

// events says what a line rests on, and how sure each was.
func (e *Explainer) events(g gs1.GTIN, why []event.Why) []EventExplained {
	out := []EventExplained{}
	for _, w := range why {
		x := EventExplained{Text: w.Text, At: w.At, Evidence: []Evidence{}}
		for _, ref := range w.Evidence {
			x.Evidence = append(x.Evidence, Evidence{Ref: ref.String(), Seq: e.seqs[ref]})
		}
		for _, b := range e.believed {
			if b.session == e.session && (g == "" || b.gtin == g) && slices.Equal(b.refs, w.Evidence) {
				x.Probability, x.RunnerUp = b.is, b.runnerUp
			}
		}
		out = append(out, x)
	}
	return out
}
