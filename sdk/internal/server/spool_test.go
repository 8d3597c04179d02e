package server_test

import (
	"math/rand/v2"
	"testing"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
)

// However often the host goes away and comes back, and however small the spool:
// what was delivered and what the gaps state add up to what was reported, each
// number once and in order, and no level is stated that was not.
func TestNumbersAddUp(t *testing.T) {
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		addUp(t, seed, rnd, 5+rnd.IntN(40), 60)
	}
}

// So it is where reports are kept by the block.
func TestBlocksAddUp(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		addUp(t, seed, rnd, server.PackingSpool+rnd.IntN(2000), 4000)
	}
}

func addUp(t *testing.T, seed uint64, rnd *rand.Rand, spool, burst int) {
	t.Helper()
	r := start(t, server.Options{SpoolEvents: spool})
	_, report := r.open(t, 1, 1)
	w := classtest.Watch(t, r.plugin)
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
				report(weight(reported))
			}
		}
	}
	w.HoldAcks(false)
	w.Reconnect()
	reported++
	report(weight(reported))
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
			if g.After != weight(int(got.Seq)).Mass || g.Interval.Settled != weight(int(got.Seq)).Interval.Settled {
				t.Errorf("seed %d: the gap up to %d ends at %v, %v", seed, got.Seq, g.After, g.Interval)
			}
		} else if got.Evidence != weight(int(got.Seq)) {
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
