package simulate

import (
	"slices"

	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/framework/simulate/witness"
)

// reconcile holds the processor's report of all captures against the books. What
// is wrong with the report, and each capture that the processor lied about, must
// be found, and nothing else.
func (w *world) reconcile() {
	var rows []witness.Row
	var failed []string
	for _, e := range w.processor.Ledger {
		switch e.Op {
		case processor.Capture:
			rows = append(rows, witness.Row{Reference: e.Reference, Minor: e.Minor})
		case processor.CaptureFailed:
			failed = append(failed, e.Reference)
		case processor.Authorize, processor.Increase, processor.Void, processor.Refund, processor.Lookup, processor.Expire, processor.Chargeback:
		}
	}
	var want witness.Differences
	for ref := range w.processor.Lied {
		want.Missing = append(want.Missing, ref)
	}
	if w.faults.on[FY12] && len(rows) > 2 {
		r := w.faults.dice[FY12]
		i := r.IntN(len(rows))
		want.Missing = append(want.Missing, rows[i].Reference)
		rows = slices.Delete(rows, i, i+1)
		i = r.IntN(len(rows))
		want.Repeated = append(want.Repeated, rows[i].Reference)
		rows = slices.Insert(rows, r.IntN(len(rows)), rows[i])
		w.faults.count[FY12] += 2
	}
	got := w.witness.Reconcile(rows)
	known := func(ref string) bool { return !slices.Contains(failed, ref) }
	for _, ref := range want.Missing {
		if known(ref) && !slices.Contains(got.Missing, ref) && !w.processor.Lied[ref] {
			w.violate("FY12", "", "the report lacks capture %s and reconciliation does not find it", ref)
		}
	}
	for _, ref := range got.Missing {
		if known(ref) && !slices.Contains(want.Missing, ref) {
			w.violate("M3", "", "the books have capture %s, the processor does not", ref)
		}
	}
	if !slices.Equal(got.Repeated, want.Repeated) {
		w.violate("FY12", "", "the report repeats %v, reconciliation finds %v", want.Repeated, got.Repeated)
	}
	for _, ref := range got.Unknown {
		if known(ref) && !slices.Contains(want.Repeated, ref) {
			w.violate("M3", "", "the processor has capture %s, the books do not", ref)
		}
	}
	if len(got.Other) > 0 {
		w.violate("M3", "", "captures %v are of another amount than in the books", got.Other)
	}
}
