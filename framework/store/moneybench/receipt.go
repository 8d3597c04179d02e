package moneybench

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/store/internal/quantile"
)

// What shoppers wait for at most, in ms of the store's time.
const (
	receiptP50, receiptP95, receiptMost = 2_000.0, 10_000.0, 30_000.0
	voidMost                            = 1_000.0
)

// told is what a journal tells of one visit.
type told struct {
	left, receipt, voided time.Time
	ended                 event.Ending
	flagged, empty        bool
	resolved              int
}

// receipt reads how long shoppers of a demo's store waited: from the exit to the
// first receipt that says what was charged. The exit is when the cart closes, the
// store's grace after the last of a party has passed out.
func (b *bench) receipt(ctx context.Context) error {
	if b.Journal == "" {
		b.tell("skipped: no --journal of a demo is given")
		return nil
	}
	if _, err := os.Stat(b.Journal); err != nil {
		return err
	}
	j, err := journal.OpenReadOnly(b.Journal)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	visits := map[string]*told{}
	var grace time.Duration
	if err := engine.Each(j, 1, func(r event.Record) error {
		for _, f := range r.Facts {
			if d, ok := f.(event.Adopted); ok {
				grace = d.Definition.Store.Attribution.Grace
			}
			read(visits, f, r.At)
		}
		return ctx.Err()
	}); err != nil {
		return err
	}
	b.rows(visits, grace)
	return nil
}

func read(visits map[string]*told, f event.Fact, at time.Time) {
	switch f := f.(type) {
	case event.SessionOpened:
		if !f.Staff {
			visits[f.Session] = &told{}
		}
	case event.BodyLeft:
		if v := visits[f.Session]; v != nil && f.Span.Settled.After(v.left) {
			v.left = f.Span.Settled
		}
	case event.SessionEnded:
		if v := visits[f.Session]; v != nil {
			v.ended = f.Ending
		}
	case event.CartFrozen:
		if v := visits[f.Session]; v != nil {
			v.empty = len(f.Lines) == 0
		}
	case event.Asked:
		if v := visits[f.Ask.Session]; v != nil && f.Ask.Operation == event.OpVoid && v.voided.IsZero() {
			v.voided = at
		}
	case event.PaymentMoved:
		if v := visits[f.Session]; v != nil && f.State.Final() {
			v.resolved++
		}
	case event.ReceiptIssued:
		v := visits[f.Receipt.Session]
		if v != nil && v.receipt.IsZero() && (f.Receipt.Payment.Final() || len(f.Receipt.Pending) > 0) {
			v.receipt, v.flagged = at, len(f.Receipt.Pending) > 0
		}
	default: // tells nothing of time
	}
}

// rows tells what was waited for.
func (b *bench) rows(visits map[string]*told, grace time.Duration) {
	var plain, flagged, all, voids []float64
	never, unresolved := 0, 0
	for _, v := range visits {
		if v.ended != event.EndedLeft || v.left.IsZero() {
			continue
		}
		exit := v.left.Add(grace)
		if v.resolved == 0 {
			unresolved++
		}
		if v.empty && !v.voided.IsZero() {
			voids = append(voids, ms(v.voided.Sub(exit)))
		}
		if v.receipt.IsZero() {
			never++
			continue
		}
		waited := ms(v.receipt.Sub(exit))
		all = append(all, waited)
		if v.flagged {
			flagged = append(flagged, waited)
		} else {
			plain = append(plain, waited)
		}
	}
	row := func(name string, value, limit float64, of int, note string) {
		b.emit(Row{Key: "receipt", Name: name, Value: value, Unit: "ms", Limit: limit, Of: of, Note: note})
	}
	row("exit to receipt, unflagged, p50", quantile.Of(plain, 0.5), receiptP50, len(plain), fmt.Sprintf("and %.0f ms of grace before it", ms(grace)))
	row("exit to receipt, unflagged, p95", quantile.Of(plain, 0.95), receiptP95, len(plain), fmt.Sprintf("at most %.0f ms", quantile.Of(plain, 1)))
	row("exit to receipt, all, at most", quantile.Of(all, 1), receiptMost, len(all),
		fmt.Sprintf("%d flagged: p50 %.0f, p95 %.0f ms", len(flagged), quantile.Of(flagged, 0.5), quantile.Of(flagged, 0.95)))
	row("empty basket, exit to void asked, at most", quantile.Of(voids, 1), voidMost, len(voids), fmt.Sprintf("p50 %.0f ms", quantile.Median(voids)))
	b.emit(Row{Key: "receipt", Name: "visits without receipt or with an open hold", Value: float64(never + unresolved), Unit: "visits", Of: len(all) + never})
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
