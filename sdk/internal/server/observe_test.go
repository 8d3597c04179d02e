package server_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Over the limits of the spool the oldest reports become a gap that tells
// exactly.
func TestSpoolFull(t *testing.T) {
	for name, c := range map[string]struct {
		options server.Options
		lost    int
	}{
		"events": {server.Options{SpoolEvents: 10}, 16},                  // the gap is one of the ten
		"bytes":  {server.Options{SpoolBytes: 10 * server.RowBytes}, 17}, // and takes more than a weight
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, c.options)
			_, report := r.open(t, 1, 1)
			for n := 1; n <= 25; n++ {
				report(weight(n))
			}
			h, err := r.plugin.Health(t.Context())
			if err != nil || h[0].Reported != 25 || h[0].Lost != uint64(c.lost) {
				t.Fatalf("health: %+v, %v", h, err)
			}
			w := classtest.Watch(t, r.plugin) // reads and acknowledges
			gap := w.NextGap()
			want := host.Gap{
				Interval: observe.Between(noon.Add(1*time.Second), noon.Add(time.Duration(c.lost)*time.Second)), Lost: uint64(c.lost),
				Before: 0, After: measure.Mass(c.lost) * measure.Gram, Cause: "spool full",
			}
			if gap.Seq != uint64(c.lost) || *gap.Gap != want {
				t.Fatalf("gap up to %d: %+v, want %+v", gap.Seq, *gap.Gap, want)
			}
			report(weight(26))
			for n := c.lost + 1; n <= 26; n++ {
				if got := w.Next(); got.Seq != uint64(n) || got.Evidence != weight(n) {
					t.Fatalf("report %d: %+v", n, got)
				}
			}
			if s := r.plugin.Stats(); s != (host.Stats{}) {
				t.Errorf("stats: %+v", s)
			}
		})
	}
}

// A host that reads and never acknowledges can't make gaps pile up, and what
// the spool let go of in between is not told as lost to the host that has it.
func TestSpoolFullWithoutAcks(t *testing.T) {
	r := start(t, server.Options{SpoolEvents: 4})
	_, report := r.open(t, 1, 1)
	w := classtest.Watch(t, r.plugin)
	w.HoldAcks(true)
	const all = 1000
	for n := 1; n <= all; n++ {
		report(weight(n))
		if got := w.Next(); got.Seq != uint64(n) || got.Evidence != weight(n) {
			t.Fatalf("%+v, want number %d", got, n)
		}
	}
	w.Reconnect() // sends what it kept again: a gap and three levels
	report(weight(all + 1))
	if got := w.Next(); got.Seq != all+1 {
		t.Fatalf("%+v", got)
	}
	if s := r.plugin.Stats(); s.Holes != 0 || s.Duplicates > 4 {
		t.Errorf("stats: %+v", s)
	}
	r.plugin.Ack(1, 1, all+1)
	w.Settle(func() bool {
		h, err := r.plugin.Health(t.Context())
		return err == nil && h[0].Acknowledged == all+1
	})
}

// Evidence that can't travel takes its number as a gap that says why.
func TestRefusedEvidence(t *testing.T) {
	r := start(t, server.Options{})
	_, report := r.open(t, 1, 1)
	w := classtest.Watch(t, r.plugin)
	report(weight(1))
	report(observe.Weight{Interval: observe.At(noon), Bay: 0})
	report(weight(3))
	w.Next()
	if gap := w.NextGap(); gap.Seq != 2 || gap.Gap.Lost != 1 || gap.Gap.Cause != "refused: bay numbers start at 1" {
		t.Fatalf("gap: %+v %+v", gap, *gap.Gap)
	}
	if got := w.Next(); got.Seq != 3 {
		t.Fatalf("after the gap: %+v", got)
	}
}

// What is not acknowledged comes again on the next stream, exactly once to the
// host's sink, and acknowledged reports don't.
func TestReconnect(t *testing.T) {
	r := start(t, server.Options{})
	_, report := r.open(t, 1, 1)
	w := classtest.Watch(t, r.plugin)
	w.HoldAcks(true)
	for n := 1; n <= 10; n++ {
		report(weight(n))
	}
	for range 10 {
		w.Next()
	}
	r.plugin.Ack(1, 1, 4)
	w.Settle(func() bool {
		h, err := r.plugin.Health(t.Context())
		return err == nil && h[0].Acknowledged == 4
	})
	w.Disconnect()
	for n := 11; n <= 20; n++ {
		report(weight(n))
	}
	w.Reconnect()
	for n := 11; n <= 20; n++ {
		if got := w.Next(); got.Seq != uint64(n) {
			t.Fatalf("%+v, want number %d", got, n)
		}
	}
	if s := r.plugin.Stats(); s.Duplicates != 6 || s.Holes != 0 {
		t.Errorf("stats: %+v, want the 6 that were not acknowledged again", s)
	}
	r.plugin.Ack(1, 1, 20)
	w.Settle(func() bool {
		h, err := r.plugin.Health(t.Context())
		return err == nil && h[0].Acknowledged == 20
	})
	w.Reconnect()
	report(weight(21))
	if got := w.Next(); got.Seq != 21 {
		t.Fatalf("%+v", got)
	}
	if s := r.plugin.Stats(); s.Duplicates != 6 {
		t.Errorf("stats: %+v: what was acknowledged came again", s)
	}
}

