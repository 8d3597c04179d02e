package processor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

// decide says what a new request leads to. A movement without an Op is a deed
// that was done already, such as the void of a void hold.
func (p *Processor) decide(op string, r wire.PaymentParams) (*movement, error) {
	switch op {
	case Authorize:
		return p.authorize(r)
	case Capture:
		return p.capture(r)
	case Void:
		return p.void(r)
	case Refund:
		return p.refund(r)
	case Increase:
		return p.increase(r)
	default:
		return nil, fault.Errorf(fault.Invalid, "%q is no operation", op)
	}
}

func (p *Processor) authorize(r wire.PaymentParams) (*movement, error) {
	if err := checkAmount(r); err != nil {
		return nil, err
	}
	if r.Token == "" {
		return nil, fault.New(fault.Invalid, "an authorisation needs a token")
	}
	if slices.Contains(p.opt.Refused, r.Token) {
		return nil, fault.New(fault.Refused, "the token stands for no card")
	}
	if p.declines(r.Token) {
		return nil, fault.New(fault.Refused, "the issuer declined")
	}
	if c, special := cards[r.Token]; special && c.refused != "" {
		return nil, fault.New(fault.Refused, c.refused)
	}
	m := p.movement(Authorize, r, r.Token, "")
	p.describeHold(m, p.now(), time.Duration(can(r).HoldUS)*time.Microsecond)
	return m, nil
}

// card is what a token of its own stands for.
type card struct{ funding, risk, refused string }

// cards are tokens that stand for special cards, for tests and demonstrations.
var cards = map[string]card{
	"card-unknown": {refused: "there is no such card"}, "card-expired": {refused: "the card's time is over"},
	"card-fraud": {refused: "suspected fraud"}, "card-declined": {refused: "the issuer declined"},
	"card-elevated": {risk: "elevated"}, "card-credit": {funding: "credit"}, "card-debit": {funding: "debit"},
	"card-prepaid": {funding: "prepaid"}, "card-gift": {funding: "gift"}, "card-ebt": {funding: "ebt"},
}

// increase raises a hold to a new total. The answer names the hold; the ledger
// has a line of its own.
func (p *Processor) increase(r wire.PaymentParams) (*movement, error) {
	if err := checkAmount(r); err != nil {
		return nil, err
	}
	hold, err := p.find(r.Reference, Authorize)
	switch {
	case err != nil:
		return nil, err
	case can(r).NoIncrease:
		return nil, fault.New(fault.Unsupported, "this processor raises no holds")
	case r.Currency != hold.entry.Currency:
		return nil, fault.Errorf(fault.Invalid, "the hold is in %s, not %s", hold.entry.Currency, r.Currency)
	case r.Minor <= hold.minor:
		return nil, fault.Errorf(fault.Invalid, "%d is not more than the hold of %d", r.Minor, hold.minor)
	case hold.voided:
		return nil, fault.New(fault.Refused, "the hold is void")
	case hold.captured:
		return nil, fault.New(fault.Refused, "the hold is captured already")
	case p.now() > hold.expires:
		return nil, fault.New(fault.Refused, "the hold has lapsed")
	case hold.fixed:
		return nil, fault.New(fault.Refused, "the issuer holds no more")
	}
	m := p.movement(Increase, r, hold.entry.Credential, r.Reference)
	m.result.Reference, m.result.ExpiresUS = r.Reference, int64(hold.expires)
	return m, nil
}

func (p *Processor) capture(r wire.PaymentParams) (*movement, error) {
	if err := checkAmount(r); err != nil {
		return nil, err
	}
	hold, err := p.find(r.Reference, Authorize)
	switch {
	case err != nil:
		return nil, err
	case r.Currency != hold.entry.Currency:
		return nil, fault.Errorf(fault.Invalid, "the hold is in %s, not %s", hold.entry.Currency, r.Currency)
	case r.Minor > hold.minor+hold.minor/million*can(r).OverPPM+hold.minor%million*can(r).OverPPM/million:
		return nil, fault.Errorf(fault.Invalid, "%d is more than the hold of %d", r.Minor, hold.minor)
	case r.Minor < hold.minor && can(r).WholeCapture:
		return nil, fault.Errorf(fault.Invalid, "%d is less than the hold of %d", r.Minor, hold.minor)
	case hold.voided:
		return nil, fault.New(fault.Refused, "the hold is void")
	case hold.captured:
		return nil, fault.New(fault.Refused, "the hold is captured already")
	case p.now() > hold.expires:
		return nil, fault.New(fault.Refused, "the hold has lapsed")
	}
	return p.movement(Capture, r, hold.entry.Credential, r.Reference), nil
}

