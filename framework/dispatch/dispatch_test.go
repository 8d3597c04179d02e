package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var morning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// world is devices that wait in every call until they are told the outcome.
type world struct {
	mu      sync.Mutex
	calls   []string
	now     int // calls under way
	most    int
	arrived chan string
	let     map[string]chan error
	hold    bool
	result  any
	absent  error
}

func newWorld() *world { return &world{arrived: make(chan string, 1000), let: map[string]chan error{}} }

func (w *world) gate(name string) chan error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.let[name] == nil {
		w.let[name] = make(chan error, 1)
	}
	return w.let[name]
}

func (w *world) call(ctx context.Context, name string) error {
	let := w.gate(name)
	w.mu.Lock()
	w.calls = append(w.calls, name)
	w.now++
	w.most = max(w.most, w.now)
	hold := w.hold
	w.mu.Unlock()
	w.arrived <- name
	defer func() { w.mu.Lock(); w.now--; w.mu.Unlock() }()
	if !hold {
		select {
		case err := <-let:
			return err
		default:
			return nil
		}
	}
	select {
	case err := <-let:
		return err
	case <-ctx.Done():
		return fault.Wrap(fault.Unknown, "call", ctx.Err())
	}
}

func (w *world) Gate(string) (Gate, error)       { return w, w.absent }
func (w *world) Payment(string) (Payment, error) { return w, w.absent }

func (w *world) Reader(string) (Reader, bool, error) {
	return nil, false, fault.New(fault.Invalid, "there is no reader")
}

func (w *world) Admit(ctx context.Context, a gate.Admission) error {
	return w.call(ctx, "admit "+a.Session)
}

func (w *world) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	a, _ := w.result.(payment.Authorization)
	return a, w.call(ctx, "authorize "+r.Session)
}

func (w *world) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	if r.Reference == "panic" {
		panic("a client's defect")
	}
	return payment.Capture{Reference: "cap", Amount: r.Amount}, w.call(ctx, "capture "+r.Session)
}

func (w *world) Increase(ctx context.Context, r payment.IncreaseRequest) (payment.Authorization, error) {
	return payment.Authorization{Reference: r.Reference, Amount: r.Amount, Expires: morning}, w.call(ctx, "increase "+r.Session)
}

func (w *world) Void(ctx context.Context, r payment.VoidRequest) error {
	return w.call(ctx, "void "+r.Session)
}

func (w *world) Refund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	return payment.Refund{Reference: "ref", Amount: r.Amount}, w.call(ctx, "refund "+r.Session)
}

func (w *world) Lookup(ctx context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	o, _ := w.result.(payment.Outcome)
	return o, w.call(ctx, "lookup "+r.Operation.String()+" "+r.Key)
}

// rig is a dispatcher at work.
type rig struct {
	*Dispatcher
	world   *world
	clock   *clock.Manual
	work    *clock.Work
	answers chan event.Answer
	stop    func()
}

func newRig(t *testing.T, w *world) *rig {
	r := newRigOf(t, w)
	r.world = w
	return r
}

func newRigOf(t *testing.T, w Directory) *rig {
	r := &rig{clock: clock.NewManual(morning), work: &clock.Work{}, answers: make(chan event.Answer, 1000)}
	r.Dispatcher = New(Options{Devices: w, Clock: r.clock, Work: r.work, Answer: func(_ context.Context, a event.Answer) error { r.answers <- a; return nil }})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	r.stop = func() { cancel(); <-done }
	t.Cleanup(r.stop)
	return r
}

func euros(minor int64) *money.Amount { a := money.New(minor, "EUR"); return &a }

func pay(op event.Operation, session string) event.Ask {
	return event.Ask{ID: string(op) + "/" + session, Operation: op, Device: "payment.cards", Session: session, Key: "key-" + session,
		Token: "tok", Reference: "hold", Amount: euros(1500)}
}

func admit(session string) event.Ask {
	expires := morning.Add(20 * time.Second)
	return event.Ask{ID: "admit/" + session, Operation: event.OpAdmit, Device: "gate.north", Session: session, Admission: session, Bodies: 1, Expires: &expires}
}

