package simulate

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// putting is something that was put back, and what the host heard of it before
// the cart was closed. What nobody could hear of nobody can know, if somebody
// else took the same meanwhile: it is told apart from what the core got wrong.
type putting struct {
	product    *product
	felt, seen bool
	// crowded says that other hands were at the bay before it came to rest: the
	// scale alone can't tell what they did.
	crowded bool
	judged  bool
	heard   bool
}

// putsBack notes a deed that shelf and camera are about to tell of.
func (v *visit) putsBack(a *act) *putting {
	p := &putting{product: a.product}
	v.puts = append(v.puts, p)
	a.at.puts = append(a.at.puts, p)
	return p
}

// await has the durable report of a device be what tells of a deed.
func (w *world) await(d *device, serial observe.Serial, p *putting) {
	if p == nil || serial.Seq == 0 {
		return
	}
	ref := event.Ref{Device: d.def.Address, Serial: serial}
	w.awaited[ref] = append(w.awaited[ref], p)
}

// hears notes which deeds a durable report tells of. One that the core set aside
// tells of none.
func (w *world) hears(ref event.Ref, facts []event.Fact) {
	puts := w.awaited[ref]
	if len(puts) == 0 {
		return
	}
	for _, f := range facts {
		if _, noted := f.(event.Noted); noted {
			for _, p := range puts {
				if ref.Device == cameraAddress {
					p.seen = true
				} else {
					p.felt = true
				}
			}
		}
	}
}

// closeCart judges what was heard of what a credential's visits put back.
func (w *world) closeCart(token string) {
	for _, v := range w.visits {
		if v.token != token {
			continue
		}
		for _, p := range v.puts {
			if !p.judged {
				p.judged, p.heard = true, p.felt && (p.seen || !p.crowded)
			}
		}
	}
}