// A second stream takes over from a first that its host forgot.
func TestNewerStreamTakesOver(t *testing.T) {
	r := start(t, server.Options{})
	_, report := r.open(t, 1, 1)
	older := classtest.Watch(t, r.plugin)
	report(weight(1))
	older.Next()
	newer := classtest.Watch(t, r.plugin)
	older.Ended()
	report(weight(2))
	if got := newer.Next(); got.Seq != 2 {
		t.Fatalf("%+v", got)
	}
}

func TestFlush(t *testing.T) {
	r := start(t, server.Options{})
	s, report := r.open(t, 1, 1)
	ctx := t.Context()
	if err := s.env.Link.Flush(ctx); err != nil {
		t.Fatalf("flush of nothing: %v", err)
	}
	w := classtest.Watch(t, r.plugin)
	w.HoldAcks(true) // before there is anything to acknowledge
	w.Disconnect()
	report(weight(1))
	report(weight(2))
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := s.env.Link.Flush(short); fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("flush without a host: %v", err)
	}
	w.Reconnect()
	w.Next()
	w.Next()
	flushed := make(chan error, 1)
	go func() { flushed <- s.env.Link.Flush(ctx) }()
	r.plugin.Ack(1, 1, 1) // not all
	w.Settle(func() bool {
		h, err := r.plugin.Health(ctx)
		return err == nil && h[0].Acknowledged == 1
	})
	select {
	case err := <-flushed:
		t.Fatalf("flushed at 1 of 2: %v", err)
	default:
	}
	r.plugin.Ack(1, 1, 2)
	if err := <-flushed; err != nil {
		t.Fatal(err)
	}
	report(weight(3))
	go func() { flushed <- s.env.Link.Flush(ctx) }()
	if err := r.plugin.Close(ctx, 1, 1); err != nil {
		t.Fatal(err)
	}
	if err := <-flushed; fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("flush of a closed device: %v", err)
	}
}

// A Run that was told to stop learns yet that the host has its last report,
// and no flush keeps it from returning.
func TestFlushOutlivesLife(t *testing.T) {
	for _, acks := range []bool{true, false} {
		t.Run(fmt.Sprint("acks ", acks), func(t *testing.T) {
			r := start(t, server.Options{})
			r.flushed = make(chan error, 1)
			s, report := r.open(t, 1, 1)
			w := classtest.Watch(t, r.plugin)
			w.HoldAcks(true)
			report(weight(1))
			w.Next()
			closed := make(chan error, 1)
			go func() { closed <- r.plugin.Close(t.Context(), 1, 1) }()
			<-s.told
			if acks {
				r.plugin.Ack(1, 1, 1)
			}
			if err := <-closed; err != nil {
				t.Fatal(err)
			}
			if err := <-s.flushed; acks != (err == nil) || !acks && fault.CodeOf(err) != fault.Unavailable {
				t.Errorf("the last flush: %v", err)
			}
		})
	}
}

func TestClockOffset(t *testing.T) {
	r := start(t, server.Options{})
	s, report := r.open(t, 1, 1)
	w := classtest.Watch(t, r.plugin)
	report(weight(1))
	s.env.Link.ClockOffset(-90 * time.Second)
	report(weight(2))
	for _, want := range []time.Duration{0, -90 * time.Second} {
		if got := w.Next().Offset; got != want {
			t.Errorf("offset %v, want %v", got, want)
		}
	}
}

// What a device reported before it closed still comes, and so does all of it
// before the notice of a loss.
func TestReportsOutliveTheDevice(t *testing.T) {
	r := start(t, server.Options{})
	_, report := r.open(t, 1, 1)
	for n := 1; n <= 300; n++ {
		report(weight(n))
	}
	if last, err := r.plugin.Finish(t.Context(), 1, 1); err != nil || last != 300 {
		t.Fatalf("closed at %d: %v", last, err)
	}
	report(weight(301)) // after its end: nobody's
	s, report2 := r.open(t, 1, 2)
	report2(weight(1))
	s.end <- errors.New("cable pulled")
	w := classtest.Watch(t, r.plugin)
	if l := w.NextLost(); l.Epoch != 2 {
		t.Fatalf("%+v", l)
	}
	got := w.Waiting()
	if len(got) != 301 || got[299].Seq != 300 || got[300].Epoch != 2 {
		t.Fatalf("%d reports before the loss", len(got))
	}
	if s := r.plugin.Stats(); s.Holes+s.Foreign != 0 {
		t.Errorf("stats: %+v", s)
	}
}

// A notice is told again on a new stream until the device is opened again, and
// once to the sink.
func TestLostToldOnce(t *testing.T) {
	r := start(t, server.Options{})
	s, _ := r.open(t, 1, 1)
	w := classtest.Watch(t, r.plugin)
	s.end <- nil
	if l := w.NextLost(); fault.CodeOf(l.Err) != fault.Unavailable {
		t.Fatalf("%+v", l)
	}
	w.Reconnect()
	_, report := r.open(t, 2, 1)
	report(weight(1))
	w.Next()
	if lost := w.WaitingLost(); len(lost) != 0 {
		t.Fatalf("told twice: %+v", lost)
	}
}
