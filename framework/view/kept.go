package view

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/canonical"
	"github.com/openaisle/aisle/framework/core/price"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// fold is how records are folded. It is raised whenever the same records fold to
// another model than they did before; a model of another shape is told by itself.
const fold = 1

// errOtherFold says that a checkpoint was made by a version that folds in another
// way.
var errOtherFold = errors.New("it is of another version, which folded records in another way")

// kept is a model as a checkpoint has it. What grows with the journal is not in
// it (past), nor what is read from the journal again where somebody asks for it:
// the definition in force, receipts and the stories of visits that are closed.
type kept struct {
	Fold     int                  `json:"fold"`
	Shape    string               `json:"shape"`
	Seq      uint64               `json:"seq"`
	At       time.Time            `json:"at"`
	Adopted  uint64               `json:"adopted"`
	Sessions []keptSession        `json:"sessions"`
	Asks     map[string]event.Ask `json:"asks"`
	Numbers  int                  `json:"numbers"`
	Devices  []Device             `json:"devices"`
	Closed   []event.Closure      `json:"closed"`
	Told     []event.Closure      `json:"told"`
	Refusals []Refusal            `json:"refusals"`
	Totals   Totals               `json:"totals"`
	Log      []keptLine           `json:"log"`
	Lines    uint64               `json:"lines"`
	Recent   []Brief              `json:"recent"`
	Changed  Changed              `json:"changed"`

	Results  map[string]Result   `json:"results"`
	Order    []string            `json:"order"`
	Opened   int                 `json:"opened"`
	Pending  []keptReview        `json:"pending"`
	Disputes []keptDispute       `json:"disputes"`
	Debts    []keptDebt          `json:"debts"`
	Refunds  map[string][]Refund `json:"refunds"`
	Alarms   []keptAlarm         `json:"alarms"`
	Reports  keptReports         `json:"reports"`

	Enrolments []Enrolment `json:"enrolments"`
}

type keptSession struct {
	Out        Session       `json:"out"`
	Admitted   bool          `json:"admitted,omitempty"`
	Frozen     bool          `json:"frozen,omitempty"`
	Attributes []string      `json:"attributes,omitempty"`
	Carried    []keptCarried `json:"carried"`
	Doubts     []keptDoubt   `json:"doubts"`
	Pending    []PendingLine `json:"pending"`
	Story      *keptStory    `json:"story,omitempty"`
}

type keptCarried struct {
	GTIN     gs1.GTIN     `json:"gtin"`
	Taken    int          `json:"taken"`
	Returned int          `json:"returned,omitempty"`
	Mass     measure.Mass `json:"mass,omitempty"`
	Picked   []price.Pick `json:"picked"`
	Tags     []string     `json:"tags"`
	Changed  uint64       `json:"changed"`
}

type keptDoubt struct {
	Line PendingLine `json:"line"`
	ID   string      `json:"id"`
}

type keptStory struct {
	Opened   uint64              `json:"opened"`
	Believed []keptBelief        `json:"believed"`
	Seqs     []keptRef           `json:"seqs"`
	Decided  []event.LineDecided `json:"decided"`
}

type keptBelief struct {
	GTIN     gs1.GTIN            `json:"gtin"`
	Is       measure.Probability `json:"is"`
	RunnerUp *Other              `json:"runner_up,omitempty"`
	Refs     []event.Ref         `json:"refs"`
}

type keptRef struct {
	Ref event.Ref `json:"ref"`
	Seq uint64    `json:"seq"`
}

// keptReports are which record has which report, oldest first, in columns: there
// are many. A device stands with its epoch.
type keptReports struct {
	Openings []keptOpening `json:"openings"`
	Opening  []int         `json:"opening"`
	Seq      []uint64      `json:"seq"`
	Record   []uint64      `json:"record"`
}

type keptOpening struct {
	Device string `json:"device"`
	Epoch  uint64 `json:"epoch"`
}

// What a page must not say is not in its JSON, but it is kept.
type (
	keptLine struct {
		Line
		Entry bool `json:"entry,omitempty"`
	}
	keptReview struct {
		Review
		Address string `json:"address"`
	}
	keptDispute struct {
		Dispute
		Address string `json:"address"`
	}
	keptDebt struct {
		Debt
		Address string `json:"address"`
	}
	keptAlarm struct {
		Alarm
		Address string `json:"address"`
	}
)

