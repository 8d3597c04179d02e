package gate

import (
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/sdk/gate/relay"
	"github.com/openaisle/aisle/sdk/observe"
)

// input takes what an input is now, since at by the lines' clock, and gives the body that it
// tells of. Callers hold mu.
func (g *lane) input(r role, on bool, at, now time.Time) (observe.Passage, bool) {
	if g.on[r] == on {
		return observe.Passage{}, false
	}
	g.on[r] = on
	delete(g.since, r)
	if on && r != fire {
		g.since[r] = now
	}
	switch r {
	case passedIn:
		return observe.Passage{Interval: observe.At(at), Direction: observe.DirectionIn}, on
	case passedOut:
		return observe.Passage{Interval: observe.At(at), Direction: observe.DirectionOut}, on
	case beamStreet:
		return g.curtain.Moved(relay.BeamStreet, on, at)
	case beamStore:
		return g.curtain.Moved(relay.BeamStore, on, at)
	case fire, unlockIn, unlockOut, stop:
	}
	return observe.Passage{}, false
}

// resync reads what inputs are, at first and after edges that nobody saw. It gives who may
// have gone through the curtain meanwhile, and tells of nobody by contacts. A fire input that
// is open is an emergency at once.
func (g *lane) resync(now time.Time) ([]observe.Passage, error) {
	bodies, err := g.state(now)
	if err != nil {
		return nil, err
	}
	return bodies, g.alarm(now)
}

func (g *lane) state(now time.Time) (bodies []observe.Passage, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.curtain.Lost()
	for i, r := range g.roles {
		if r == unlockIn || r == unlockOut || r == stop {
			continue
		}
		on, err := g.lines.Get(i)
		if err != nil {
			return nil, lost("read "+string(r), err)
		}
		if body, passed := g.input(r, on, now, now); passed && r != passedIn && r != passedOut {
			bodies = append(bodies, body)
		}
	}
	g.curtain.Seen(g.on[beamStreet], g.on[beamStore], now) // as they are: nobody is in doubt when both are clear
	return bodies, nil
}

// burning says whether there is an emergency.
func (g *lane) burning() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.emergency
}

// alarm begins an emergency, and ends it. While there is one every way is unlocked.
func (g *lane) alarm(now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.has(fire) {
		return nil
	}
	if !g.on[fire] {
		g.closedAt = time.Time{}
		if g.emergency {
			return nil
		}
		g.emergency = true
		return g.free()
	}
	switch {
	case !g.emergency:
	case g.closedAt.IsZero():
		g.closedAt = now
	case now.Sub(g.closedAt) >= calm:
		g.emergency, g.unlocked = false, false
		return g.set(unlockIn, false)
	}
	return nil
}

// free unlocks every way, the way out first; a relay that can't be set keeps no other from
// it. A stop that is under way ends: it would hold the gate. Callers hold mu.
func (g *lane) free() error {
	var stopped error
	if g.ends != nil && g.pulsing == stop {
		g.ends.Stop() // or it waits for mu, and finds that it is not the one any more
		stopped = g.rest()
	}
	return errors.Join(stopped, g.set(unlockOut, true), g.set(unlockIn, true))
}

// trouble says in a sentence what is wrong, or nothing. Callers hold mu.
func (g *lane) trouble(now time.Time) string {
	if g.emergency {
		return errFire.Error()
	}
	for _, r := range []role{passedIn, passedOut, beamStreet, beamStore} {
		if since, on := g.since[r]; on && now.Sub(since) >= g.config.Stuck {
			return fmt.Sprintf("%s has been on for %v: something stands in it, or its wire is wrong", r, now.Sub(since).Round(time.Second))
		}
	}
	if g.missed > 0 {
		return fmt.Sprintf("%d edges came faster than they could be read: bodies may not have been counted", g.missed)
	}
	return ""
}
