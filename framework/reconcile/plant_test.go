package reconcile

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// fault plants one discrepancy and says whose it is: a session, or a row's id.
type fault struct {
	code  Code
	plant func(w *world) string
	also  []Code // what follows from it
}

func (w *world) change(kind string, f func(w *world, s sale)) string {
	s := w.visit(kind)
	f(w, s)
	return s.id
}

// again adds a copy of a row under another id.
func (w *world) again(i int, change func(v *Row)) {
	v := w.rows[i]
	v.ID = fmt.Sprintf("again-%d", len(w.rows))
	change(&v)
	w.rows = append(w.rows, v)
}

// amount sets a row's amount, and its net with it.
func (v *Row) amount(minor int64) {
	v.Amount = eur(minor)
	net := eur(direction(v.Type)*minor - v.Fee.Minor)
	v.Net = &net
}

func row(f func(v *Row)) func(*world) string {
	return func(w *world) string {
		return w.change("sale", func(w *world, s sale) { f(&w.rows[s.capture]) })
	}
}

func faults() []fault {
	day := []Code{TotalMismatch}
	drop := func(kind string, at func(s sale) int) func(*world) string {
		return func(w *world) string { return w.change(kind, func(w *world, s sale) { w.rows[at(s)].ID = "gone" }) }
	}
	capture, void, refund := func(s sale) int { return s.capture }, func(s sale) int { return s.void }, func(s sale) int { return s.refund }
	return []fault{
		{DuplicateRow, func(w *world) string {
			return w.change("sale", func(w *world, s sale) { w.rows = append(w.rows, w.rows[s.capture]) })
		}, nil},
		{IDReused, func(w *world) string {
			return w.change("sale", func(w *world, s sale) {
				v := w.rows[s.capture]
				v.amount(v.Amount.Minor + 1)
				w.rows = append(w.rows, v)
			})
		}, nil},
		{CreatedInFuture, row(func(v *Row) { v.Created, v.Settled = asOf.Add(3*time.Hour), time.Time{} }), []Code{WrongDay, CaptureAfterExpiry}},
		{SettledBeforeCreated, row(func(v *Row) { v.Settled = v.Created.Add(-time.Hour) }), nil},
		{NetMismatch, row(func(v *Row) { n := eur(v.Net.Minor + 1); v.Net = &n }), nil},
		{FeeUnexpected, row(func(v *Row) { f, n := eur(-5), eur(v.Amount.Minor+5); v.Fee, v.Net = &f, &n }), nil},
		{CapturedNotInReport, drop("sale", capture), day},
		{InReportNotCaptured, func(w *world) string {
			return w.change("open", func(w *world, s sale) { w.row(Capture, "c-"+s.id, "h-"+s.id, "", 700, s.at) })
		}, append([]Code{HoldExpiredUntaken}, day...)},
		{CaptureOnUnknownHold, func(w *world) string {
			return w.rows[w.row(Capture, fmt.Sprintf("c-x%d", len(w.rows)), "h-nobody", "", 900, w.at)].ID
		}, day},
		{CaptureAfterVoid, func(w *world) string {
			return w.change("empty", func(w *world, s sale) { w.row(Capture, "c-"+s.id, "h-"+s.id, "", 700, s.at.Add(time.Hour)) })
		}, day},
		{CaptureAfterExpiry, row(func(v *Row) {
			v.Created = v.Created.Add(8 * 24 * time.Hour)
			if !v.Settled.IsZero() {
				v.Settled = v.Created.Add(time.Hour)
			}
		}), []Code{WrongDay}},
		{CapturedTwice, func(w *world) string {
			return w.change("sale", func(w *world, s sale) { w.again(s.capture, func(v *Row) { v.Reference += "-2" }) })
		}, day},
		{KeyReused, func(w *world) string {
			return w.change("sale", func(w *world, s sale) {
				w.again(s.capture, func(v *Row) { v.Reference += "-2"; v.amount(v.Amount.Minor + 50) })
			})
		}, append([]Code{CapturedTwice}, day...)},
		{ReferenceReused, func(w *world) string {
			other := w.visit("sale")
			return w.change("sale", func(w *world, s sale) { w.rows[s.capture].Reference = w.rows[other.capture].Reference })
		}, []Code{ReferenceDiffers}},
		{AmountDiffers, row(func(v *Row) { v.amount(v.Amount.Minor + 1) }), day},
		{CurrencyDiffers, row(func(v *Row) {
			v.Amount.Currency = "USD"
			n, f := *v.Net, *v.Fee
			n.Currency, f.Currency = "USD", "USD"
			v.Net, v.Fee = &n, &f
		}), day},
		{ReferenceDiffers, row(func(v *Row) { v.Reference = "elsewhere-" + v.ID }), nil},
		{HoldAmountDiffers, func(w *world) string {
			return w.change("sale", func(w *world, s sale) { w.rows[s.auth].Amount.Minor++ })
		}, nil},
		{HoldUnbooked, func(w *world) string {
			return w.change("declined", func(w *world, s sale) { w.rows[len(w.rows)-1].Status = Succeeded })
		}, nil},
		{HoldNotInReport, drop("sale", func(s sale) int { return s.auth }), nil},
		{SecondHold, func(w *world) string {
			return w.change("sale", func(w *world, s sale) { w.again(s.auth, func(v *Row) { v.Reference += "-2" }) })
		}, nil},
		{SessionUnknown, func(w *world) string {
			return w.rows[w.row(Authorization, fmt.Sprintf("h-x%d", len(w.rows)), "", "k-nobody", 900, w.at)].ID
		}, nil},
		{VoidMissing, drop("empty", void), nil},
		{VoidUnbooked, func(w *world) string {
			return w.change("sale", func(w *world, s sale) { w.row(Void, "v-"+s.id, "h-"+s.id, "", 5000, s.at.Add(time.Hour)) })
		}, nil},
		{HoldOpenPastDue, func(w *world) string {
			at := w.at
			w.at = asOf.Add(-6*24*time.Hour - 12*time.Hour)
			defer func() { w.at = at }()
			return w.visit("open").id
		}, nil},
		{HoldExpiredUntaken, func(w *world) string {
			at := w.at
			w.at = asOf.Add(-9 * 24 * time.Hour)
			defer func() { w.at = at }()
			return w.visit("open").id
		}, nil},
		{FailedButBooked, row(func(v *Row) { v.Status = Failed }), day},
		{PendingTooLong, row(func(v *Row) { v.Status, v.Settled = Pending, time.Time{} }), nil},
		{LateSettlement, row(func(v *Row) { v.Settled = v.Created.Add(15 * 24 * time.Hour) }), nil},
		{WrongDay, row(func(v *Row) {
			v.Created = v.Created.Add(-24 * time.Hour)
		}), nil},
		{RefundMissing, drop("refund", refund), day},
		{RefundUnknown, func(w *world) string {
			return w.change("sale", func(w *world, s sale) { w.row(Refund, "r-x"+s.id, "c-"+s.id, "", 10, s.at.Add(time.Hour)) })
		}, day},
		{RefundTwice, func(w *world) string {
			return w.change("refund", func(w *world, s sale) { w.again(s.refund, func(v *Row) { v.Reference += "-2" }) })
		}, append([]Code{RefundExceeds}, day...)},
		{RefundAmountDiffers, func(w *world) string {
			return w.change("refund", func(w *world, s sale) { v := &w.rows[s.refund]; v.amount(v.Amount.Minor + 1) })
		}, append([]Code{RefundExceeds}, day...)},
		{RefundExceeds, func(w *world) string {
			return w.change("refund", func(w *world, s sale) {
				w.row(Refund, "r-x"+s.id, "c-"+s.id, "", s.total, s.at.Add(time.Hour))
			})
		}, append([]Code{RefundUnknown}, day...)},
		{ChargebackUnbooked, func(w *world) string {
			return w.change("sale", func(w *world, s sale) { w.row(Chargeback, "d-x"+s.id, "c-"+s.id, "", s.total, s.at.Add(time.Hour)) })
		}, nil},
		{ChargebackMissing, func(w *world) string {
			return w.change("sale", func(w *world, s sale) {
				w.fact(event.ChargebackNoted{Session: s.id, ID: "d-y" + s.id, Reference: "c-" + s.id, Amount: eur(s.total), At: s.at.Add(time.Hour)})
			})
		}, nil},
		{ChargebackDiffers, func(w *world) string {
			return w.change("chargeback", func(w *world, s sale) { v := &w.rows[s.cb]; v.amount(v.Amount.Minor + 1) })
		}, nil},
		{PayoutSumMismatch, func(w *world) string {
			name := fmt.Sprintf("po-x%d", len(w.rows))
			s := w.visit("sale")
			w.rows[s.capture].Paid = name
			return w.rows[w.row(Payout, name, "", "", w.rows[s.capture].Net.Minor+1, s.at.Add(72*time.Hour))].ID
		}, nil},
	}
}