func TestOutcomes(t *testing.T) {
	for code, want := range map[fault.Code]event.Outcome{
		fault.Invalid: event.OutcomeRefused, fault.Refused: event.OutcomeRefused, fault.Unsupported: event.OutcomeRefused,
		fault.Unavailable: event.OutcomeUnavailable, fault.Unknown: event.OutcomeUnknown, fault.Internal: event.OutcomeUnknown,
	} {
		for _, a := range []event.Ask{admit("s"), pay(event.OpAuthorize, "s"), pay(event.OpCapture, "s"), pay(event.OpVoid, "s"), pay(event.OpRefund, "s"), pay(event.OpIncrease, "s")} {
			w := newWorld()
			r := newRig(t, w)
			w.gate(strings.ReplaceAll(a.ID, "/", " ")) <- fault.New(code, "because")
			r.Send(a, false)
			got := <-r.answers
			if got.ID != a.ID || got.Outcome != want || got.Code != code || got.Message != "because" {
				t.Errorf("%s, %v: %+v", a.Operation, code, got)
			}
			r.stop()
		}
	}
	if got := outcome(fault.CodeOf(errors.New("no code"))); got != event.OutcomeUnknown {
		t.Errorf("an error that nobody knows: %s", got)
	}
}

func TestAnswersSayWhatWasDone(t *testing.T) {
	expires := morning.Add(time.Hour)
	lookup := pay(event.OpLookup, "s")
	lookup.Of, lookup.Amount = event.OpCapture, nil
	opened, raise, raised := morning, pay(event.OpIncrease, "s"), lookup
	raise.Reference, raised.Of = "pi", event.OpIncrease
	for name, c := range map[string]struct {
		ask    event.Ask
		result any
		want   event.Answer
	}{
		"admit": {admit("s"), nil, event.Answer{Outcome: event.OutcomeDone}},
		"authorize": {pay(event.OpAuthorize, "s"), payment.Authorization{Reference: "pi", Amount: *euros(1500), Expires: expires, Funding: payment.FundingDebit, Brand: "visa", Last4: "4242"},
			event.Answer{Outcome: event.OutcomeDone, Reference: "pi", Amount: euros(1500), Expires: &expires, Funding: "debit", Brand: "visa", Last4: "4242"}},
		"what is known of the card": {pay(event.OpAuthorize, "s"), payment.Authorization{Reference: "pi", Amount: *euros(1500), Funding: payment.FundingEBT, Network: "visa",
			Risk: payment.Risk{Level: payment.RiskElevated, Message: "new card"}},
			event.Answer{Outcome: event.OutcomeDone, Reference: "pi", Amount: euros(1500), Funding: "ebt", Network: "visa", Risk: "elevated", RiskReason: "new card"}},
		"increase": {raise, nil, event.Answer{Outcome: event.OutcomeDone, Reference: "pi", Amount: euros(1500), Expires: &opened}},
		"raised": {raised, payment.Outcome{State: payment.StateDone, Reference: "pi", Amount: *euros(2000)},
			event.Answer{Outcome: event.OutcomeDone, Found: event.FoundDone, Reference: "pi", Amount: euros(2000)}},
		"capture": {pay(event.OpCapture, "s"), nil, event.Answer{Outcome: event.OutcomeDone, Reference: "cap", Amount: euros(1500)}},
		"void":    {pay(event.OpVoid, "s"), nil, event.Answer{Outcome: event.OutcomeDone}},
		"refund":  {pay(event.OpRefund, "s"), nil, event.Answer{Outcome: event.OutcomeDone, Reference: "ref", Amount: euros(1500)}},
		"found": {lookup, payment.Outcome{State: payment.StateDone, Reference: "cap", Amount: *euros(900)},
			event.Answer{Outcome: event.OutcomeDone, Found: event.FoundDone, Reference: "cap", Amount: euros(900)}},
		"absent":   {lookup, payment.Outcome{State: payment.StateAbsent}, event.Answer{Outcome: event.OutcomeDone, Found: event.FoundNothing}},
		"declined": {lookup, payment.Outcome{State: payment.StateDeclined, Message: "no funds"}, event.Answer{Outcome: event.OutcomeDone, Found: event.FoundDeclined, Message: "no funds"}},
		"pending":  {lookup, payment.Outcome{State: payment.StatePending}, event.Answer{Outcome: event.OutcomeDone, Found: event.FoundPending}},
		"silent": {lookup, payment.Outcome{}, event.Answer{Outcome: event.OutcomeUnknown, Code: fault.Unknown,
			Message: "the processor does not say what became of it"}},
	} {
		w := newWorld()
		w.result = c.result
		r := newRig(t, w)
		r.Send(c.ask, false)
		c.want.ID = c.ask.ID
		if d := cmp.Diff(c.want, <-r.answers); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		r.stop()
	}
}

