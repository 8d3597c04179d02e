package processor

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

func TestFaultsAndTheirCodes(t *testing.T) {
	for _, tc := range []struct {
		kind  stripetest.FaultKind
		code  fault.Code
		moved bool // what Lookup finds
		again fault.Code
	}{
		{stripetest.DropBefore, fault.Unknown, false, fault.None},
		{stripetest.DropAfter, fault.Unknown, true, fault.None},
		{stripetest.Torn, fault.Unknown, true, fault.None},
		{stripetest.ServerError, fault.Unknown, false, fault.Unknown}, // saved: the same key brings the same 500
		{stripetest.ServerErrorAfter, fault.Unknown, true, fault.Unknown},
		{stripetest.Unavailable, fault.Unknown, false, fault.None},
		{stripetest.RateLimit, fault.Unavailable, false, fault.None},
		{stripetest.LockTimeout, fault.Unavailable, false, fault.None},
		{stripetest.KeyInUse, fault.Unknown, false, fault.None},
		{stripetest.Duplicate, fault.None, true, fault.None},
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			s, p := rig(t, stripetest.Options{})
			mustFault(t, s, stripetest.Fault{Kind: tc.kind, On: "authorize"})
			_, err := p.Authorize(t.Context(), holdOf("k1", visa, eur(1500)))
			wantCode(t, err, tc.code)
			want := payment.StateAbsent
			if tc.moved {
				want = payment.StateDone
			}
			wantLookup(t, p, payment.LookupRequest{Key: "k1", Operation: payment.OperationAuthorize, Since: time.Now()}, want)
			_, err = p.Authorize(t.Context(), holdOf("k1", visa, eur(1500)))
			wantCode(t, err, tc.again)
			if n := len(s.Ledger()); n > 1 {
				t.Errorf("%d holds under one key", n)
			}
		})
	}
}

func TestLostAnswersOfTheOtherMovements(t *testing.T) {
	s, p := rig(t, stripetest.Options{})
	a, b := mustHold(t, p, "k1", 1500), mustHold(t, p, "k2", 1500)
	drop := func(op string) {
		t.Helper()
		mustFault(t, s, stripetest.Fault{Kind: stripetest.DropAfter, On: op})
	}
	capture := payment.LookupRequest{Key: "k3", Operation: payment.OperationCapture, Reference: a.Reference}
	void := payment.LookupRequest{Key: "k4", Operation: payment.OperationVoid, Reference: b.Reference}
	refund := payment.LookupRequest{Key: "k5", Operation: payment.OperationRefund, Reference: a.Reference}
	for _, r := range []payment.LookupRequest{capture, void, refund} {
		wantLookup(t, p, r, payment.StateAbsent)
	}
	drop("capture")
	_, err := p.Capture(t.Context(), captureOf("k3", a.Reference, 700))
	wantCode(t, err, fault.Unknown)
	if o := wantLookup(t, p, capture, payment.StateDone); o.Amount != eur(700) || o.Reference != a.Reference {
		t.Errorf("capture %+v", o)
	}
	drop("void")
	wantCode(t, p.Void(t.Context(), payment.VoidRequest{Key: "k4", Reference: b.Reference}), fault.Unknown)
	wantLookup(t, p, void, payment.StateDone)
	drop("refund")
	_, err = p.Refund(t.Context(), payment.RefundRequest{Key: "k5", Reference: a.Reference, Amount: eur(200)})
	wantCode(t, err, fault.Unknown)
	if o := wantLookup(t, p, refund, payment.StateDone); o.Amount != eur(200) {
		t.Errorf("refund %+v", o)
	}
	// By the key alone.
	capture.Reference, refund.Reference = "", ""
	wantLookup(t, p, capture, payment.StateDone)
	wantLookup(t, p, refund, payment.StateDone)
	void.Reference = ""
	_, err = p.Lookup(t.Context(), void)
	wantCode(t, err, fault.Invalid)
	// The other side of each.
	for _, r := range []payment.LookupRequest{
		{Key: "x1", Operation: payment.OperationCapture, Reference: a.Reference},
		{Key: "x2", Operation: payment.OperationCapture, Reference: b.Reference},
		{Key: "x3", Operation: payment.OperationVoid, Reference: a.Reference},
	} {
		wantLookup(t, p, r, payment.StateDeclined)
	}
	wantOps(t, s, "authorize k1", "authorize k2", "capture k3", "void k4", "refund k5")
}

func TestAnswerThatNeverComes(t *testing.T) {
	s, p := rig(t, stripetest.Options{})
	mustFault(t, s, stripetest.Fault{Kind: stripetest.DelayBefore, On: "authorize", DelayMS: time.Hour.Milliseconds()})
	ctx, giveUp := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := p.Authorize(ctx, holdOf("k1", visa, eur(1500)))
		done <- err
	}()
	if err := s.AwaitHeld(bounded(t), 1); err != nil {
		t.Fatal(err)
	}
	giveUp()
	wantCode(t, <-done, fault.Unknown)
	lookup := payment.LookupRequest{Key: "k1", Operation: payment.OperationAuthorize, Since: time.Now()}
	wantLookup(t, p, lookup, payment.StateAbsent)
	_, err := p.Authorize(t.Context(), holdOf("k1", visa, eur(1500))) // the first is still at work
	wantCode(t, err, fault.Unknown)
	s.Release()
	if err := s.AwaitQuiet(bounded(t)); err != nil {
		t.Fatal(err)
	}
	o := wantLookup(t, p, lookup, payment.StateDone)
	if a := mustHold(t, p, "k1", 1500); a.Reference != o.Reference || o.Amount != eur(1500) || !o.Expires.Equal(a.Expires) {
		t.Errorf("lookup %+v, hold %+v", o, a)
	}
	wantOps(t, s, "authorize k1")
}

