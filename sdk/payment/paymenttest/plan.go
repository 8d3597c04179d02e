package paymenttest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/class/classtest"
)

// clause is one case of the suite. The plans are those of Amazon's published
// Just Walk Out partner test plans, whose figures and cases the suite is modelled
// on (developer.amazon.com/docs/physicalstores, "test plans"); what a case asks
// is this contract's own.
type clause struct {
	plan, name string
	// says is what must hold, in one sentence.
	says string
	run  func(t testing.TB, b *bench)
}

// The plans.
const (
	planAuthorisation = "authorisation"
	planAdjust        = "adjust"
	planCapture       = "capture"
	planCancel        = "cancel"
	planRefund        = "refund"
	planFeedback      = "feedback"
)

func (c clause) title() string { return c.plan + "/" + c.name }

// clauses are all cases, by plan.
func clauses() (all []clause) {
	for _, p := range [][]clause{authorisations(), adjustments(), captureClauses(), cancellations(), refundClauses(), feedback()} {
		all = append(all, p...)
	}
	return all
}

// Run runs the suite.
func Run(t *testing.T, h Harness) { classtest.Run(t, Cases(h)) }

// Cases gives the suite's cases. Those of the plans are named by plan and case,
// such as "adjust/declined adjustment".
func Cases(h Harness) []classtest.Case {
	cases := classtest.Common(h.Subject, "payment", nil)
	for _, c := range clauses() {
		cases = append(cases, classtest.Case{Name: c.title(), Run: func(t testing.TB) { c.run(t, newBench(t, h)) }})
	}
	return cases
}

// Parity gives the table of the cases by plan, as the README has it.
func Parity() string {
	var b strings.Builder
	count := map[string]int{}
	for _, c := range clauses() {
		count[c.plan]++
	}
	fmt.Fprintf(&b, "%d cases: ", len(clauses()))
	for i, p := range []string{planAuthorisation, planAdjust, planCapture, planCancel, planRefund, planFeedback} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %d", p, count[p])
	}
	b.WriteString(".\n\n| plan | case | what must hold |\n|---|---|---|\n")
	for _, c := range clauses() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.plan, c.name, c.says)
	}
	return b.String()
}
