package paymenttest

import (
	"context"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

// Loss is what happens to one call.
type Loss uint8

// The losses.
const (
	// LossNone: it works.
	LossNone Loss = iota
	// LossAnswer: it happens, and the answer is lost.
	LossAnswer
	// LossRequest: nothing happens, and nobody knows.
	LossRequest
	// LossUnavailable: nothing happens, and the caller is told so.
	LossUnavailable
	// LossHang: it happens, and no answer comes until the caller gives up.
	LossHang
	// LossError: nothing happens, and the processor says that it failed; it says
	// so ever after where Can.SavesErrors.
	LossError
	// LossErrorAfter: it happens, and the processor says that it failed.
	LossErrorAfter
	// LossAltered and LossCurrency: it happens, and the answer tells another
	// amount or currency.
	LossAltered
	LossCurrency
	// LossFraud: it works, without the word of the fraud system.
	LossFraud
)

// lossOf are the losses that faults are to the fake.
var lossOf = map[Fault]Loss{
	LostAnswer: LossAnswer, LostRequest: LossRequest, ServerError: LossError, ServerErrorAfter: LossErrorAfter,
	RateLimited: LossUnavailable, Altered: LossAltered, OtherCurrency: LossCurrency, FraudDown: LossFraud,
}

// Lose says what happens to the next calls of an operation.
func (f *Fake) Lose(o payment.Operation, losses ...Loss) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.losses[o] = append(f.losses[o], losses...)
}

// lossFor takes the next loss of an operation. The lock is held.
func (f *Fake) lossFor(o payment.Operation) Loss {
	l := f.losses[o]
	if len(l) == 0 {
		return LossNone
	}
	f.losses[o] = l[1:]
	return l[0]
}

// move carries out one movement under its key, once.
func (f *Fake) move(ctx context.Context, o payment.Operation, key string, request any, do func() (*record, error)) (*record, Loss, error) {
	f.mu.Lock()
	loss := f.lossFor(o)
	rec, err := f.settle(loss, o, key, request, do)
	f.mu.Unlock()
	switch loss {
	case LossNone, LossFraud:
		return rec, loss, err
	case LossUnavailable:
		code := fault.Unavailable
		if f.broken.limitUnknown {
			code = fault.Unknown
		}
		return nil, loss, fault.New(code, "the line is busy")
	case LossAltered, LossCurrency:
		return f.altered(rec, loss), loss, err
	case LossHang:
		<-ctx.Done()
	case LossError, LossErrorAfter:
		if f.broken.errorDeclines {
			return nil, loss, fault.New(fault.Refused, "declined")
		}
	case LossAnswer, LossRequest:
	}
	return nil, loss, fault.New(fault.Unknown, "no answer")
}

// altered is what an answer tells that is not what happened.
func (f *Fake) altered(rec *record, loss Loss) *record {
	if rec == nil || f.broken.believes {
		return rec
	}
	other := *rec
	switch {
	case loss == LossAltered:
		other.amount.Minor--
	case other.amount.Currency == "USD":
		other.amount.Currency = "EUR"
	default:
		other.amount.Currency = "USD"
	}
	return &other
}

// settle answers from the record of the key, or makes one.
func (f *Fake) settle(loss Loss, o payment.Operation, key string, request any, do func() (*record, error)) (*record, error) {
	switch {
	case loss == LossRequest, loss == LossUnavailable && !f.broken.limitActs:
		return nil, nil //nolint:nilnil // the caller is told something else
	case loss == LossError && !f.broken.errorActs:
		if f.Can.SavesErrors {
			f.keys[key] = &record{request: request, operation: o, declined: fault.New(fault.Unknown, "the processor failed")}
		}
		return nil, nil //nolint:nilnil // as above
	}
	if rec := f.keys[key]; rec != nil && !f.broken.freshEveryTime {
		if rec.request != request && !f.broken.ignoresRequest {
			return nil, fault.New(fault.Invalid, "the key stands for another request")
		}
		return rec, rec.declined
	}
	rec, err := do()
	if code := fault.CodeOf(err); code == fault.Refused {
		rec = &record{declined: err}
	} else if code != fault.None {
		return nil, err // nothing is recorded: the caller's mistake
	} else if !rec.again {
		f.ledger = append(f.ledger, Movement{key, o, rec.reference, rec.amount})
	}
	rec.request, rec.operation = request, o
	f.keys[key] = rec
	return rec, err
}
