package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// visitor is one shopper in a store that a test has changed. Every fact that
// the visit leaves is kept.
type visitor struct {
	*narrator
	grams [4]int
	facts []event.Fact
}

// enters opens a store as change makes it, and lets somebody in.
func enters(t *testing.T, change func(*storedef.Store), attributes ...string) *visitor {
	v := &visitor{narrator: newNarrator(t), grams: [4]int{0, 10_000, 10_000, 10_000}}
	v.adopts(change)
	v.see("credential_reader.palm", observe.Credential{Interval: observe.At(v.now), Token: "palm-1", Method: observe.MethodPalm,
		Quality: 999_000, Bodies: 1, Attributes: attributes})
	v.do("answer authorize done")
	v.do("answer admit done")
	v.do("pass in for_session=s1")
	v.do("track t1 entrance began")
	v.skip(4 * time.Second)
	v.do("track t1 drinks present")
	v.skip(4 * time.Second)
	return v
}

func (v *visitor) adopts(change func(*storedef.Store)) {
	s := testStore()
	change(&s)
	v.step(event.Definition{Store: s, Salt: "salt"})
}

// see reports something and keeps what followed from it.
func (v *visitor) see(device string, o observe.Evidence) {
	v.seq[device]++
	v.take(event.Evidence{Device: device, Serial: observe.Serial{Epoch: v.epoch[device], Seq: v.seq[device]}, Observed: o})
}

func (v *visitor) take(in event.Input) {
	facts := core.Step(v.state, v.now, in)
	for _, f := range facts {
		v.shadow.Apply(f)
	}
	v.render(facts)
	v.facts = append(v.facts, facts...)
}

// moves changes what stands on a bay with a hand, and waits until it is decided.
func (v *visitor) moves(bay, grams int, product string) {
	deed := "take"
	if grams > 0 {
		deed = "put"
	}
	v.do(fmt.Sprintf("hand t1 %d %s for=1s saw=%s", bay, deed, product))
	v.skip(time.Second)
	v.grams[bay] += grams
	v.do(fmt.Sprintf("weight %d %d for=2s", bay, v.grams[bay]))
	v.skip(4 * time.Second)
}

// leaves goes out, pays, and gives the receipts that were issued.
func (v *visitor) leaves() []event.Receipt {
	v.do("pass out")
	v.do("track t1 entrance ended")
	v.take(event.Time{})
	for range 50 {
		w, ok := v.state.Wake()
		if pending := v.state.Pending(); len(pending) > 0 {
			a := pending[0]
			v.take(event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "r", Amount: a.Amount})
			continue
		}
		if !ok || len(v.receipts()) > 0 && w.After(v.now.Add(time.Minute)) {
			break
		}
		if w.After(v.now) {
			v.now = w
		}
		v.take(event.Time{})
	}
	return v.receipts()
}

func (v *visitor) receipts() []event.Receipt {
	var out []event.Receipt
	for _, f := range v.facts {
		if r, ok := f.(event.ReceiptIssued); ok {
			out = append(out, r.Receipt)
		}
	}
	return out
}

// said is a receipt in a few words.
func said(r event.Receipt) string {
	var out []string
	for _, l := range r.Lines {
		n := fmt.Sprint(l.Quantity)
		if l.Per != "" {
			n = l.Mass.String()
		}
		out = append(out, fmt.Sprintf("%s %s x %s paid %s", n, l.Title, l.Unit.Decimal(), l.Paid.Decimal()))
	}
	for _, d := range r.Deposits {
		out = append(out, fmt.Sprintf("%s %s", d.Title, d.Paid.Decimal()))
	}
	for _, p := range r.Pending {
		out = append(out, fmt.Sprintf("(%s %d of %s: %s)", p.ID, p.Quantity, called(p.GTIN), p.Reason))
	}
	for _, p := range r.Dropped {
		out = append(out, fmt.Sprintf("(dropped %d of %s)", p.Quantity, called(p.GTIN)))
	}
	return strings.Join(append(out, r.Total.Decimal()), ", ")
}

