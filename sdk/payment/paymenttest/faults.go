package paymenttest

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/payment"
)

// Faults is what a vendor's harness may do to the processor under test, by
// another way than the plugin: the knobs of a sandbox, or of a double that keeps
// state. Each method is false where the harness can't do that; the case is
// skipped then, with the reason.
type Faults interface {
	// Next has the next call of an operation meet a fault.
	Next(t testing.TB, o payment.Operation, f Fault) bool
	// Happen has something happen to a hold, capture or refund by itself.
	Happen(t testing.TB, e Event, reference string) bool
	// Pass has the processor's clock go on.
	Pass(t testing.TB, d time.Duration) bool
}

// Fault is what a call meets.
type Fault uint8

// The faults.
const (
	// LostAnswer: it happens, and the answer is lost.
	LostAnswer Fault = iota + 1
	// LostRequest: nothing happens, and nobody is told.
	LostRequest
	// ServerError: nothing happens, and the processor answers that it failed.
	ServerError
	// ServerErrorAfter: it happens, and the processor answers that it failed.
	ServerErrorAfter
	// RateLimited: nothing happens: too many requests.
	RateLimited
	// Altered: it happens, and the answer tells another amount.
	Altered
	// OtherCurrency: it happens, and the answer tells another currency.
	OtherCurrency
	// FraudDown: the processor's fraud system does not answer; a hold is placed
	// without its word.
	FraudDown
)

func (f Fault) String() string {
	if f > FraudDown {
		f = 0
	}
	return [...]string{"none", "a lost answer", "a lost request", "a server error", "a server error after the effect", "a rate limit",
		"an altered amount", "another currency", "a fraud system that is down"}[f]
}

// Event is what happens at a processor by itself.
type Event uint8

// The events.
const (
	// HoldLapses: a hold's time is over.
	HoldLapses Event = iota + 1
	// CaptureFails: a capture that was accepted fails after all.
	CaptureFails
	// RefundFails: a refund that was accepted fails after all.
	RefundFails
	// ChargedBack: the shopper has a capture taken back.
	ChargedBack
	// AdjustmentsDeclined: increases of a hold are declined from now on.
	AdjustmentsDeclined
	// SaidTwice: the processor says again what it last said of something.
	SaidTwice
)

func (e Event) String() string {
	if e > SaidTwice {
		e = 0
	}
	return [...]string{"nothing", "a hold that lapses", "a capture that fails later", "a refund that fails later", "a chargeback",
		"a declined adjustment", "a notice said twice"}[e]
}

// Trait is what a token of the harness stands for.
type Trait string

// The traits.
const (
	TraitUnknown      Trait = "unknown"  // no such token
	TraitExpired      Trait = "expired"  // the card's time is over
	TraitFraud        Trait = "fraud"    // declined for fraud, or denied by Risk
	TraitLowRisk      Trait = "low risk" // Risk says low
	TraitElevatedRisk Trait = "elevated risk"
	TraitCredit       Trait = "credit"
	TraitDebit        Trait = "debit"
	TraitPrepaid      Trait = "prepaid"
	TraitGift         Trait = "gift"
	TraitEBT          Trait = "ebt"
)

// oldFaults makes Faults of the two functions of a simple harness.
type oldFaults struct{ h Harness }

func (o oldFaults) Next(t testing.TB, op payment.Operation, f Fault) bool {
	switch {
	case f == LostAnswer && o.h.LoseAnswer != nil:
		o.h.LoseAnswer(t, op)
	case f == LostRequest && o.h.LoseRequest != nil:
		o.h.LoseRequest(t, op)
	default:
		return false
	}
	return true
}

func (oldFaults) Happen(testing.TB, Event, string) bool { return false }
func (oldFaults) Pass(testing.TB, time.Duration) bool   { return false }

func (h Harness) faults() Faults {
	if h.Faults != nil {
		return h.Faults
	}
	return oldFaults{h}
}

// next has the next call meet a fault, or skips the case.
func (b *bench) next(t testing.TB, o payment.Operation, f Fault) {
	t.Helper()
	if !b.h.faults().Next(t, o, f) {
		t.Skipf("the harness can't make %v of %v", f, o)
	}
}

// happen has something happen, or skips the case.
func (b *bench) happen(t testing.TB, e Event, reference string) {
	t.Helper()
	if !b.h.faults().Happen(t, e, reference) {
		t.Skipf("the harness can't make %v", e)
	}
}

// token gives a token of a trait, or skips the case.
func (b *bench) token(t testing.TB, trait Trait) string {
	t.Helper()
	token := b.h.Tokens[trait]
	if token == "" {
		t.Skipf("the harness has no token that is %s", trait)
	}
	return token
}
