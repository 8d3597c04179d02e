package main

import (
	"fmt"
	"io"
	"time"

	"github.com/openaisle/aisle/framework/simulate"
)

// progress tells how far a run of aisle sim is, and saves what it came to so far.
type progress struct {
	f      *simFlags
	n      int
	keep   *simulate.Results // nil where nothing is kept
	stderr io.Writer
	failed error

	start, told, saved time.Time
	shown              int
}

// violations prints those of a run with the command that replays it.
func (p *progress) violations(d *simulate.Done) {
	for i := range d.Result.Violations {
		if p.shown++; p.shown > showViolations {
			return
		}
		fmt.Fprintf(p.stderr, "seed %d: ", d.Case.Seed)
		printViolation(p.stderr, &d.Result.Violations[i])
		fmt.Fprintf(p.stderr, "  replay: %s\n", d.Case.Replay())
	}
}

// tell adds a run to what is kept, and says how far it is from time to time.
func (p *progress) tell(t *simulate.Totals, d *simulate.Done) {
	if p.keep != nil {
		p.keep.Add(d)
		if time.Since(p.saved) > saveEvery {
			p.save()
		}
	}
	every, before, after := logEvery, "", "\n"
	if terminal(p.stderr) {
		every, before, after = progressEvery, "\r", " \x1b[K"
	}
	if time.Since(p.told) > every {
		p.told = time.Now()
		fmt.Fprintf(p.stderr, "%s%d of %d, %d sessions (%d with five faults), %d violations, %.0f sessions/s%s",
			before, t.Seeds, p.n, t.Sessions, t.Faulted, t.Violations, float64(t.Sessions)/time.Since(p.start).Seconds(), after)
	}
}

func (p *progress) save() {
	now := time.Now()
	if err := p.keep.Save(now.Sub(p.saved).Seconds()); err != nil && p.failed == nil {
		p.failed = err
	}
	p.saved = now
}

// end saves the rest and says what the file holds now.
func (p *progress) end() error {
	if terminal(p.stderr) {
		fmt.Fprint(p.stderr, "\r\x1b[K")
	}
	if p.keep == nil {
		return nil
	}
	p.save()
	if p.failed != nil {
		return p.failed
	}
	sum := p.keep.Totals
	fmt.Fprintf(p.stderr, "%s now holds %d sessions (%d with five faults) of %d seeds, %d violations.\n", p.f.results, sum.Sessions, sum.Faulted, sum.Seeds, sum.Violations)
	return nil
}