func TestLies(t *testing.T) {
	type set = map[string]any
	for _, tc := range []struct {
		on  string
		set set
	}{
		{"authorize", set{"amount": 1}}, {"authorize", set{"amount_capturable": 1499}}, {"authorize", set{"currency": "usd"}},
		{"authorize", set{"status": "succeeded"}}, {"authorize", set{"status": "requires_action"}}, {"authorize", set{"id": ""}},
		{"authorize", set{"capture_method": "automatic"}}, {"authorize", set{"metadata": set{"aisle_key": "other"}}},
		{"capture", set{"amount_received": 701}}, {"capture", set{"currency": "usd"}}, {"capture", set{"status": "processing"}},
		{"capture", set{"id": "pi_other"}}, {"capture", set{"metadata": set{}}},
		{"void", set{"status": "requires_capture"}}, {"void", set{"id": "pi_other"}}, {"void", set{"amount_received": 5}},
		{"refund", set{"amount": 99}}, {"refund", set{"currency": "usd"}}, {"refund", set{"status": "pending"}},
		{"refund", set{"id": ""}}, {"refund", set{"payment_intent": "pi_other"}}, {"refund", set{"metadata": set{}}},
	} {
		t.Run(fmt.Sprint(tc.on, tc.set), func(t *testing.T) {
			s, p := rig(t, stripetest.Options{})
			mustFault(t, s, stripetest.Fault{Kind: stripetest.Lie, On: tc.on, Set: tc.set})
			a, err := p.Authorize(t.Context(), holdOf("k1", visa, eur(1500)))
			if tc.on == "authorize" {
				wantCode(t, err, fault.Unknown)
				wantLookup(t, p, payment.LookupRequest{Key: "k1", Operation: payment.OperationAuthorize}, payment.StateDone)
				return
			}
			if tc.on == "void" {
				wantCode(t, p.Void(t.Context(), payment.VoidRequest{Key: "k2", Reference: a.Reference}), fault.Unknown)
				return
			}
			_, err = p.Capture(t.Context(), captureOf("k2", a.Reference, 700))
			if tc.on == "capture" {
				wantCode(t, err, fault.Unknown)
				return
			}
			wantCode(t, err, fault.None)
			_, err = p.Refund(t.Context(), payment.RefundRequest{Key: "k3", Reference: a.Reference, Amount: eur(100)})
			wantCode(t, err, fault.Unknown)
		})
	}
}

func TestLookupOfAHold(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	s, p := rig(t, stripetest.Options{Now: func() time.Time { return now }, SearchDelay: time.Minute, HoldLife: time.Hour})
	wanted := mustHold(t, p, "k'1\\", 1500)
	byKey := payment.LookupRequest{Key: "k'1\\", Operation: payment.OperationAuthorize, Since: now}
	if o := wantLookup(t, p, byKey, payment.StateDone); o.Reference != wanted.Reference { // search lags, the list does not
		t.Errorf("found %+v", o)
	}
	wantLookup(t, p, payment.LookupRequest{Key: "K'1\\", Operation: payment.OperationAuthorize, Since: now}, payment.StateAbsent)
	for i := range 2*pageSize + 1 {
		if i%100 == 0 {
			now = now.Add(time.Second)
		}
		mustHold(t, p, fmt.Sprint("n", i), 100)
	}
	wantLookup(t, p, byKey, payment.StateDone) // on the third page
	late := byKey
	late.Since = now.Add(clockMargin + time.Minute)
	wantLookup(t, p, late, payment.StateAbsent)
	now = now.Add(2 * time.Minute)
	wantLookup(t, p, late, payment.StateDone) // search knows it now
	wantLookup(t, p, payment.LookupRequest{Key: "K'1\\", Operation: payment.OperationAuthorize, Since: now}, payment.StateAbsent)
	twin := mustHold(t, p, "K'1\\", 300)
	now = now.Add(2 * time.Minute)
	if o := wantLookup(t, p, byKey, payment.StateDone); o.Reference != wanted.Reference { // the twin is newer
		t.Errorf("found %+v, not %q; the twin is %q", o, wanted.Reference, twin.Reference)
	}
	now = now.Add(time.Hour)
	if o := wantLookup(t, p, byKey, payment.StateDone); o.Expires.After(now) {
		t.Errorf("a hold that lapsed expires %v", o.Expires)
	}
	_, err := p.Authorize(t.Context(), holdOf("d1", "pm_card_chargeDeclined", eur(1500)))
	wantCode(t, err, fault.Refused)
	o := wantLookup(t, p, payment.LookupRequest{Key: "d1", Operation: payment.OperationAuthorize, Since: now}, payment.StateDeclined)
	if o.Message == "" {
		t.Error("declined without a word")
	}
	mustFault(t, s, stripetest.Fault{Kind: stripetest.ServerError, On: "lookup", Times: -1})
	_, err = p.Lookup(t.Context(), byKey)
	wantCode(t, err, fault.Unavailable)
	_, err = p.Lookup(t.Context(), payment.LookupRequest{Key: "k"})
	wantCode(t, err, fault.Invalid)
}

func TestNobodyListens(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := lis.Addr().String()
	if err := lis.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), sdk.Env{}, Config{APIKey: "sk_test_123", BaseURL: "http://" + addr, Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Authorize(t.Context(), holdOf("k1", visa, eur(1500)))
	wantCode(t, err, fault.Unavailable)
}