func cost(minor int64) func(*storedef.Store) {
	return func(s *storedef.Store) { s.Products[0].Price = money.New(minor, "EUR") }
}

// TestPriceAtPick: what is charged is the price at which a unit was picked, or
// the one at exit where that is lower; and the same with its tax.
func TestPriceAtPick(t *testing.T) {
	for _, tt := range []struct {
		name       string
		then, exit int64
		want       string
	}{
		{"it went up", 180, 250, "1 cola x 1.80 paid 1.80, 1.80"},
		{"it went down", 180, 150, "1 cola x 1.50 paid 1.50, 1.50"},
		{"as it was", 180, 180, "1 cola x 1.80 paid 1.80, 1.80"},
		{"it was free", 0, 180, "1 cola x 0.00 paid 0, 0.00"}, // by the journal, too
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := enters(t, cost(tt.then))
			v.moves(1, -352, "cola")
			v.adopts(cost(tt.exit))
			if r := v.leaves(); len(r) == 0 || said(r[0]) != tt.want {
				t.Errorf("%v, want %s", r, tt.want)
			}
		})
	}
	t.Run("picked at two prices", func(t *testing.T) {
		v := enters(t, cost(160))
		v.moves(1, -352, "cola")
		v.adopts(cost(180))
		v.skip(4 * time.Second)
		v.moves(1, -352, "cola")
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "1 cola x 1.60 paid 1.60, 1 cola x 1.80 paid 1.80, 3.40" {
			t.Errorf("%v", r)
		}
	})
	t.Run("it went up between hand and scale", func(t *testing.T) {
		v := enters(t, cost(160))
		v.do("hand t1 1 take for=1s saw=cola")
		v.skip(time.Second)
		v.adopts(cost(180))
		v.grams[1] -= 352
		v.do(fmt.Sprintf("weight 1 %d for=2s", v.grams[1]))
		v.skip(4 * time.Second)
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "1 cola x 1.60 paid 1.60, 1.60" {
			t.Errorf("%v", r)
		}
	})
	t.Run("the tax went up", func(t *testing.T) {
		taxed := func(rate money.Rate) func(*storedef.Store) {
			return func(s *storedef.Store) { s.Taxes[0] = storedef.Tax{Name: "standard", Rate: rate, Added: true} }
		}
		v := enters(t, taxed(60_000))
		v.moves(1, -352, "cola")
		v.adopts(taxed(230_000))
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "1 cola x 1.80 paid 1.91, 1.91" {
			t.Errorf("%v", r)
		}
	})
}

// TestSaleIsBooked: discounts and deposits have accounts of their own, and all
// adds up to nothing.
func TestSaleIsBooked(t *testing.T) {
	v := enters(t, func(s *storedef.Store) {
		s.Taxes = append([]storedef.Tax{{Name: "none"}}, s.Taxes...)
		s.Deposits = []storedef.Deposit{{Name: "can", Title: "Deposit", Amount: money.New(25, "EUR"), Tax: "none"}}
		s.Products[0].Deposit = "can"
		s.Promotions = []storedef.Promotion{{Name: "members", Title: "For members", Percent: 100_000, Requires: "loyalty=gold"}}
	}, "age_over=18", "loyalty=gold")
	v.moves(1, -352, "cola")
	r := v.leaves()
	if want := "1 cola x 1.80 paid 1.62, Deposit 0.25, 1.87"; len(r) == 0 || said(r[0]) != want {
		t.Fatalf("%v, want %s", r, want)
	}
	if len(r[0].Discounts) != 1 || r[0].Discounts[0].Amount != money.New(18, "EUR") || r[0].Discounts[0].Title != "For members" {
		t.Errorf("discounts %+v", r[0].Discounts)
	}
	var booked []string
	for _, f := range v.facts {
		if p, ok := f.(event.Posted); ok && len(booked) == 0 {
			var sum int64
			for _, e := range p.Entries {
				booked, sum = append(booked, e.Account+" "+e.Amount.Decimal()), sum+e.Amount.Minor
			}
			if sum != 0 {
				t.Errorf("%v adds up to %d", p.Entries, sum)
			}
		}
	}
	// 1.62 * 23/123 = 0.303; 1.80 less that tax and with the discount apart: 1.62 - 0.30 + 0.18
	want := []string{"receivable 1.87", "tax:standard -0.30", "deposit:can -0.25", "discount 0.18", "revenue -1.50"}
	if d := cmp.Diff(want, booked); d != "" {
		t.Error(d)
	}
}

