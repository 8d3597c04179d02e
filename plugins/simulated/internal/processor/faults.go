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
	// saved says that the error is kept under the key, where the store's config
	// has the processor do so.
	saved bool
	// minor and currency are what the answer is twisted by.
	minor    int64
	currency string
	riskless bool
	// lies says that the answer tells of a deed that was not done.
	lies bool
}

// twist makes of an answer what is told.
func (p plan) twist(r wire.PaymentResult) wire.PaymentResult {
	r.Minor += p.minor
	if p.currency != "" && r.Currency == p.currency {
		r.Currency = "USD"
	} else if p.currency != "" {
		r.Currency = p.currency
	}
	if p.riskless {
		r.Risk = ""
	}
	return r
}

// errFailed is the processor's own failure.
var errFailed = fault.New(fault.Unknown, "the processor failed")

// Fault is what one call meets.
type Fault uint8

// The faults.
const (
	FaultNone Fault = iota
	// LostAnswer and LostRequest: an error that says nothing, after it was done
	// or with nothing done.
	LostAnswer
	LostRequest
	// Failed and FailedAfter: the processor says that it failed.
	Failed
	FailedAfter
	// Busy: too many requests.
	Busy
	// Altered and OtherCurrency: the answer tells what was not done.
	Altered
	OtherCurrency
	// FraudDown: the fraud system does not answer.
	FraudDown
	// Lies: the answer says that it was done, and it was not.
	Lies
)

// planOf is what a fault makes of a call.
func planOf(f Fault) plan {
	p := plan{acts: true, act: Latency, answers: 1, answer: Latency}
	switch f {
	case LostAnswer:
		p.instead = errEnded
	case LostRequest:
		p.acts, p.instead = false, errEnded
	case Failed:
		p.acts, p.instead, p.saved = false, errFailed, true
	case FailedAfter:
		p.instead = errFailed
	case Busy:
		p.acts, p.instead = false, fault.New(fault.Unavailable, "too many requests")
	case Altered:
		p.minor = -1
	case OtherCurrency:
		p.currency = "EUR"
	case FraudDown:
		p.riskless = true
	case FaultNone, Lies:
	}
	return p
}

// errEnded leaves open whether anything happened.
var errEnded = fault.New(fault.Unknown, "the processor ended the connection")

// Lose makes the next call of an operation end without a proper answer, after
// it was done or with nothing done. Conformance suites use it.
func (p *Processor) Lose(op string, done bool) {
	p.Meet(op, LostRequest)
	if done {
		p.Meet(op, LostAnswer)
	}
}

// Meet has the next call of an operation meet a fault.
func (p *Processor) Meet(op string, f Fault) { p.lose[op] = f }

// plan draws a call's fate. It depends on seed, credential, operation and
// attempt, not on keys, which differ from run to run.
func (p *Processor) plan(op string, r wire.PaymentParams) plan {
	clean := plan{acts: true, act: Latency, answers: 1, answer: Latency}
	if f, meets := p.lose[op]; meets {
		delete(p.lose, op)
		return planOf(f)
	}
	if !p.opt.Faults && len(p.opt.On) == 0 {
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
	if named := p.named(op, x/100); len(p.opt.On) > 0 {
		return named
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
