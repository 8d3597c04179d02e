package witness

import (
	"maps"
	"slices"
)

// Row is a capture in the processor's report of the day.
type Row struct {
	Reference string
	Minor     int64
}

// Differences are what a report and the books disagree on, by reference.
type Differences struct {
	// Missing are captures of the books that the report lacks, Repeated those it
	// has more than once, Unknown those that the books lack, and Other those of
	// another amount.
	Missing, Repeated, Unknown, Other []string
}

// Reconcile compares the processor's report with the books, through no answer of
// the payment plugin's but what the books keep.
func (w *Witness) Reconcile(report []Row) Differences {
	var d Differences
	seen := map[string]int{}
	for _, r := range report {
		minor, known := w.told[r.Reference]
		switch seen[r.Reference]++; {
		case seen[r.Reference] == 2:
			d.Repeated = append(d.Repeated, r.Reference)
		case !known:
			d.Unknown = append(d.Unknown, r.Reference)
		case minor != r.Minor:
			d.Other = append(d.Other, r.Reference)
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(w.told)) {
		if seen[ref] == 0 {
			d.Missing = append(d.Missing, ref)
		}
	}
	return d
}