func of18(s *storedef.Store) { s.Products[0].Age = 18 }

// TestAge: what needs an age waits for a member of staff while the rest is
// charged, and ends in the shopper's favour; unless staff or the credential say
// that the buyer is old enough.
func TestAge(t *testing.T) {
	const waits = "1 water x 0.90 paid 0.90, (p1 1 of cola: a member of staff must see that the buyer is 18 or older), 0.90"
	const sold = "1 cola x 1.80 paid 1.80, 1 water x 0.90 paid 0.90, 2.70"
	shop := func(v *visitor) {
		v.moves(1, -352, "cola")
		v.moves(2, -521, "water")
	}
	for _, tt := range []struct {
		name       string
		attributes []string
		release    bool
		want       string
	}{
		{"nobody saw", nil, false, waits},
		{"the credential says younger", []string{"age_over=16"}, false, waits},
		{"the credential says older", []string{"age_over=21"}, false, sold},
		{"the credential says what can't be read", []string{"age_over=old"}, false, waits},
		{"staff saw", nil, true, sold},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := enters(t, of18, tt.attributes...)
			shop(v)
			if tt.release {
				v.take(event.StaffOrder{Actor: "ana", Reason: "saw an identity card", Session: v.idOf("s1"), Order: event.OrderRelease})
			}
			if r := v.leaves(); len(r) == 0 || said(r[0]) != tt.want {
				t.Errorf("%v\nwant %s", r, tt.want)
			}
		})
	}
	t.Run("staff charge it and saw nobody", func(t *testing.T) {
		v := enters(t, of18)
		shop(v)
		v.leaves()
		v.take(event.StaffOrder{Actor: "ana", Reason: "it is on the film", Session: v.idOf("s1"), Order: event.OrderChargePending, Lines: []event.LineRef{{Line: "p1"}}})
		if r := v.receipts(); said(r[len(r)-1]) != waits {
			t.Errorf("charged: %v", r)
		}
		v.take(event.StaffOrder{Actor: "ana", Reason: "saw an identity card", Session: v.idOf("s1"), Order: event.OrderRelease})
		if r := v.receipts(); said(r[len(r)-1]) == waits {
			t.Errorf("not released: %v", r)
		}
	})
	for _, tt := range []struct {
		name string
		late time.Duration
		want string
	}{{"released in its time", -time.Nanosecond, sold}, {"released too late", 0, "1 water x 0.90 paid 0.90, (dropped 1 of cola), 0.90"},
		{"released long after", time.Hour, "1 water x 0.90 paid 0.90, (dropped 1 of cola), 0.90"}} {
		t.Run(tt.name, func(t *testing.T) {
			v := enters(t, func(s *storedef.Store) { of18(s); s.Receipt.AgeWithin = 5 * time.Minute })
			shop(v)
			v.now = v.leaves()[0].Pending[0].Until.Add(tt.late)
			v.take(event.StaffOrder{Actor: "ana", Reason: "saw an identity card", Session: v.idOf("s1"), Order: event.OrderRelease})
			for _, a := range v.state.Pending() {
				v.take(event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "r2", Amount: a.Amount})
			}
			for _, a := range v.state.Pending() {
				v.take(event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "r2", Amount: a.Amount})
			}
			r := v.receipts()
			last := r[len(r)-1]
			slices.SortFunc(last.Lines, func(x, y event.SaleLine) int { return strings.Compare(x.Title, y.Title) })
			if said(last) != tt.want {
				t.Errorf("%s, want %s", said(last), tt.want)
			}
			if taken := last.Captured; taken == nil || *taken != last.Total {
				t.Errorf("%v is taken of %s", taken, last.Total)
			}
		})
	}
	t.Run("its own time is over", func(t *testing.T) {
		v := enters(t, func(s *storedef.Store) { of18(s); s.Receipt.AgeWithin = 5 * time.Minute })
		shop(v)
		first := v.leaves()[0]
		if len(first.Pending) != 1 || first.Pending[0].Age != 18 || first.Pending[0].Until == nil || len(first.Pending[0].Picked) != 1 {
			t.Fatalf("pending %+v", first.Pending)
		}
		v.now = first.Pending[0].Until.Add(-time.Nanosecond)
		v.take(event.Time{})
		if last := v.receipts(); len(last[len(last)-1].Pending) != 1 {
			t.Fatalf("dropped before its time: %+v", last[len(last)-1])
		}
		v.now = *first.Pending[0].Until
		v.take(event.Time{})
		last := v.receipts()
		if got := said(last[len(last)-1]); got != "1 water x 0.90 paid 0.90, (dropped 1 of cola), 0.90" || v.state.Open() != 0 {
			t.Errorf("%s, %d open", got, v.state.Open())
		}
	})
}

