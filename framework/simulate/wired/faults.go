package wired

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/inmemory"
)

// kind is a fault that this tier injects. Several may be one of the catalogue's.
type kind uint8

// The kinds.
const (
	hostKilled kind = iota
	hostKilledSyncing
	pluginCrashes
	crashMidCall
	pluginHangs
	crashLoop
	requestLost
	replyLost
	replyLate
	messageTwice
	noticesRepeated
	offline
	machineAway
	halfOpen
	wireStands
	wireSlow
	slowCall
	connectionsCut
	deviceReboots
	deviceRepeats
	writeFails
	slowSync
	readerRepeats
	gateStuck
	gateHangs
	gateMute
	declined
	noReply
	failed
	busy
	requestTwice
	kinds
)

// trouble is a line of the table. A fault without a chance strikes at drawn times.
type trouble struct {
	ID, Title string
	ppm       int
}

var table = [kinds]trouble{
	hostKilled:        {"FP1", "the host is killed: its plugins die with it, and it starts again on its journal", 0},
	hostKilledSyncing: {"FP1", "the host is killed when a group is durable and nobody has heard of it", 700},
	pluginCrashes:     {"FP5", "a plugin ends without a word", 0},
	crashMidCall:      {"FP5", "the processor's plugin ends during a call", 12_000},
	pluginHangs:       {"FP7", "a plugin answers nothing any more until it is killed", 0},
	crashLoop:         {"FP6", "a plugin that fell too often is given up until a person releases it", 0},
	requestLost:       {"FN1", "a request to the processor is lost", 40_000},
	replyLost:         {"FN2", "the processor acted and its reply is lost", 60_000},
	replyLate:         {"FN3", "the reply comes when nobody waits any more", 50_000},
	messageTwice:      {"FN4", "a message of a plugin's stream comes twice: evidence, or an answer", 50_000},
	noticesRepeated:   {"FN4", "the processor's notices come twice and out of order", 250_000},
	offline:           {"FN5", "nothing gets through to the processor for minutes, or an hour", 0},
	machineAway:       {"FN5", "a plugin's machine can't be reached, the plugin goes on", 0},
	halfOpen:          {"FN6", "one way of a plugin's connection stands, no end is told", 0},
	wireStands:        {"FN7", "a plugin's connection stands both ways", 0},
	wireSlow:          {"FN7", "a plugin's connection carries from 1 to 4,000 bytes a second", 0},
	slowCall:          {"FN7", "a call to the processor takes up to 15 s", 40_000},
	connectionsCut:    {"FN9", "connections are cut, of one plugin or of all, and streams opened again", 0},
	deviceReboots:     {"FN10", "a device is lost and opened again under a new epoch", 0},
	deviceRepeats:     {"FN10", "what it told before is told again under new numbers", 500_000},
	writeFails:        {"FD2", "a write fails, the host stops and starts again", 400},
	slowSync:          {"FD8", "one sync takes 5 s", 3_000},
	readerRepeats:     {"FV4", "the same tap twice", 150_000},
	gateStuck:         {"FV5", "the gate does not open and says so", 50_000},
	gateHangs:         {"FV5", "the gate does not answer before the deadline, open or not", 50_000},
	gateMute:          {"FV5", "it opens and says that it doesn't know", 50_000},
	declined:          {"FY1", "the issuer refuses the hold", 60_000},
	noReply:           {"FY2", "no reply, with or without the deed", 60_000},
	failed:            {"FY4", "a 500; the same key may act later", 80_000},
	busy:              {"FY13", "too many requests", 30_000},
	requestTwice:      {"FY9", "the network delivers a request twice, the second time late", 60_000},
}

// faults are those of one run. The world's lock guards them.
type faults struct {
	on      [kinds]bool
	count   [kinds]int
	dice    *rand.Rand
	over    bool      // nothing goes wrong any more
	offline time.Time // nothing gets through to the processor before
	// dark says that shelves and camera may be unheard for long, too. What was put
	// back meanwhile nobody can know before the visit is charged.
	dark bool
}

// million is what chances are parts of.
const million = 1_000_000

