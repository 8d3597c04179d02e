package dispatch

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// local is a clock that may be off from this machine's, by which plugins speak.
type local interface{ Local(t time.Time) time.Time }

// call makes the call that an ask asks for. Where a movement may have been sent
// by a host that stopped since, an error speaks of the repeat alone: what became
// of the first is not known.
func (d *Dispatcher) call(ctx context.Context, t task) event.Answer {
	ans := d.attempt(ctx, t)
	_, movement := movements[t.ask.Operation]
	if t.again && movement && ans.Outcome != event.OutcomeDone {
		ans.Outcome = event.OutcomeUnknown
	}
	if c, ok := d.opt.Clock.(local); ok && ans.Expires != nil {
		at := c.Local(*ans.Expires)
		ans.Expires = &at
	}
	return ans
}

// attempt makes the call and says what came of it.
func (d *Dispatcher) attempt(ctx context.Context, t task) event.Answer {
	a := t.ask
	if err := d.check(t); err != nil {
		return answer(a, err)
	}
	f, err := d.deed(a)
	if err != nil {
		return answer(a, err)
	}
	hang, cancel := context.WithTimeout(ctx, d.opt.patient(HangWithin))
	defer cancel()
	// While it is away only the device, or time, can bring the ask back.
	e := errand{work: d.opt.Work}
	stop := d.opt.Clock.AfterFunc(d.opt.Clock.Now().Add(d.opt.patient(within(a.Operation))), func() {
		e.back()
		cancel()
	})
	e.leave()
	ans := event.Answer{ID: a.ID, Outcome: event.OutcomeDone}
	err = guarded(func() error { return f(hang, &ans) })
	stop()
	e.back()
	if err != nil {
		d.tellPanic(a, err)
		return answer(a, err)
	}
	return ans
}

// tellPanic logs a panic in a plugin's method with the vendor's stack: the
// answer says only that the outcome is not known.
func (d *Dispatcher) tellPanic(a event.Ask, err error) {
	if stack := host.Stack(err); stack != "" {
		d.opt.Log.Error("the device's plugin panicked", "device", a.Device, "operation", a.Operation, "ask", a.ID,
			"err", err, "stack", stack)
	}
}

// errand is an ask that goes out and comes back once, by its answer or by its
// deadline.
type errand struct {
	work *clock.Work

	mu         sync.Mutex
	away, over bool
}

func (e *errand) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over {
		e.away = true
		e.work.Leave()
	}
}

func (e *errand) back() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	if e.away {
		e.away = false
		e.work.Back()
	}
}

// within is the deadline of an operation, on a usual machine.
func within(op event.Operation) time.Duration {
	if op == event.OpAdmit {
		return AdmitWithin
	}
	if !op.Money() {
		return ReaderWithin
	}
	return PaymentWithin
}

// check refuses what must not be sent. An admission that was perhaps sent
// before the host stopped may have let somebody in: that is not known.
func (d *Dispatcher) check(t task) error {
	a := t.ask
	if a.Operation == event.OpEnrol && !d.opt.Clock.Now().Before(*a.Expires) {
		return fault.New(fault.Refused, "the enrolment ended before it could be sent")
	}
	if a.Operation != event.OpAdmit {
		return nil
	}
	d.mu.Lock()
	closed := d.closed
	d.mu.Unlock()
	if closed != "" {
		return fault.Errorf(fault.Refused, "the entry is closed: %s", closed)
	}
	switch {
	case a.Expires != nil && d.opt.Clock.Now().Before(*a.Expires):
		return nil
	case t.again:
		return fault.New(fault.Unknown, "the admission ended while the host was down")
	}
	return fault.New(fault.Refused, "the admission ended before it could be sent")
}

// guarded is f, with a panic of the client turned into an outcome that is not
// known.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Errorf(fault.Internal, "the call panicked: %v", r)
		}
	}()
	return f()
}

// deed finds the device of an ask and what to do with it. The deed fills in
// what the answer says beyond that it was done.
func (d *Dispatcher) deed(a event.Ask) (func(context.Context, *event.Answer) error, error) {
	if a.Operation == event.OpAdmit {
		g, err := d.opt.Devices.Gate(a.Device)
		if err != nil {
			return nil, notOpen(err)
		}
		return func(ctx context.Context, _ *event.Answer) error {
			return g.Admit(ctx, gate.Admission{Session: a.Admission, Bodies: a.Bodies, Expires: *a.Expires})
		}, nil
	}
	if !a.Operation.Money() {
		return d.ofReader(a)
	}
	p, err := d.opt.Devices.Payment(a.Device)
	if err != nil { // one that the store file no longer has may be there again: money does not give up
		return nil, fault.Wrap(fault.Unavailable, "find the processor", err)
	}
	if a.Amount == nil && moves(a.Operation) {
		return nil, fault.Errorf(fault.Invalid, "an ask to %s names no amount", a.Operation)
	}
	switch a.Operation {
	case event.OpAuthorize:
		return authorize(p, a), nil
	case event.OpCapture:
		return capture(p, a), nil
	case event.OpVoid:
		return func(ctx context.Context, _ *event.Answer) error {
			return p.Void(ctx, payment.VoidRequest{Key: a.Key, Session: a.Session, Reference: a.Reference})
		}, nil
	case event.OpRefund:
		return refund(p, a), nil
	case event.OpIncrease:
		return increase(p, a), nil
	case event.OpLookup:
		return lookup(p, a)
	case event.OpAdmit, event.OpEnrol, event.OpForget:
	}
	return nil, fault.Errorf(fault.Unsupported, "nothing is known of how to %s", a.Operation)
}

