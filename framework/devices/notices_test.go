package devices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// Notices says what a folder tells it to, a line a notice, and writes down what
// arrived. It ends once where it is told to.
func (c cards) Notices(ctx context.Context, report func(context.Context, payment.Notice) error) error {
	b, err := os.ReadFile(c.dir + "/notices")
	if err != nil {
		<-ctx.Done()
		return ctx.Err()
	}
	for id := range strings.FieldsSeq(string(b)) {
		if id == "break" {
			if first(c.dir + "/broken") {
				return errors.New("the line to the bank broke")
			}
			continue
		}
		if id == "panic" {
			if first(c.dir + "/panicked") {
				panic("no such bank")
			}
			continue
		}
		err := report(ctx, payment.Notice{ID: id, Kind: payment.NoticeChargeback, Reference: "pi_" + id, Amount: money.New(5, "EUR"),
			At: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)})
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.dir+"/arrived-"+id, nil, 0o600); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func noticesOf(inputs []event.Input) (all []event.Notice) {
	for _, in := range inputs {
		if n, ok := in.(event.Notice); ok {
			all = append(all, n)
		}
	}
	return all
}

// What a processor says is handed on, however often its line breaks, and it is
// told so once the journal has it.
func TestNoticesAreHandedOn(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/notices", []byte("evt_1 break panic evt_2"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := newJournal()
	var tries atomic.Int32
	j.deaf = func(_ context.Context, n event.Notice) error {
		if n.ID == "evt_2" && tries.Add(1) == 1 {
			if _, err := os.Stat(dir + "/arrived-evt_2"); err == nil {
				t.Error("told before it was journalled")
			}
			return errors.New("no room")
		}
		return nil
	}
	start(t, j, testSpec(), nil, cardsDef(dir))
	j.await(t, func(in []event.Input) bool {
		all := noticesOf(in)
		return len(all) > 0 && all[len(all)-1].ID == "evt_2"
	})
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	amount := money.New(5, "EUR")
	want := event.Notice{Device: "payment.cards", ID: "evt_1", Reference: "pi_evt_1", Kind: event.NoticeChargeback, Amount: &amount, At: &at}
	if d := cmp.Diff(want, noticesOf(j.list())[0]); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	for limit := time.Now().Add(20 * time.Second); ; {
		if _, err := os.Stat(dir + "/arrived-evt_2"); err == nil {
			return
		}
		if time.Now().After(limit) {
			t.Fatal("the processor was never told")
		}
	}
}

// A flood reaches the journal at a bounded pace, after a burst.
func TestPace(t *testing.T) {
	p := pace{every: NoticeEvery, burst: NoticeBurst}
	now := time.Unix(1000, 0)
	var waited time.Duration
	for n := range NoticeBurst + 50 {
		wait := p.take(now)
		if n < NoticeBurst && wait != 0 {
			t.Fatalf("notice %d waits %v", n, wait)
		}
		waited = wait
	}
	if waited != 50*NoticeEvery {
		t.Errorf("after 50 more it waits %v", waited)
	}
	if wait := p.take(now.Add(time.Hour)); wait != 0 {
		t.Errorf("after a pause it waits %v", wait)
	}
}

// A processor that floods holds itself back, and nobody else.
func TestFloodOfNoticesHoldsItselfBack(t *testing.T) {
	dir := t.TempDir()
	var ids strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&ids, "evt_%d ", n)
	}
	if err := os.WriteFile(dir+"/notices", []byte(ids.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	j := newJournal()
	full := make(chan struct{})
	var held atomic.Int32
	j.deaf = func(ctx context.Context, _ event.Notice) error {
		if held.Add(1) == 1 {
			close(full)
		}
		<-ctx.Done() // a journal that takes nothing
		return ctx.Err()
	}
	r := start(t, j, testSpec(), nil, cardsDef(dir), gateDef(`{}`))
	<-full
	j.await(t, func(in []event.Input) bool { return strings.Contains(words(states(in, "gate.north")), "ready") })
	g, _, err := r.Gate("gate.north")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Admit(t.Context(), gate.Admission{Session: "s", Bodies: 1, Expires: time.Now().Add(time.Minute)}); err != nil {
		t.Errorf("the gate: %v", err)
	}
	if n := held.Load(); n > payment.MaxNotices {
		t.Errorf("%d under way", n)
	}
}
