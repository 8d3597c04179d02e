package processor

import (
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

const (
	// lateBy is when a late answer comes: after any host's time-out.
	lateBy = 45 * time.Second
	// faultPercent is the share of calls that go astray with faults on.
	faultPercent = 20
	// cleanAfter is the number of attempts at one operation on one credential
	// after which all goes well, so that every session can end.
	cleanAfter = 3
	million    = 1_000_000
)

// plan is what happens to one call.
type plan struct {
	acts    bool
	act     time.Duration
	answers int
	answer  time.Duration
	// instead is the error that is answered whatever happened.
	instead error
}

// errEnded leaves open whether anything happened.
var errEnded = fault.New(fault.Unknown, "the processor ended the connection")

// Lose makes the next call of an operation end without a proper answer, after
// it was done or with nothing done. Conformance suites use it.
func (p *Processor) Lose(op string, done bool) { p.lose[op] = done }

// plan draws a call's fate. It depends on seed, credential, operation and
// attempt, not on keys, which differ from run to run.
func (p *Processor) plan(op string, r wire.PaymentParams) plan {
	clean := plan{acts: true, act: Latency, answers: 1, answer: Latency}
	if acts, lose := p.lose[op]; lose {
		delete(p.lose, op)
		return plan{acts: acts, act: Latency, answers: 1, answer: Latency, instead: errEnded}
	}
	if !p.opt.Faults {
		return clean
	}
	whose := r.Token
	if m := p.byRef[r.Reference]; m != nil {
		whose = m.entry.Credential
	}
	what := op + r.Operation
	p.attempts[what+" "+whose]++
	attempt := p.attempts[what+" "+whose]
	if attempt > cleanAfter {
		return clean
	}
	x := number(fmt.Sprintf("fault %d %s %s %d", p.opt.Seed, what, whose, attempt))
	if x%100 >= faultPercent {
		return clean
	}
	if op == Lookup {
		return plan{answers: 1, answer: Latency, instead: fault.New(fault.Unavailable, "the processor is busy")}
	}
	return astray(x / 100 % 8)
}

// astray gives one of the ways in which an answer goes wrong.
func astray(n uint64) plan {
	switch n {
	case 0: // the request never got there, and nobody says so
		return plan{}
	case 1: // it got there; the answer is lost
		return plan{acts: true, act: Latency}
	case 2: // the answer comes twice
		return plan{acts: true, act: Latency, answers: 2, answer: Latency}
	case 3: // done at once, answered late
		return plan{acts: true, act: Latency, answers: 1, answer: lateBy}
	case 4: // done late, answered late
		return plan{acts: true, act: lateBy, answers: 1, answer: lateBy}
	case 5: // done, and an error answered
		return plan{acts: true, act: Latency, answers: 1, answer: Latency, instead: errEnded}
	case 6: // not done, and the same error answered
		return plan{answers: 1, answer: Latency, instead: errEnded}
	default: // a definite no before anything happened
		return plan{answers: 1, answer: Latency, instead: fault.New(fault.Unavailable, "the processor is busy")}
	}
}

// declines draws which cards are declined.
func (p *Processor) declines(token string) bool {
	return number(fmt.Sprintf("decline %d %s", p.opt.Seed, token))%million < uint64(max(p.opt.DeclinePPM, 0))
}