// Each kind is found every time that it is planted, with its own code, and
// nothing is found where nothing is planted.
func TestPlanted(t *testing.T) {
	each := 1000 // how many times a kind is planted
	if testing.Short() {
		each = 100
	}
	planted := map[Code]bool{MalformedRow: true, TotalMismatch: true} // the former has a test of its own
	for _, f := range faults() {
		planted[f.code] = true
		t.Run(string(f.code), func(t *testing.T) {
			w := newWorld(uint64(len(f.code)))
			w.clean(2 * each)
			w.at = asOf.Add(-58 * 24 * time.Hour)
			want := map[string]bool{}
			for range each {
				want[f.plant(w)] = true
				w.at = w.at.Add(40 * 24 * time.Hour / time.Duration(each))
			}
			hit, wrong := map[string]bool{}, 0
			res := w.match(t, w.text())
			for _, x := range res.Found {
				mine := want[x.Session] && x.Session != "" || want[x.ID]
				switch {
				case x.Code == f.code && mine:
					hit[x.Session], hit[x.ID] = true, true
				case x.Code == TotalMismatch && slices.Contains(f.also, TotalMismatch):
				case mine && slices.Contains(f.also, x.Code):
				default:
					if wrong++; wrong < 4 {
						t.Errorf("false: %+v", x)
					}
				}
			}
			missed := 0
			for id := range want {
				if !hit[id] {
					missed++
				}
			}
			if missed > 0 || wrong > 0 || len(want) != each {
				t.Errorf("%d of %d are not found, %d are false", missed, len(want), wrong)
			}
			if slices.Contains(f.also, TotalMismatch) && res.Counts[TotalMismatch] == 0 {
				t.Error("the day's totals agree although its movements do not")
			}
		})
	}
	kinds := Kinds()
	if len(kinds) < 25 {
		t.Errorf("there are %d kinds", len(kinds))
	}
	for _, k := range kinds {
		if !planted[k.Code] {
			t.Errorf("%s is never planted", k.Code)
		}
		if k.Sentence == "" || k.Next == "" {
			t.Errorf("%s is not explained", k.Code)
		}
	}
}
