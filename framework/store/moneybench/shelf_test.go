package moneybench

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// oldest is the first sale of a journal: its session and its capture.
func oldest(t *testing.T, r *rig) (session, capture string) {
	t.Helper()
	err := engine.Each(r.groups, 1, func(rec event.Record) error {
		for _, f := range rec.Facts {
			if f, ok := f.(event.PaymentMoved); ok && f.State == event.PaymentCaptured && session == "" {
				session, capture = f.Session, f.Reference
			}
		}
		return nil
	})
	if err != nil || session == "" {
		t.Fatalf("no sale: %v", err)
	}
	return session, capture
}

// fold is the state that the journal's facts fold to from the first on.
func fold(t *testing.T, r *rig) []byte {
	t.Helper()
	s := core.New()
	if err := engine.Each(r.groups, 1, func(rec event.Record) error {
		for _, f := range rec.Facts {
			s.Apply(f)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// facts are those about a session from a record on.
func facts(t *testing.T, r *rig, from uint64, session string) (recalled, refunded, charged int) {
	t.Helper()
	if err := engine.Each(r.groups, from, func(rec event.Record) error {
		for _, f := range rec.Facts {
			switch f := f.(type) {
			case event.SaleRecalled:
				if f.Sale.Session == session {
					recalled++
				}
			case event.RefundMoved:
				if f.Session == session && f.State == event.RefundRefunded {
					refunded++
				}
			case event.ChargebackNoted:
				if f.Session == session {
					charged++
				}
			default:
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return recalled, refunded, charged
}

// TestOldSales: a visit that the state set aside is refunded, and its issuer takes
// money back, whether the host that set it aside still runs, was killed, or lost
// what it had kept beside the journal; and the state is always what the journal's
// facts fold to.
func TestOldSales(t *testing.T) {
	if testing.Short() {
		t.Skip("settles a thousand visits, which takes its time")
	}
	ctx, dir := context.Background(), t.TempDir()
	r, err := startRig(dir, 280, journal.Memory())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.open(ctx); err != nil {
		t.Fatal(err)
	}
	if 280 <= settlement.HeldSales {
		t.Fatal("this tests too little")
	}
	if err := r.visits(ctx, 280, 0); err != nil {
		t.Fatal(err)
	}
	session, capture := oldest(t, r)
	for n, lose := range []bool{false, false, true} {
		from := r.engine.Status().Head + 1
		order := event.StaffOrder{ID: "r" + string(rune('0'+n)), Actor: "jo", Reason: "stale", Session: session, Order: event.OrderRefund, Lines: []event.LineRef{{Line: "1", Quantity: 1}}}
		if err := r.engine.Order(ctx, order); err != nil {
			t.Fatal(err)
		}
		if err := r.engine.Notice(ctx, event.Notice{Device: "payment.cards", ID: order.ID, Reference: capture, Kind: event.NoticeChargeback}); err != nil {
			t.Fatal(err)
		}
		if err := r.pass(ctx, beat); err != nil {
			t.Fatal(err)
		}
		recalled, refunded, charged := facts(t, r, from, session)
		if want := [][3]int{{1, 1, 1}, {1, 0, 0}, {1, 0, 0}}[n]; [3]int{recalled, refunded, charged} != want { // the line is given back once, and one chargeback is one by whatever name
			t.Errorf("host %d: recalled %d times, refunded %d, %d taken back: want %v", n, recalled, refunded, charged, want)
		}
		if err := r.visits(ctx, 280, 0); err != nil { // it is set aside again
			t.Fatal(err)
		}
		if err := r.kill(); err != nil {
			t.Fatal(err)
		}
		if lose {
			if err := os.WriteFile(filepath.Join(dir, "checkpoints.db"), []byte("not a database, and long enough to look like one at first"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.begin(dir); err != nil {
			t.Fatal(err)
		}
		if err := r.reopen(ctx); err != nil {
			t.Fatal(err)
		}
		back, err := engine.Rebuild(r.groups)
		if err != nil {
			t.Fatal(err)
		}
		if is, err := back.State.Encode(); err != nil || !bytes.Equal(is, fold(t, r)) {
			t.Fatalf("host %d: the state is not what the facts fold to (%v)", n, err)
		}
	}
	if sale := back(t, r, session); sale == nil {
		t.Error("after the loss nobody knows the first sale")
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
}

// back asks for the first sale once more.
func back(t *testing.T, r *rig, session string) *event.Sale {
	t.Helper()
	from := r.engine.Status().Head + 1
	if err := r.engine.Order(context.Background(), event.StaffOrder{ID: "last", Actor: "jo", Session: session, Order: event.OrderRefund}); err != nil {
		t.Fatal(err)
	}
	if err := r.pass(context.Background(), beat); err != nil {
		t.Fatal(err)
	}
	var sale *event.Sale
	if err := engine.Each(r.groups, from, func(rec event.Record) error {
		if in, ok := rec.Input.(event.StaffOrder); ok && in.ID == "last" {
			sale = in.Sale
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return sale
}
