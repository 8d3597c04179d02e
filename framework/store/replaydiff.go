package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// ReplayDiff says which visits today's code would charge otherwise, line by
// line, and the money between.
type ReplayDiff struct {
	Records  uint64 `json:"records"`
	Sessions int    `json:"sessions"`
	// OnTheWay counts visits that end in the same charge by way of another
	// version of their receipt.
	OnTheWay int            `json:"on_the_way"`
	Charges  []ChargeChange `json:"differences"`
	// Between is what would be charged more in all, by currency; negative for
	// less.
	Between []money.Amount `json:"between"`
}

// ChargeChange is a visit that would be charged otherwise. It goes by the newest
// version of each receipt.
type ChargeChange struct {
	Session string `json:"session"`
	// Number counts the visits of the journal; zero where it has no such visit.
	Number  int    `json:"number"`
	Receipt string `json:"receipt"`
	// Seq and At are the record's that issued the receipt, or would have.
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
	// Was is nil where there was no receipt, WouldBe where there would be none.
	Was     *Charge `json:"was"`
	WouldBe *Charge `json:"would_be"`
	// Between is what would be charged more; negative for less.
	Between money.Amount `json:"between"`
	Lines   []LineChange `json:"lines"`
}

// Charge is what a receipt comes to.
type Charge struct {
	Total   money.Amount       `json:"total"`
	Payment event.PaymentState `json:"payment"`
}

// LineChange is a product of which another number, or another amount, would be
// charged.
type LineChange struct {
	GTIN  gs1.GTIN `json:"gtin"`
	Title string   `json:"title"`
	// Was and WouldBe are nil where nothing of it was charged, or would be.
	Was     *LineCharge `json:"was"`
	WouldBe *LineCharge `json:"would_be"`
	// Cause says in a word what differs: "units", "mass", "price", "discount" or
	// "tax".
	Cause string `json:"cause"`
	// Dropped are the reasons that the recorded line rests on and today's does
	// not, Added those that only today's rests on, each with its evidence. Both
	// are empty where what was seen is believed as before.
	Dropped []Reason `json:"dropped"`
	Added   []Reason `json:"added"`
	// Doubt is why today's code would not charge what it would not.
	Doubt string `json:"doubt,omitempty"`
}

// LineCharge is what is charged of one product.
type LineCharge struct {
	Quantity int          `json:"quantity"`
	Mass     measure.Mass `json:"mass,omitempty"`
	Unit     money.Amount `json:"unit"`
	// Amount is that of the units, and Paid what is left of it after promotions,
	// with added tax.
	Amount money.Amount `json:"amount"`
	Paid   money.Amount `json:"paid"`
	Tax    string       `json:"tax"`
}

// Reason is one thing that a line rests on.
type Reason struct {
	Text     string          `json:"text"`
	At       time.Time       `json:"at"`
	Evidence []view.Evidence `json:"evidence"`

	refs []event.Ref
}

// DiffCharges replays a journal as Replay does, and tells of each visit whose
// newest receipt would say otherwise. Path is the journal's or its data
// folder's; nothing is written.
func DiffCharges(ctx context.Context, path string) (out ReplayDiff, err error) {
	j, err := openJournal(path)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	r, err := replayed(ctx, j)
	if err != nil {
		return out, err
	}
	out = ReplayDiff{Records: r.rep.Records, Sessions: len(r.sessions), Charges: []ChargeChange{}, Between: []money.Amount{}}
	for id := range everyVisit(r.recorded, r.today) {
		c, differs := chargeChange(r.recorded[id], r.today[id])
		if !differs {
			if _, way := differ(r.recorded[id], r.today[id]); way {
				out.OnTheWay++
			}
			continue
		}
		c.Session, c.Number = id, r.numbers[id]
		out.Charges = append(out.Charges, c)
	}
	slices.SortFunc(out.Charges, func(a, b ChargeChange) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Session, b.Session))
	})
	between := map[money.Currency]int64{}
	for _, c := range out.Charges {
		between[c.Between.Currency] += c.Between.Minor
	}
	for _, cur := range slices.Sorted(maps.Keys(between)) {
		out.Between = append(out.Between, money.New(between[cur], cur))
	}
	if len(out.Charges) == 0 {
		return out, nil
	}
	return out, out.findEvidence(ctx, func(yield func(event.Record) error) error { return engine.Each(j, 1, yield) })
}

func everyVisit(a, b map[string][]issued) map[string]bool {
	all := map[string]bool{}
	for id := range a {
		all[id] = true
	}
	for id := range b {
		all[id] = true
	}
	return all
}

// findEvidence says which record each report is in.
func (d *ReplayDiff) findEvidence(ctx context.Context, each func(func(event.Record) error) error) error {
	wanted := map[event.Ref]uint64{}
	d.reasons(func(x *Reason) {
		for _, ref := range x.refs {
			wanted[ref] = 0
		}
	})
	err := each(func(rec event.Record) error {
		if in, ok := rec.Input.(event.Evidence); ok {
			if _, is := wanted[in.Ref()]; is {
				wanted[in.Ref()] = rec.Seq
			}
		}
		return ctx.Err()
	})
	d.reasons(func(x *Reason) {
		x.Evidence = []view.Evidence{}
		for _, ref := range x.refs {
			x.Evidence = append(x.Evidence, view.Evidence{Ref: ref.String(), Seq: wanted[ref]})
		}
	})
	return err
}