// moves reports whether an operation is of an amount.
func moves(op event.Operation) bool {
	switch op {
	case event.OpAuthorize, event.OpIncrease, event.OpCapture, event.OpRefund:
		return true
	case event.OpAdmit, event.OpVoid, event.OpLookup, event.OpEnrol, event.OpForget:
	}
	return false
}

// notOpen is the error of a device that can't be called: whatever it says,
// nothing has left.
func notOpen(err error) error {
	if code := fault.CodeOf(err); code.NothingHappened() {
		return err
	}
	return fault.Wrap(fault.Unavailable, "find the device", err)
}

func authorize(p payment.Processor, a event.Ask) func(context.Context, *event.Answer) error {
	return func(ctx context.Context, ans *event.Answer) error {
		r, err := p.Authorize(ctx, payment.AuthorizeRequest{Key: a.Key, Session: a.Session, Token: a.Token, Amount: *a.Amount})
		if err != nil {
			return err
		}
		ans.Reference, ans.Amount, ans.Brand, ans.Last4 = r.Reference, &r.Amount, r.Brand, r.Last4
		ans.Expires = known(r.Expires)
		ans.Network = r.Network
		if r.Funding != payment.FundingUnknown {
			ans.Funding = r.Funding.String()
		}
		if r.Risk.Level != payment.RiskUnknown {
			ans.Risk, ans.RiskReason = r.Risk.Level.String(), bound(r.Risk.Message)
		}
		return nil
	}
}

func increase(p payment.Increaser, a event.Ask) func(context.Context, *event.Answer) error {
	return func(ctx context.Context, ans *event.Answer) error {
		r, err := p.Increase(ctx, payment.IncreaseRequest{Key: a.Key, Session: a.Session, Reference: a.Reference, Amount: *a.Amount})
		if err != nil {
			return err
		}
		ans.Reference, ans.Amount, ans.Expires = r.Reference, &r.Amount, known(r.Expires)
		return nil
	}
}

func capture(p payment.Processor, a event.Ask) func(context.Context, *event.Answer) error {
	return func(ctx context.Context, ans *event.Answer) error {
		r, err := p.Capture(ctx, payment.CaptureRequest{Key: a.Key, Session: a.Session, Reference: a.Reference, Amount: *a.Amount})
		if err != nil {
			return err
		}
		ans.Reference, ans.Amount = r.Reference, &r.Amount
		return nil
	}
}

func refund(p payment.Processor, a event.Ask) func(context.Context, *event.Answer) error {
	return func(ctx context.Context, ans *event.Answer) error {
		r, err := p.Refund(ctx, payment.RefundRequest{Key: a.Key, Session: a.Session, Reference: a.Reference, Amount: *a.Amount})
		if err != nil {
			return err
		}
		ans.Reference, ans.Amount = r.Reference, &r.Amount
		return nil
	}
}

// movements are the operations that can be looked up.
var movements = map[event.Operation]payment.Operation{
	event.OpAuthorize: payment.OperationAuthorize, event.OpCapture: payment.OperationCapture,
	event.OpVoid: payment.OperationVoid, event.OpRefund: payment.OperationRefund, event.OpIncrease: payment.OperationIncrease,
}

func lookup(p payment.Processor, a event.Ask) (func(context.Context, *event.Answer) error, error) {
	op, ok := movements[a.Of]
	if !ok {
		return nil, fault.Errorf(fault.Invalid, "a movement of kind %q can't be looked up", a.Of)
	}
	q := payment.LookupRequest{Key: a.Key, Operation: op, Reference: a.Reference}
	if a.Since != nil {
		q.Since = *a.Since
	}
	return func(ctx context.Context, ans *event.Answer) error {
		o, err := p.Lookup(ctx, q)
		if err != nil {
			return err
		}
		return found(ans, o)
	}, nil
}

// found says what a look-up found.
func found(ans *event.Answer, o payment.Outcome) error {
	switch o.State {
	case payment.StateAbsent:
		ans.Found = event.FoundNothing
	case payment.StateDone:
		ans.Found, ans.Reference, ans.Expires = event.FoundDone, o.Reference, known(o.Expires)
		if o.Amount != (money.Amount{}) {
			amount := o.Amount
			ans.Amount = &amount
		}
	case payment.StateDeclined:
		ans.Found, ans.Message = event.FoundDeclined, bound(o.Message)
	case payment.StatePending:
		ans.Found = event.FoundPending
	case payment.StateUnknown:
		return fault.New(fault.Unknown, "the processor does not say what became of it")
	default:
		return fault.Errorf(fault.Unknown, "the processor answers with a state %d that nobody knows", o.State)
	}
	return nil
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Round(0)
	return &t
}

// answer is what an error says of an ask.
func answer(a event.Ask, err error) event.Answer {
	code := fault.CodeOf(err)
	return event.Answer{ID: a.ID, Outcome: outcome(code), Code: code, Message: bound(err.Error())}
}

// outcome is what a fault code means for an ask: did it happen?
func outcome(c fault.Code) event.Outcome {
	switch c {
	case fault.Refused, fault.Invalid, fault.Unsupported:
		return event.OutcomeRefused
	case fault.Unavailable:
		return event.OutcomeUnavailable
	case fault.None, fault.Unknown, fault.Internal:
	}
	return event.OutcomeUnknown
}

// bound cuts a text to what an answer may hold.
func bound(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	s = s[:maxMessage]
	for len(s) > 0 {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return fmt.Sprintf("%s…", s)
}
