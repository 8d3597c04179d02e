package simulate

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// crash ends the host: what is not durable is lost, and plugins with it. A
// group on its way to the disk may be there in whole.
func (h *host) crash(groupSurvives bool) {
	if !h.up {
		return
	}
	if groupSurvives && len(h.group) > 0 && h.busy {
		g := h.group
		if h.write(g) == nil {
			for i := range g {
				h.records++
				if !h.deaf {
					h.w.durable(&g[i])
				}
			}
			h.group = nil
		}
	}
	h.checkMemory()
	h.halt()
}

// halt is the end of this life of the host.
func (h *host) halt() {
	h.life++
	h.up, h.busy, h.planned, h.frozen = false, false, false, 0
	h.group, h.answers, h.order, h.waiting = nil, nil, nil, 0
	h.queues = map[string][]event.Input{}
	h.lanes, h.running, h.pool = map[string]*lane{}, 0, nil
	h.mute, h.stuck = time.Time{}, time.Time{}
	if !h.deaf {
		for _, d := range h.w.devices {
			d.end()
		}
	}
}

// checkMemory compares the state in memory with what the journal folds to, where
// nothing is stepped that is not durable, and no panic left it half changed: M12.
func (h *host) checkMemory() {
	if len(h.group) > 0 || h.state == nil || h.broken {
		return
	}
	s, _, err := h.disk.rebuild(h.dice.IntN(2) == 0)
	if err != nil {
		h.w.violate("M12", "", "the state can't be rebuilt: %v", err)
		return
	}
	if same, err := equalStates(s, h.state); err != nil || !same {
		h.w.violate("M12", "", "the state that the journal folds to is another than the one in memory (%v)", err)
		h.w.stop = true
		if h.w.story != nil {
			a, _ := s.Encode()
			b, _ := h.state.Encode()
			h.w.tell("%s", diffText(a, b))
		}
	}
}

// start brings a host up, as the composition root does: recover, say so, adopt,
// send again what is pending, open devices.
func (h *host) start(def storedef.Store, digest string) error {
	s, last, err := h.disk.rebuild(true)
	if err != nil {
		return err
	}
	h.state, h.last, h.broken = s, last, false
	h.life++
	h.up, h.alarms, h.ticked = true, h.alarms+1, time.Time{}
	h.ahead = 0
	if c := h.clock(); c.Before(last) { // the machine's clock was set back
		h.ahead = last.Sub(c)
	}
	old := s.Definition
	h.starting = true
	if old != nil {
		h.step(h.last, event.Resumed{Until: h.now()})
	}
	if old == nil || old.Digest != digest {
		salt := "salt"
		if old != nil {
			salt = old.Salt
		}
		if !h.ticks(h.now()) {
			return nil
		}
		h.step(h.now(), event.Definition{Store: def, Salt: salt, Digest: digest})
	}
	h.starting = false
	g := h.group
	h.group = nil
	if err := h.write(g); err != nil {
		return err
	}
	h.quietly(g)
	if h.w.bug != ForgetsPending {
		for _, a := range h.state.Pending() {
			h.dispatch(a, true)
		}
	}
	h.later(0, h.turn)
	return nil
}

// quietly lets everybody hear of durable records whose asks are among the
// pending ones.
func (h *host) quietly(g []draft) {
	for i := range g {
		h.records++
		if !h.deaf {
			h.w.durable(&g[i])
		}
	}
}

// nextEpoch mints an opening's epoch: growing whatever the clock says.
func (h *host) nextEpoch() uint64 {
	at := uint64(h.clock().UnixMicro())<<12 | uint64(h.dice.IntN(1<<12))
	var floor uint64
	for _, s := range h.state.Noted {
		floor = max(floor, s.Epoch)
	}
	for _, d := range h.state.Entry.Device {
		floor = max(floor, d.Epoch)
	}
	floor = max(floor, h.epoch)
	if at <= floor {
		at = floor + 1 + uint64(h.dice.IntN(1<<12))
	}
	h.epoch = at
	return at
}