func (d *ReplayDiff) reasons(each func(*Reason)) {
	for i := range d.Charges {
		for k := range d.Charges[i].Lines {
			l := &d.Charges[i].Lines[k]
			for n := range l.Dropped {
				each(&l.Dropped[n])
			}
			for n := range l.Added {
				each(&l.Added[n])
			}
		}
	}
}

// newest is the last version of a receipt with its reasons; nil for none.
func newest(all []issued) (*event.Receipt, issued) {
	if len(all) == 0 {
		return nil, issued{}
	}
	versions := make([]view.Version, len(all))
	for i, x := range all {
		versions[i].Receipt = x.receipt
	}
	return &view.Reasoned(versions)[len(all)-1].Receipt, all[len(all)-1]
}

// chargeChange holds the newest recorded receipt of a visit against today's.
func chargeChange(recorded, today []issued) (c ChargeChange, differs bool) {
	was, wasIn := newest(recorded)
	is, isIn := newest(today)
	switch {
	case was == nil && is == nil, was != nil && is != nil && unlike(*was, *is) == "":
		return c, false
	case was == nil:
		c.Seq, c.At, c.Receipt = isIn.seq, isIn.at, is.ID
	default:
		c.Seq, c.At, c.Receipt = wasIn.seq, wasIn.at, was.ID
	}
	c.Lines = lineChanges(was, is)
	if was != nil {
		c.Was, c.Between = &Charge{was.Total, was.Payment}, money.New(-was.Total.Minor, was.Total.Currency)
	}
	if is != nil {
		c.WouldBe = &Charge{is.Total, is.Payment}
		c.Between = money.New(c.Between.Minor+is.Total.Minor, is.Total.Currency)
	}
	return c, true
}

// product is all that a receipt charges of one product.
type product struct {
	title  string
	charge *LineCharge
	why    []event.Why
	off    money.Amount
}

func productsOf(r *event.Receipt) (all map[gs1.GTIN]*product, order []gs1.GTIN) {
	all = map[gs1.GTIN]*product{}
	if r == nil {
		return all, nil
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		p := all[l.GTIN]
		if p == nil {
			p = &product{title: l.Title, charge: &LineCharge{Unit: l.Unit, Amount: money.Zero(l.Amount.Currency), Paid: money.Zero(l.Amount.Currency), Tax: l.Tax},
				off: money.Zero(l.Amount.Currency)}
			all[l.GTIN], order = p, append(order, l.GTIN)
		}
		paid := l.Paid
		if paid.Currency == "" {
			paid = l.Amount
		}
		p.charge.Quantity, p.charge.Mass, p.why = p.charge.Quantity+l.Quantity, p.charge.Mass+l.Mass, append(p.why, l.Why...)
		p.charge.Amount.Minor, p.charge.Paid.Minor, p.off.Minor = p.charge.Amount.Minor+l.Amount.Minor, p.charge.Paid.Minor+paid.Minor, p.off.Minor+l.Discount.Minor
	}
	return all, order
}

// lineChanges are the products of which otherwise is charged, those that were
// charged first.
func lineChanges(was, is *event.Receipt) []LineChange {
	before, order := productsOf(was)
	after, more := productsOf(is)
	for _, g := range more {
		if before[g] == nil {
			order = append(order, g)
		}
	}
	out := []LineChange{}
	for _, g := range order {
		b, a := cmp.Or(before[g], &product{}), cmp.Or(after[g], &product{})
		cause := causeOf(b, a)
		if cause == "" {
			continue
		}
		l := LineChange{GTIN: g, Title: cmp.Or(b.title, a.title), Was: b.charge, WouldBe: a.charge, Cause: cause,
			Dropped: onlyIn(b.why, a.why), Added: onlyIn(a.why, b.why)}
		if is != nil && (a.charge == nil || b.charge != nil && a.charge.Quantity < b.charge.Quantity) {
			l.Doubt = doubtOf(is, g)
		}
		out = append(out, l)
	}
	return out
}

func causeOf(b, a *product) string {
	switch {
	case b.charge == nil || a.charge == nil || b.charge.Quantity != a.charge.Quantity:
		return "units"
	case b.charge.Mass != a.charge.Mass:
		return "mass"
	case b.charge.Amount != a.charge.Amount:
		return "price"
	case b.off != a.off:
		return "discount"
	case b.charge.Tax != a.charge.Tax || b.charge.Paid != a.charge.Paid:
		return "tax"
	}
	return ""
}

// onlyIn are the reasons of one side that the other has not.
func onlyIn(list, other []event.Why) []Reason {
	out := []Reason{}
	for _, w := range list {
		same := func(x event.Why) bool { return x.Text == w.Text && slices.Equal(x.Evidence, w.Evidence) }
		if !slices.ContainsFunc(other, same) {
			out = append(out, Reason{Text: w.Text, At: w.At, refs: w.Evidence})
		}
	}
	return out
}

// doubtOf is why a receipt does not charge a product that it lists in doubt.
func doubtOf(r *event.Receipt, g gs1.GTIN) string {
	for _, list := range [][]event.PendingLine{r.Pending, r.Dropped} {
		for i := range list {
			if list[i].GTIN == g {
				return list[i].Reason
			}
		}
	}
	return ""
}
