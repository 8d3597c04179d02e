package wired

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// dropAfter is how long a request may be on its way to the processor: later the
// connection is closed, and what is on its way is dropped with it.
const dropAfter = 10 * time.Second

// cards is the payment plugin's driver: it sends requests over a network that
// loses, repeats and delays them, and says what it heard.
type cards struct {
	w    *world
	dice *rand.Rand // the world's lock guards it
}

var _ payment.Processor = (*cards)(nil)
var _ payment.Increaser = (*cards)(nil)
var _ payment.Notifier = (*cards)(nil)

// call sends a request and waits for the reply, or for ctx.
func (c *cards) call(ctx context.Context, r processor.Request) (processor.Reply, error) {
	w := c.w
	replies := make(chan processor.Reply, 1)
	w.mu.Lock()
	w.books.calls++
	switch {
	case w.faults.offline.After(time.Now()):
		w.tookFor(offline, r.Session)
		if c.dice.IntN(2) == 0 {
			w.mu.Unlock()
			return processor.Reply{}, fault.New(fault.Unavailable, "no route")
		}
	case w.hit(requestLost):
		w.tookFor(requestLost, r.Session)
	default:
		c.send(r, replies)
	}
	if w.hit(crashMidCall) {
		w.tookFor(crashMidCall, r.Session)
		after := between(c.dice, 0, 300*time.Millisecond)
		w.work.Go(func() {
			time.Sleep(after)
			w.machines[pluginCards].Crash(errCrashed)
		})
	}
	w.mu.Unlock()
	select {
	case rep := <-replies:
		return rep, nil
	case <-ctx.Done():
		return processor.Reply{}, fault.Wrap(fault.Unknown, "no reply from the processor", ctx.Err())
	}
}

// send puts a request on its way. The world's lock is held.
func (c *cards) send(r processor.Request, replies chan<- processor.Reply) {
	w := c.w
	latency := between(c.dice, 10*time.Millisecond, 60*time.Millisecond)
	if w.hit(slowCall) {
		w.tookFor(slowCall, r.Session)
		latency += between(c.dice, 4*time.Second, 15*time.Second)
	}
	if latency < dropAfter {
		w.work.Go(func() {
			time.Sleep(latency)
			c.arrive(r, replies)
		})
	}
	if w.hit(requestTwice) { // the network delivers it twice
		late := latency + between(c.dice, 0, 20*time.Second)
		w.work.Go(func() {
			time.Sleep(late)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.tookFor(requestTwice, r.Session)
			w.other = true
			w.processor.Do(time.Now().UnixNano(), r, processor.Fine)
			w.other = false
		})
	}
}

// arrive is the request reaching the processor.
func (c *cards) arrive(r processor.Request, replies chan<- processor.Reply) {
	w := c.w
	w.mu.Lock()
	if w.hit(noReply) {
		w.tookFor(noReply, r.Session)
		if c.dice.IntN(2) == 0 {
			w.processor.Do(time.Now().UnixNano(), r, processor.Fine)
		}
		w.mu.Unlock()
		return
	}
	trouble, kind := c.trouble(r)
	rep := w.processor.Do(time.Now().UnixNano(), r, trouble)
	if trouble != processor.Fine && rep.Status != processor.Done {
		w.tookFor(kind, r.Session)
	}
	w.tell("processor: %s %s %d under %.8s of %.8s: status %d found %d %s", r.Op, r.Of, r.Minor, r.Key, r.Session, rep.Status, rep.Found, rep.Message)
	took := between(c.dice, 90*time.Millisecond, 210*time.Millisecond)
	switch {
	case w.hit(replyLost):
		w.tookFor(replyLost, r.Session)
		w.mu.Unlock()
		return
	case w.hit(replyLate):
		w.tookFor(replyLate, r.Session)
		took = between(c.dice, dropAfter, 40*time.Second)
	}
	w.mu.Unlock()
	time.Sleep(took)
	replies <- rep
}

// trouble draws what goes wrong at the processor. The world's lock is held.
func (c *cards) trouble(r processor.Request) (processor.Trouble, kind) {
	w := c.w
	switch {
	case w.hit(busy):
		return processor.Overloaded, busy
	case w.hit(failed):
		return []processor.Trouble{processor.ErrorBefore, processor.ErrorAfter}[c.dice.IntN(2)], failed
	case r.Op == processor.Authorize && w.hit(declined):
		return processor.DeclinedNow, declined
	}
	return processor.Fine, 0
}

// heard turns a reply that is none into its error.
func heard(rep processor.Reply, err error) error {
	if err != nil {
		return err
	}
	switch rep.Status {
	case processor.Declined:
		return fault.New(fault.Refused, rep.Message)
	case processor.Busy:
		return fault.New(fault.Unavailable, rep.Message)
	case processor.Failed:
		return fault.New(fault.Unknown, rep.Message)
	case processor.Invalid:
		return fault.New(fault.Invalid, rep.Message)
	case processor.Unsupported:
		return fault.New(fault.Unsupported, rep.Message)
	case processor.Done:
	}
	return nil
}

func moneyOf(rep processor.Reply) money.Amount {
	if rep.Currency == "" {
		return money.Amount{}
	}
	return money.New(rep.Minor, money.Currency(rep.Currency))
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

func (c *cards) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	rep, err := c.call(ctx, processor.Request{Op: processor.Authorize, Key: r.Key, Session: r.Session, Token: r.Token, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency)})
	if err := heard(rep, err); err != nil {
		return payment.Authorization{}, err
	}
	a := payment.Authorization{Reference: rep.Reference, Amount: moneyOf(rep), Expires: timeOf(rep.Expires), Network: rep.Brand, Brand: rep.Brand, Last4: rep.Last4, Funding: payment.FundingCredit}
	if rep.Funding == "debit" {
		a.Funding = payment.FundingDebit
	}
	return a, nil
}

