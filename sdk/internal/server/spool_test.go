package server_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// However often the host goes away and comes back, and however small the spool:
// what was delivered and what the gaps state add up to what was reported, each
// number once and in order, and no level is stated that was not.
func TestNumbersAddUp(t *testing.T) {
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		addUp(t, seed, rnd, weights, 5+rnd.IntN(40), 60)
	}
}

// So it is where reports are kept by the block.
func TestBlocksAddUp(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		addUp(t, seed, rnd, weights, server.PackingSpool+rnd.IntN(2000), 4000)
	}
}

// So it is where tags go into their columns at once, and some of them are refused.
func TestTagsAddUp(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		good := 100 + int(seed)*700
		addUp(t, seed, rnd, kind{
			driver: "reader",
			make: func(n int) observe.Evidence {
				if n%(good+1) == 0 {
					return observe.Tag{Interval: weight(n).Interval, EPC: "no code"}
				}
				return observe.Tag{Interval: weight(n).Interval, EPC: fmt.Sprintf("%08X", n), Antenna: 1}
			},
			level: func(int) measure.Mass { return 0 },
		}, server.PackingSpool+rnd.IntN(2000), 4000)
	}
}

// kind is what is reported: report n, and the level after it.
type kind struct {
	driver string
	make   func(n int) observe.Evidence
	level  func(n int) measure.Mass
}

var weights = kind{"station", func(n int) observe.Evidence { return weight(n) }, func(n int) measure.Mass { return weight(n).Mass }}

func addUp(t *testing.T, seed uint64, rnd *rand.Rand, kind kind, spool, burst int) {
	t.Helper()
	r := start(t, server.Options{SpoolEvents: spool, Log: slog.New(slog.DiscardHandler)})
	_, report := r.openWith(t, kind.driver, 1, 1)
	w := classtest.Watch(t, r.plugin)
	w.Patience = time.Minute
	reported, connected := 0, true
	for range 40 {
		switch rnd.IntN(5) {
		case 0:
			if connected {
				w.Disconnect()
			} else {
				w.Reconnect()
			}
			connected = !connected
		case 1:
			w.HoldAcks(rnd.IntN(2) == 0)
		case 2: // of a part of what came, in the middle of a block
			r.plugin.Ack(1, 1, uint64(rnd.IntN(reported+1)))
		default:
			for range rnd.IntN(burst) {
				reported++
				report(kind.make(reported))
			}
		}
	}
	w.HoldAcks(false)
	w.Reconnect()
	reported++
	report(kind.make(reported))
	var all []host.Report
	w.Settle(func() bool {
		all = w.Waiting()
		return len(all) > 0 && all[len(all)-1].Seq == uint64(reported)
	})
	last, lost := uint64(0), uint64(0)
	for _, got := range all {
		first := got.Seq
		if g := got.Gap; g != nil {
			first, lost = got.Seq-g.Lost+1, lost+g.Lost
			if g.After != kind.level(int(got.Seq)) || g.Interval.Settled != weight(int(got.Seq)).Interval.Settled {
				t.Errorf("seed %d: the gap up to %d ends at %v, %v", seed, got.Seq, g.After, g.Interval)
			}
		} else if got.Evidence != kind.make(int(got.Seq)) {
			t.Errorf("seed %d: %+v", seed, got)
		}
		if first != last+1 {
			t.Fatalf("seed %d: %d after %d", seed, first, last)
		}
		last = got.Seq
	}
	if s := r.plugin.Stats(); s.Holes != 0 || s.Foreign != 0 {
		t.Errorf("seed %d: stats %+v", seed, s)
	}
	t.Logf("seed %d: %d reported, %d of them lost", seed, reported, lost)
}