// shape names the structs that a checkpoint is made of, so that one of other
// structs is not gone on with.
var shape = sync.OnceValue(func() string {
	return shapeOf(reflect.TypeFor[kept](), nil) + shapeOf(reflect.TypeFor[visit](), nil) + shapeOf(reflect.TypeFor[place](), nil)
})

// Checkpoint gives the model as it is kept: its body, and what is kept by key
// since the last time, in no order. Two models of the same records are equal, byte
// for byte.
func (m *Model) Checkpoint() (body []byte, values []checkpoint.Value, err error) {
	k := kept{
		Fold: fold, Shape: digest(shape()), Seq: m.seq, At: m.at, Adopted: m.adopted, Asks: m.asks, Numbers: m.numbers, Devices: m.devices, Closed: m.closed, Told: m.told, Refusals: m.refusals,
		Totals: m.totals, Lines: m.lines, Recent: m.recent, Changed: m.changed,
		Results: m.after.results, Order: m.after.order, Opened: m.after.opened, Refunds: m.after.refunds, Reports: m.after.stories.kept(),
		Enrolments: m.after.enrolments,
	}
	for _, id := range m.open {
		k.Sessions = append(k.Sessions, m.sessions[id].kept(m.after.stories.of[id]))
	}
	for _, l := range m.newestLines() {
		k.Log = append(k.Log, keptLine{l, l.Entry})
	}
	for _, id := range slices.Sorted(maps.Keys(m.after.pending)) {
		r := m.after.pending[id]
		k.Pending = append(k.Pending, keptReview{*r, r.Receipt})
	}
	for _, d := range m.after.disputes {
		k.Disputes = append(k.Disputes, keptDispute{d, d.Receipt})
	}
	for _, d := range m.after.debts {
		k.Debts = append(k.Debts, keptDebt{d, d.Receipt})
	}
	for _, a := range m.after.alarms {
		k.Alarms = append(k.Alarms, keptAlarm{a, a.Receipt})
	}
	if body, err = canonical.Append(nil, k); err != nil {
		return nil, nil, fmt.Errorf("encode the view: %w", err)
	}
	if values, err = m.past.values(); err != nil {
		return nil, nil, fmt.Errorf("encode the view: %w", err)
	}
	return body, values, nil
}

// kept leaves out what is built of the rest.
func (v *session) kept(told *story) keptSession {
	k := keptSession{Out: v.out, Admitted: v.admitted, Frozen: v.frozen, Attributes: v.attributes, Pending: v.pending}
	k.Out.Stage, k.Out.Lines, k.Out.Units, k.Out.Total, k.Out.Pending = "", nil, 0, money.Amount{}, nil
	for _, l := range v.lines {
		k.Carried = append(k.Carried, keptCarried{l.gtin, l.taken, l.returned, l.mass, l.picked, l.tags, l.changed})
	}
	for _, d := range v.doubts {
		k.Doubts = append(k.Doubts, keptDoubt{d.line, d.id})
	}
	if told != nil {
		s := &keptStory{Opened: told.opened, Decided: told.decided}
		for _, b := range told.believed {
			s.Believed = append(s.Believed, keptBelief{b.gtin, b.is, b.runnerUp, b.refs})
		}
		for ref, seq := range told.seqs {
			s.Seqs = append(s.Seqs, keptRef{ref, seq})
		}
		slices.SortFunc(s.Seqs, func(a, b keptRef) int { return compareRefs(a.Ref, b.Ref) })
		k.Story = s
	}
	return k
}

func (s *stories) kept() (k keptReports) {
	at := map[keptOpening]int{}
	for i := range s.ring {
		ref := s.ring[(s.next+i)%len(s.ring)]
		o := keptOpening{ref.Device, ref.Epoch}
		n, known := at[o]
		if !known {
			n = len(k.Openings)
			at[o], k.Openings = n, append(k.Openings, o)
		}
		k.Opening, k.Seq, k.Record = append(k.Opening, n), append(k.Seq, ref.Seq), append(k.Record, s.records[ref])
	}
	return k
}

func (k *keptReports) restore(s *stories) error {
	if len(k.Opening) != len(k.Seq) || len(k.Seq) != len(k.Record) || len(k.Seq) > keptRefs {
		return errors.New("its columns of reports do not fit")
	}
	for i, n := range k.Opening {
		if n < 0 || n >= len(k.Openings) {
			return errors.New("its columns of reports do not fit")
		}
		o := k.Openings[n]
		s.report(event.Ref{Device: o.Device, Serial: observe.Serial{Epoch: o.Epoch, Seq: k.Seq[i]}}, k.Record[i])
	}
	return nil
}