func TestWhatCannotBeSent(t *testing.T) {
	late, never := admit("s"), pay(event.OpCapture, "s")
	past := morning
	late.Expires = &past
	never.Amount = nil
	odd := pay("dance", "s")
	blind := pay(event.OpLookup, "s")
	crash := pay(event.OpCapture, "s")
	crash.Reference = "panic"
	for name, c := range map[string]struct {
		ask    event.Ask
		again  bool
		absent error
		want   event.Outcome
		code   fault.Code
	}{
		"an admission that is over":                     {late, false, nil, event.OutcomeRefused, fault.Refused},
		"one that may have been sent by another host":   {late, true, nil, event.OutcomeUnknown, fault.Unknown},
		"a device that is not open":                     {admit("s"), false, fault.New(fault.Unavailable, "closed"), event.OutcomeUnavailable, fault.Unavailable},
		"a device that is not there":                    {pay(event.OpVoid, "s"), false, errors.New("no such"), event.OutcomeUnavailable, fault.Unavailable},
		"a processor that the store file no longer has": {pay(event.OpCapture, "s"), false, fault.New(fault.Invalid, "no such"), event.OutcomeUnavailable, fault.Unavailable},
		"a processor that is down, of a repeat":         {pay(event.OpCapture, "s"), true, fault.New(fault.Unavailable, "closed"), event.OutcomeUnknown, fault.Unavailable},
		"a gate that the store file no longer has":      {admit("s"), false, fault.New(fault.Invalid, "no such"), event.OutcomeRefused, fault.Invalid},
		"no amount":                      {never, false, nil, event.OutcomeRefused, fault.Invalid},
		"an operation that nobody knows": {odd, false, nil, event.OutcomeRefused, fault.Unsupported},
		"a look-up of nothing":           {blind, false, nil, event.OutcomeRefused, fault.Invalid},
		"a client that panics":           {crash, false, nil, event.OutcomeUnknown, fault.Internal},
	} {
		w := newWorld()
		w.absent = c.absent
		r := newRig(t, w)
		r.Send(c.ask, c.again)
		if got := <-r.answers; got.Outcome != c.want || got.Code != c.code {
			t.Errorf("%s: %+v", name, got)
		}
		r.stop()
		if len(w.calls) != 0 {
			t.Errorf("%s: called %v", name, w.calls)
		}
	}
}

// A movement that an earlier host may have sent is not over because its repeat
// is refused: it may be refused because the first was made.
func TestRefusedRepeatIsNotKnown(t *testing.T) {
	lookup := pay(event.OpLookup, "s")
	lookup.Of = event.OpCapture
	for _, c := range []struct {
		ask   event.Ask
		again bool
		want  event.Outcome
	}{
		{pay(event.OpCapture, "s"), false, event.OutcomeRefused},
		{pay(event.OpCapture, "s"), true, event.OutcomeUnknown},
		{pay(event.OpVoid, "s"), true, event.OutcomeUnknown},
		{lookup, true, event.OutcomeRefused},
		{admit("s"), true, event.OutcomeRefused},
	} {
		w := newWorld()
		for _, name := range []string{"capture s", "void s", "admit s", "lookup capture key-s"} {
			w.gate(name) <- fault.New(fault.Refused, "captured already")
		}
		r := newRig(t, w)
		r.Send(c.ask, c.again)
		if got := <-r.answers; got.Outcome != c.want || got.Code != fault.Refused {
			t.Errorf("%s again=%v: %+v", c.ask.Operation, c.again, got)
		}
		r.stop()
	}
}

func TestClosedEntryLetsNobodyIn(t *testing.T) {
	w := newWorld()
	r := newRig(t, w)
	r.CloseEntry("three panics")
	r.Send(admit("s"), false)
	if got := <-r.answers; got.Outcome != event.OutcomeRefused || !strings.Contains(got.Message, "three panics") {
		t.Errorf("%+v", got)
	}
	r.Send(pay(event.OpCapture, "s"), false)
	if got := <-r.answers; got.Outcome != event.OutcomeDone {
		t.Errorf("money still moves: %+v", got)
	}
}

// A gate gets one ask at a time, in order; a session's payments too.
func TestOneAtATime(t *testing.T) {
	w := newWorld()
	w.hold = true
	r := newRig(t, w)
	for n := range 3 {
		r.Send(admit(fmt.Sprint(n)), false)
	}
	for n := range 3 {
		if got := <-w.arrived; got != fmt.Sprint("admit ", n) {
			t.Fatalf("call %d is %s", n, got)
		}
		busy, away := quiet(t, r)
		if busy != 0 || away != 1 {
			t.Errorf("%d in hand, %d away", busy, away)
		}
		w.gate(fmt.Sprint("admit ", n)) <- nil
		<-r.answers
	}
	if w.most != 1 {
		t.Errorf("%d at once", w.most)
	}
	for _, op := range []event.Operation{event.OpAuthorize, event.OpCapture, event.OpVoid} {
		r.Send(pay(op, "s"), false)
	}
	for _, op := range []event.Operation{event.OpAuthorize, event.OpCapture, event.OpVoid} {
		name := string(op) + " s"
		if got := <-w.arrived; got != name {
			t.Fatalf("%s came before %s", got, name)
		}
		w.gate(name) <- nil
		<-r.answers
	}
	if w.most != 1 {
		t.Errorf("%d at once", w.most)
	}
}