func (p *Processor) void(r wire.PaymentParams) (*movement, error) {
	hold, err := p.find(r.Reference, Authorize)
	switch {
	case err != nil:
		return nil, err
	case hold.captured:
		return nil, fault.New(fault.Refused, "the hold is captured: refund instead")
	case hold.voided:
		return &movement{original: p.onReference(Void, r.Reference)}, nil
	}
	m := p.movement(Void, r, hold.entry.Credential, r.Reference)
	// The ledger shows how much was released; the answer holds nothing.
	m.entry.Minor, m.entry.Currency = hold.minor, hold.entry.Currency
	m.result = wire.PaymentResult{}
	return m, nil
}

func (p *Processor) refund(r wire.PaymentParams) (*movement, error) {
	if err := checkAmount(r); err != nil {
		return nil, err
	}
	taken, err := p.find(r.Reference, Capture)
	switch {
	case err != nil:
		return nil, err
	case r.Currency != taken.entry.Currency:
		return nil, fault.Errorf(fault.Invalid, "the capture is in %s, not %s", taken.entry.Currency, r.Currency)
	case taken.charged:
		return nil, fault.New(fault.Refused, "the capture was charged back")
	case taken.failed != "":
		return nil, fault.Errorf(fault.Refused, "the capture failed: %s", taken.failed)
	case p.now() > taken.at.Add(cmp.Or(time.Duration(can(r).RefundUS)*time.Microsecond, RefundLife)):
		return nil, fault.New(fault.Refused, "the capture is too old")
	case r.Minor < taken.entry.Minor && can(r).WholeRefund:
		return nil, fault.Errorf(fault.Invalid, "%d is less than the capture of %d", r.Minor, taken.entry.Minor)
	case r.Minor > taken.entry.Minor-taken.refunded:
		return nil, fault.Errorf(fault.Invalid, "%d is more than the %d that is left of the capture", r.Minor, taken.entry.Minor-taken.refunded)
	}
	return p.movement(Refund, r, taken.entry.Credential, r.Reference), nil
}

func checkAmount(r wire.PaymentParams) error {
	if r.Minor <= 0 {
		return fault.Errorf(fault.Invalid, "amount %d is not positive", r.Minor)
	}
	if len(r.Currency) != 3 {
		return fault.Errorf(fault.Invalid, "%q is no currency", r.Currency)
	}
	return nil
}

func (p *Processor) find(reference, op string) (*movement, error) {
	m := p.byRef[reference]
	if m == nil || m.entry.Op != op {
		return nil, fault.Errorf(fault.Invalid, "there is no %s with reference %q", op, reference)
	}
	return m, nil
}

// movement is one that is about to happen.
func (p *Processor) movement(op string, r wire.PaymentParams, credential, parent string) *movement {
	e := Entry{
		Credential: credential, Key: r.Key, Op: op, Minor: r.Minor, Currency: r.Currency,
		At: p.tl.Now().Time().Format(time.RFC3339Nano), Reference: fmt.Sprintf("sim_%s_%06d", op, p.lines+1),
		Parent: parent, Session: r.Session,
	}
	return &movement{entry: e, result: wire.PaymentResult{Reference: e.Reference, Minor: e.Minor, Currency: e.Currency}}
}

// The states of a look-up, in the words of the wire.
const (
	Absent   = "absent"
	Done     = "done"
	Declined = "declined"
	Pending  = "pending"
)

// lookup says what became of a key or, without one, of an operation on a
// reference.
func (p *Processor) lookup(r wire.PaymentParams) (wire.PaymentResult, error) {
	m := p.byKey[r.Key]
	if can(r).Blind {
		m, r.Key = nil, ""
	}
	if r.Key == "" {
		m = p.onReference(r.Operation, r.Reference)
	}
	switch {
	case m == nil && r.Key != "" && p.underway[r.Key] > 0:
		return wire.PaymentResult{State: Pending}, nil
	case m == nil:
		return wire.PaymentResult{State: Absent}, nil
	case errors.Is(m.err, errFailed): // the failure is kept, and nothing happened
		return wire.PaymentResult{State: Absent}, nil
	case m.failed != "":
		return wire.PaymentResult{State: Declined, Message: m.failed}, nil
	case m.err != nil:
		return wire.PaymentResult{State: Declined, Message: m.err.Error()}, nil
	}
	if m.original != nil {
		m = m.original
	}
	found := m.result
	found.Reference, found.Minor, found.Currency, found.State = m.entry.Reference, m.entry.Minor, m.entry.Currency, Done
	if m.entry.Op == Increase {
		found.Reference = m.entry.Parent
	}
	return found, nil
}

func (p *Processor) onReference(op, reference string) *movement {
	if m := p.byRef[reference]; m != nil && m.entry.Op == op {
		return m
	}
	for _, m := range p.children[reference] {
		if m.entry.Op == op {
			return m
		}
	}
	return nil
}
