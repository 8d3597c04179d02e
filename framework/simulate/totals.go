package simulate

import "fmt"

// Totals are what many runs add up to. Amounts are minor units of several
// currencies, so their sums say how much more, and not how much.
type Totals struct {
	Profile string `json:"profile"`
	From    uint64 `json:"from"`
	Seeds   int    `json:"seeds"`
	// Sessions are those that were opened, Faulted those that met at least five
	// faults.
	Sessions   int `json:"sessions"`
	Faulted    int `json:"sessions_with_five_faults"`
	Violations int `json:"violations"`
	// Unknown are outcomes of movements that were not known at first, Unresolved
	// those that never became known; SlowestS is the longest that one stayed
	// unknown once nothing was in the way.
	Unknown     int   `json:"unknown_outcomes"`
	Unresolved  int   `json:"unresolved"`
	SlowestS    int64 `json:"slowest_resolution_s"`
	Receipts    int   `json:"receipts"`
	Exact       int   `json:"exact"`
	Overcharged int   `json:"overcharged"`
	// Unheard are those of the overcharged who put back what nobody could hear of.
	Unheard      int   `json:"overcharged_unheard"`
	Undercharged int   `json:"undercharged"`
	OverValue    int64 `json:"overcharged_value"`
	UnderValue   int64 `json:"undercharged_value"`
	InReview     int   `json:"in_review"`
	// OnAccount are visits posted to accounts of a store's own, Weighed the receipts
	// with goods that are paid for by their mass.
	OnAccount int            `json:"on_account"`
	Weighed   int            `json:"weighed"`
	Faults    map[string]int `json:"faults"`
	// Missed are the cases in which not all faults named have struck.
	Missed   int `json:"missed"`
	Steps    int `json:"steps"`
	Calls    int `json:"processor_calls"`
	Restarts int `json:"host_starts"`
	Lies     int `json:"lies_found"`
	// StoreHours are virtual, Seconds the machine's.
	StoreHours float64 `json:"store_hours"`
	Seconds    float64 `json:"seconds"`
	PerSecond  float64 `json:"sessions_per_s"`
	// Trace is the hash of the hashes of all runs, in order.
	Trace string `json:"trace"`
	// HeldBack are faults that the core is not yet built to stand, and
	// Elsewhere those that other commands inject.
	HeldBack  map[string]string `json:"held_back,omitempty"`
	Elsewhere map[string]string `json:"elsewhere,omitempty"`

	trace trace
}

// NewTotals starts a sum.
func NewTotals(profile string, from uint64) *Totals {
	t := &Totals{Profile: profile, From: from, Faults: map[string]int{}, HeldBack: HeldBack(), Elsewhere: Elsewhere(), trace: fnvOffset}
	for _, id := range Simulated() {
		t.Faults[id.String()] = 0
	}
	return t
}

// Add adds a run.
func (t *Totals) Add(d *Done) {
	r := &d.Result
	t.Seeds++
	t.Sessions += r.Tally.Sessions
	t.Faulted += r.Faulted
	t.Violations += len(r.Violations)
	t.Unknown += r.Tally.Unknown
	t.Unresolved += r.Tally.Unresolved
	t.SlowestS = max(t.SlowestS, r.Tally.SlowestS)
	t.Receipts += r.Tally.Receipts
	t.Exact += r.Tally.Exact
	t.Overcharged += r.Tally.Overcharged
	t.Unheard += r.Tally.Unheard
	t.Undercharged += r.Tally.Undercharged
	t.OverValue += r.Tally.OverValue
	t.UnderValue += r.Tally.UnderValue
	t.InReview += r.Tally.InReview
	t.OnAccount += r.Tally.OnAccount
	t.Weighed += r.Tally.Weighed
	for _, id := range Simulated() {
		t.Faults[id.String()] += r.Faults[id]
	}
	if d.Missed {
		t.Missed++
	}
	t.Steps += r.Steps
	t.Calls += r.Calls
	t.Restarts += r.Restarts
	t.Lies += r.Lies
	t.StoreHours += r.Virtual.Hours()
	t.trace.text(r.Trace)
	t.Trace = fmt.Sprintf("%016x", uint64(t.trace))
}

// Ran notes how long it took.
func (t *Totals) Ran(seconds float64) {
	t.Seconds += seconds
	if t.Seconds > 0 {
		t.PerSecond = float64(t.Sessions) / t.Seconds
	}
}

// Idle lists the faults that never struck.
func (t *Totals) Idle() []string {
	var out []string
	for _, id := range Simulated() {
		if t.Faults[id.String()] == 0 {
			out = append(out, id.String())
		}
	}
	return out
}
