package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// A notice is taken once it is durable, and not before: the processor is told
// then, and never says it again.
func TestNoticeIsDurable(t *testing.T) {
	j := journal.Memory()
	r := newRig(t, j, clock.NewManual(morning))
	n := event.Notice{Device: "payment.cards", ID: "evt_1", Reference: "pi_1", Kind: event.NoticeCaptured}
	done := make(chan error, 3)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- r.engine.Notice(ctx, n) }()
	// Nobody takes it before Run.
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("taken before it was written: %v", err)
	}
	r.start()
	for range 2 { // a repeat is taken, too
		go func() { done <- r.engine.Notice(t.Context(), n) }()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	written := 0
	if err := Each(j, 0, func(rec event.Record) error {
		if in, ok := rec.Input.(event.Notice); ok && in.ID == "evt_1" {
			written++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// Once is enough to tell both: the first may have been in the queue already,
	// and what is durable under this name answers whoever says it again.
	if written < 1 || written > 3 {
		t.Errorf("written %d times", written)
	}
	if n := len(r.engine.notices.waiting); n != 0 {
		t.Errorf("%d waited for", n)
	}
}