// drawFaults turns a random part of all on; with some seeds none, so that
// liveness is seen too.
func (w *world) drawFaults(none bool) {
	r := stream(w.seed, "faults")
	w.faults.dice = stream(w.seed, "fault")
	if none || r.IntN(12) == 0 {
		return
	}
	w.faults.dark = w.seed%2 == 0
	share := 25 + r.IntN(60)
	for k := range kinds {
		w.faults.on[k] = r.IntN(100) < share
	}
}

// hit draws whether a fault strikes here. Who asks says by took that it did. The
// world's lock is held, for all below.
func (w *world) hit(k kind) bool {
	f := &w.faults
	return f.on[k] && !f.over && f.dice.IntN(million) < table[k].ppm
}

// took counts a fault that took effect.
func (w *world) took(k kind) {
	w.faults.count[k]++
	w.tell("fault %s: %s", table[k].ID, table[k].Title)
}

// tookFor counts one that was in the way of a session's money, or with "" of
// everybody's.
func (w *world) tookFor(k kind, session string) {
	w.took(k)
	w.witness.Troubled(session, time.Now())
}

var errCrashed = errors.New("signal: segmentation fault")

// haunt has things go wrong at drawn times until done is closed.
func (w *world) haunt(done <-chan struct{}) {
	r := stream(w.seed, "haunt")
	var deeds []kind
	for _, k := range []kind{hostKilled, pluginCrashes, pluginHangs, offline, machineAway, halfOpen, wireStands, wireSlow, connectionsCut, deviceReboots} {
		if w.faults.on[k] {
			deeds = append(deeds, k)
		}
	}
	if len(deeds) == 0 {
		return
	}
	for {
		t := time.NewTimer(between(r, 3*time.Second, 40*time.Second))
		select {
		case <-done:
			t.Stop()
			return
		case <-t.C:
		}
		k := deeds[r.IntN(len(deeds))]
		if (k == hostKilled || k == offline) && r.IntN(3) > 0 {
			continue // a store that is down all the time shows nothing
		}
		w.strike(k, r)
	}
}

// strike has one thing go wrong.
func (w *world) strike(k kind, r *rand.Rand) {
	m := w.machines[pluginNames[r.IntN(len(pluginNames))]]
	if r.IntN(3) == 0 {
		m = w.machines[pluginCards]
	}
	way := inmemory.Way(r.IntN(2)) //nolint:gosec // 0 or 1
	d := between(r, 2*time.Second, 40*time.Second)
	if !w.faults.dark && m == w.machines[pluginFloor] {
		m = w.machines[pluginFront]
	}
	took := m.Running()
	switch k { //nolint:exhaustive // the others strike where they have a chance
	case hostKilled:
		took = w.killHost()
	case pluginCrashes:
		took = m.Crash(errCrashed)
	case pluginHangs:
		took = m.Hang()
	case offline:
		d = between(r, time.Minute, 6*time.Minute)
		if r.IntN(10) == 0 {
			d = time.Hour
		}
		w.goOffline(d)
		return // each call counts it
	case machineAway:
		m.Unreached(d)
		m.Cut()
	case halfOpen:
		m.Stall(way, d)
	case wireStands:
		m.Stall(inmemory.ToPlugin, d)
		m.Stall(inmemory.ToHost, d)
	case wireSlow:
		m.Slow(way, []int{1, 10, 100, 1000, 4000}[r.IntN(5)], d)
	case connectionsCut:
		m.Cut()
		if r.IntN(3) == 0 {
			for name, o := range w.machines {
				if w.faults.dark || name != pluginFloor {
					o.Cut()
				}
			}
		}
	case deviceReboots:
		took = w.sensors[w.store.Devices[r.IntN(len(w.store.Devices))].Address].lose()
	default:
		return
	}
	if !took {
		return
	}
	w.mu.Lock()
	w.tookFor(k, "")
	w.mu.Unlock()
	w.work.Go(func() { // until it is over, and what it broke is whole again
		time.Sleep(d)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.witness.Troubled("", time.Now())
	})
}

// goOffline has nothing get through to the processor for a time.
func (w *world) goOffline(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.faults.over {
		return
	}
	w.faults.offline = time.Now().Add(d)
	w.work.Go(func() {
		time.Sleep(d)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.witness.Troubled("", time.Now())
	})
}