// nuts makes the colas loose goods at 18.99 a kilogram, in portions of about
// 300 g.
func nuts(approved bool) func(*storedef.Store) {
	return func(s *storedef.Store) {
		p := &s.Products[0]
		p.Price, p.PricePer, p.Mass, p.MassDeviation = money.New(1899, "EUR"), storedef.PerKilogram, 300*measure.Gram, 100*measure.Gram
		for i := range s.Devices {
			for j := range s.Devices[i].Bays {
				s.Devices[i].Bays[j].TradeApproved = approved
			}
		}
	}
}

// TestWeighed: loose goods are charged by the gram that an approved scale tells,
// and never by another's.
func TestWeighed(t *testing.T) {
	t.Run("taken", func(t *testing.T) {
		v := enters(t, nuts(true))
		v.moves(1, -347, "cola")
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "347 g cola x 18.99 paid 6.59, 6.59" {
			t.Errorf("%v", r)
		}
	})
	t.Run("some put back", func(t *testing.T) {
		v := enters(t, nuts(true))
		v.moves(1, -247, "cola")
		v.moves(1, -300, "cola")
		v.moves(1, 300, "cola")
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "247 g cola x 18.99 paid 4.69, 4.69" { // 4.69053
			t.Errorf("%v", r)
		}
	})
	t.Run("all put back", func(t *testing.T) {
		v := enters(t, nuts(true))
		v.moves(1, -300, "cola")
		v.moves(1, 299, "cola")
		if r := v.leaves(); len(r) == 0 || said(r[0]) != "0.00" {
			t.Errorf("%v", r)
		}
	})
	for _, grams := range []int{450, 600, 660} { // one portion or two: that doesn't matter
		t.Run(fmt.Sprint(grams, " g"), func(t *testing.T) {
			v := enters(t, nuts(true))
			v.remembers = true
			v.moves(1, -grams, "cola")
			r := v.leaves()
			if want := fmt.Sprintf("%d g cola x 18.99 paid", grams); len(r) == 0 || !strings.HasPrefix(said(r[0]), want) || len(r[0].Pending)+len(r[0].Dropped) > 0 {
				t.Errorf("%v, want %s", r, want)
			}
			taken := 0
			for i := range v.told {
				for _, f := range v.told[i].record.Facts {
					m, ok := f.(event.Taken)
					if !ok {
						continue
					}
					if taken++; m.Probability < storedef.DefaultChargeAbove {
						t.Errorf("charged at %d ppm: that it was of these goods is surer than that", m.Probability)
					}
				}
			}
			if taken != 1 {
				t.Errorf("taken %d times", taken)
			}
		})
	}
	t.Run("a scale that is not approved", func(t *testing.T) {
		v := enters(t, nuts(false))
		v.moves(1, -347, "cola")
		r := v.leaves()
		if len(r) == 0 || !strings.HasPrefix(said(r[0]), "(p1 1 of cola") || !r[0].Total.IsZero() || r[0].Pending[0].Mass != 0 {
			t.Errorf("%v", r)
		}
	})
}