func quiet(t *testing.T, r *rig) (busy, away int) {
	t.Helper()
	if _, err := r.work.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r.work.Now()
}

func TestPaymentsAtOnceAreBounded(t *testing.T) {
	w := newWorld()
	w.hold = true
	r := newRig(t, w)
	for n := range MaxPayments + 5 {
		r.Send(pay(event.OpAuthorize, fmt.Sprint(n)), false)
	}
	for range MaxPayments {
		<-w.arrived
	}
	if busy, away := quiet(t, r); busy != 0 || away != MaxPayments {
		t.Errorf("%d in hand, %d away", busy, away)
	}
	w.gate("authorize 0") <- nil
	<-r.answers
	if got := <-w.arrived; got != fmt.Sprint("authorize ", MaxPayments) {
		t.Errorf("next is %s", got)
	}
	for n := 1; n < MaxPayments+5; n++ {
		w.gate(fmt.Sprint("authorize ", n)) <- nil
	}
	for range MaxPayments + 4 {
		<-r.answers
	}
	if w.most != MaxPayments || r.InHand() != 0 {
		t.Errorf("%d at once, %d in hand at the end", w.most, r.InHand())
	}
	if busy, away := quiet(t, r); busy != 0 || away != 0 {
		t.Errorf("%d in hand, %d away at the end", busy, away)
	}
}

func TestDeadlineIsOnTheStoresClock(t *testing.T) {
	for op, limit := range map[event.Operation]time.Duration{event.OpAdmit: AdmitWithin, event.OpAuthorize: PaymentWithin} {
		w := newWorld()
		w.hold = true
		r := newRig(t, w)
		a := pay(op, "s")
		if op == event.OpAdmit {
			a = admit("s")
		}
		r.Send(a, false)
		<-w.arrived
		quiet(t, r)
		if at, ok := r.clock.Next(); !ok || !at.Equal(morning.Add(limit)) {
			t.Errorf("%s: the clock is wanted at %v, %v", op, at, ok)
		}
		r.clock.Advance(morning.Add(limit - 1))
		select {
		case got := <-r.answers:
			t.Errorf("%s: too early: %+v", op, got)
		default:
		}
		r.clock.Advance(morning.Add(limit))
		if busy, away := r.work.Now(); busy == 0 && len(r.answers) == 0 || away != 0 {
			t.Errorf("%s: the time could run on before the answer is in: %d in hand, %d away", op, busy, away)
		}
		if got := <-r.answers; got.Outcome != event.OutcomeUnknown {
			t.Errorf("%s: %+v", op, got)
		}
		r.stop()
	}
}

func TestOneAnswerForOneAsk(t *testing.T) {
	w := newWorld()
	w.hold = true
	r := newRig(t, w)
	a := pay(event.OpAuthorize, "s")
	r.Send(a, false)
	<-w.arrived
	r.Send(a, true)
	w.gate("authorize s") <- nil
	<-r.answers
	quiet(t, r)
	if len(w.calls) != 1 || len(r.answers) != 0 {
		t.Errorf("calls %v, %d answers more", w.calls, len(r.answers))
	}
}

// Whoever stops leaves what is under way to the journal.
func TestStopAnswersNothing(t *testing.T) {
	w := newWorld()
	w.hold = true
	r := newRig(t, w)
	r.Send(pay(event.OpAuthorize, "s"), false)
	r.Send(pay(event.OpCapture, "s"), false)
	<-w.arrived
	r.stop()
	r.Send(pay(event.OpVoid, "s"), false)
	if len(r.answers) != 0 || !slices.Equal(w.calls, []string{"authorize s"}) {
		t.Errorf("%d answers, calls %v", len(r.answers), w.calls)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	if got := bound(strings.Repeat("x", maxMessage)); len(got) != maxMessage {
		t.Errorf("%d bytes", len(got))
	}
	got := bound(strings.Repeat("é", maxMessage))
	if !strings.HasSuffix(got, "é…") || len(got) > maxMessage+3 {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-6:])
	}
}