// Increase raises a hold (payment.Increaser).
func (c *cards) Increase(ctx context.Context, r payment.IncreaseRequest) (payment.Authorization, error) {
	rep, err := c.call(ctx, processor.Request{Op: processor.Increase, Key: r.Key, Session: r.Session, Reference: r.Reference, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency)})
	return payment.Authorization{Reference: rep.Reference, Amount: moneyOf(rep), Expires: timeOf(rep.Expires)}, heard(rep, err)
}

func (c *cards) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	rep, err := c.call(ctx, processor.Request{Op: processor.Capture, Key: r.Key, Session: r.Session, Reference: r.Reference, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency)})
	return payment.Capture{Reference: rep.Reference, Amount: moneyOf(rep)}, heard(rep, err)
}

func (c *cards) Void(ctx context.Context, r payment.VoidRequest) error {
	rep, err := c.call(ctx, processor.Request{Op: processor.Void, Key: r.Key, Session: r.Session, Reference: r.Reference})
	return heard(rep, err)
}

func (c *cards) Refund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	rep, err := c.call(ctx, processor.Request{Op: processor.Refund, Key: r.Key, Session: r.Session, Reference: r.Reference, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency)})
	return payment.Refund{Reference: rep.Reference, Amount: moneyOf(rep)}, heard(rep, err)
}

var lookedFor = map[payment.Operation]processor.Op{
	payment.OperationAuthorize: processor.Authorize, payment.OperationCapture: processor.Capture, payment.OperationVoid: processor.Void,
	payment.OperationRefund: processor.Refund, payment.OperationIncrease: processor.Increase,
}

func (c *cards) Lookup(ctx context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	rep, err := c.call(ctx, processor.Request{Op: processor.Lookup, Of: lookedFor[r.Operation], Key: r.Key, Reference: r.Reference})
	if err := heard(rep, err); err != nil {
		return payment.Outcome{}, err
	}
	switch rep.Found {
	case processor.Absent:
		return payment.Outcome{State: payment.StateAbsent}, nil
	case processor.FoundDeclined:
		return payment.Outcome{State: payment.StateDeclined, Message: rep.Message}, nil
	case processor.FoundPending:
		return payment.Outcome{State: payment.StatePending}, nil
	case processor.FoundDone:
	}
	return payment.Outcome{State: payment.StateDone, Reference: rep.Reference, Amount: moneyOf(rep), Expires: timeOf(rep.Expires)}, nil
}

// said is a notice of the processor's, until the host has it.
type said struct {
	payment.Notice
	times int // to say it
}

// noticeEvery is how often the processor says what the host has not taken.
const noticeEvery = 3 * time.Second

// Notices says what the processor says (payment.Notifier), now and then twice
// and out of order.
func (c *cards) Notices(ctx context.Context, report func(context.Context, payment.Notice) error) error {
	w := c.w
	for {
		w.mu.Lock()
		list := append([]*said(nil), w.notices...)
		if len(list) > 0 && w.hit(noticesRepeated) {
			w.took(noticesRepeated)
			c.dice.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			list[0].times++
		}
		away := w.faults.offline.After(time.Now())
		w.mu.Unlock()
		for _, n := range list {
			if away || report(ctx, n.Notice) != nil {
				break
			}
			w.mu.Lock()
			n.times--
			kept := w.notices[:0]
			for _, o := range w.notices {
				if o.times > 0 {
					kept = append(kept, o)
				}
			}
			w.notices = kept
			w.mu.Unlock()
		}
		t := time.NewTimer(noticeEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

var noticeKinds = map[string]payment.NoticeKind{
	"captured": payment.NoticeCaptured, "voided": payment.NoticeVoided, "hold_expired": payment.NoticeHoldExpired, "refunded": payment.NoticeRefunded,
	"capture_failed": payment.NoticeCaptureFailed, "chargeback": payment.NoticeChargeback,
}

// listen joins the processor to the witness and to the plugin.
func (w *world) listen() {
	w.processor.Asked = func(now int64, r processor.Request) {
		w.witness.Asked(witness.Request{At: timeOf(now), Op: string(r.Op), Of: string(r.Of), Key: r.Key, Token: r.Token, Reference: r.Reference,
			Session: r.Session, Minor: r.Minor, Currency: r.Currency, Other: w.other})
	}
	w.processor.Entered = func(e processor.Entry) {
		w.witness.Moved(witness.Movement{At: timeOf(e.At), Op: string(e.Op), Key: e.Key, Session: e.Session, Token: e.Token, Reference: e.Reference,
			Parent: e.Parent, Minor: e.Minor, Currency: e.Currency, Expires: timeOf(e.Expires), MultipleCapture: w.processor.Caps.MultipleCapture, Other: w.other})
	}
	w.processor.Noticed = func(n processor.Notice) {
		w.notices = append(w.notices, &said{times: 1, Notice: payment.Notice{ID: n.ID, Kind: noticeKinds[n.Kind], Key: n.Key, Reference: n.Reference,
			Amount: money.New(n.Minor, money.Currency(n.Currency)), At: timeOf(n.At)}})
	}
}
