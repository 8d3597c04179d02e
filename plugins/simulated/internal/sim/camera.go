package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// trackGap is how long a body whose track broke off is nobody to the camera.
const trackGap = 1500 * time.Millisecond

// beginTrack gives the body a new name where a camera sees it.
func (b *body) beginTrack() {
	b.camera = b.w.cameraOf[b.zone]
	if b.camera == "" {
		return
	}
	b.w.tracks++
	b.track, b.sure = observe.Track(fmt.Sprintf("%08x-%05d", b.w.boot, b.w.tracks)), measure.Certain
	b.seen(observe.PhaseBegan)
}

// endTrack is the camera's last word on the body's track.
func (b *body) endTrack() {
	if b.track == "" {
		return
	}
	b.seen(observe.PhaseEnded)
	b.track, b.camera = "", ""
}

func (b *body) seen(phase observe.Phase) {
	if b.track == "" {
		return
	}
	b.w.emit(b.camera, b.presence(b.stamp(b.w.tl.Now()), phase))
}

// presence says where the body's track is and, of a camera that may take one for
// another, how sure it is that it still is the same body.
func (b *body) presence(at time.Time, phase observe.Phase) observe.Presence {
	p := observe.Presence{Interval: observe.At(at), Track: b.track, Zone: b.zone, Phase: phase}
	if len(b.w.opt.Profile.Meetings) > 0 {
		p.Confidence = b.sure
	}
	return p
}

// maybeLoseTrack breaks the body's track off once, at the stop drawn for it.
func (b *body) maybeLoseTrack() {
	if b.breakAt < 0 || b.track == "" {
		return
	}
	if b.breakAt > 0 {
		b.breakAt--
		return
	}
	b.breakAt = -1
	b.endTrack()
	b.w.tl.After(trackGap, b.owner, func() {
		if b.track == "" && !b.out {
			b.beginTrack()
		}
	})
}

// meetOthers lets the camera take the body for others in its zone, and them for it. It
// does so as trackers do: each track goes on from where it is, on the other body, so
// that nothing it tells of places gives it away. How sure it still is of the two it
// says as soon as it is less so.
func (b *body) meetOthers() {
	for _, o := range b.w.bodies {
		if o != b && o.zone == b.zone && o.track != "" && o.camera == b.camera {
			b.meet(o)
		}
	}
}

func (b *body) meet(o *body) {
	if len(b.w.opt.Profile.Meetings) == 0 {
		return
	}
	sure := level(b.sense, b.w.opt.Profile.Meetings)
	b.sure, o.sure = b.sure.Mul(ppm(sure)), o.sure.Mul(ppm(sure))
	if b.sense.Float64() >= sure {
		b.track, o.track, b.sure, o.sure = o.track, b.track, o.sure, b.sure
	}
	if sure < 1 {
		b.seen(observe.PhasePresent)
		o.seen(observe.PhasePresent)
	}
}

// seeHand reports what the camera made of a hand.
func (w *World) seeHand(b *body, d deed) {
	p, r := &w.opt.Profile, b.sense
	camera := w.cameraOf[d.at.zone]
	if camera == "" || r.Float64() >= p.Recall {
		return
	}
	action, sure := w.readAction(r, d)
	at := d.at
	if r.Float64() < p.NextBay {
		at = at.next
	}
	onset := d.onset.Add(-w.jitter(r))
	i := observe.Interaction{
		Interval: observe.Between(onset.Time(), max(onset, w.tl.Now().Add(-w.jitter(r))).Time()),
		Track:    b.track, At: at.address, Action: action, Confidence: sure,
	}
	if action != observe.ActionTouch && d.product != nil {
		i.Quantity = w.readQuantity(r, d.qty)
		i.Candidates = w.readProduct(r, d)
	}
	w.emit(camera, i)
}

// readAction takes one action for another as often as the confidence it states.
func (w *World) readAction(r *rand.Rand, d deed) (observe.Action, measure.Probability) {
	sure := level(r, w.opt.Profile.Actions)
	if r.Float64() < sure {
		return d.action, ppm(sure)
	}
	others := []observe.Action{observe.ActionTouch, observe.ActionTake, observe.ActionPut}
	for i, a := range others {
		if a == d.action {
			others = append(others[:i], others[i+1:]...)
			break
		}
	}
	return others[r.IntN(len(others))], ppm(sure)
}

func (w *World) readQuantity(r *rand.Rand, qty int) int {
	p := &w.opt.Profile
	if r.Float64() >= p.QuantityKnown {
		return 0
	}
	if r.Float64() >= p.QuantityWrong {
		return qty
	}
	if qty > 1 && r.IntN(2) == 0 {
		return qty - 1
	}
	return qty + 1
}

// readProduct gives the candidates for what the hand held. The best is right as
// often as it says, the second as often as it says.
func (w *World) readProduct(r *rand.Rand, d deed) []observe.Candidate {
	sure := level(r, w.opt.Profile.Products)
	if sure >= 1 {
		return []observe.Candidate{{GTIN: d.product.GTIN, Probability: measure.Certain}}
	}
	second := (1 - sure) * w.opt.Profile.Second
	others := w.confusable(r, d)
	best, next := d.product, others[0]
	if next == nil { // a store of one product
		return []observe.Candidate{{GTIN: best.GTIN, Probability: ppm(sure)}}
	}
	switch x := r.Float64(); {
	case x < sure:
	case x < sure+second:
		best, next = others[0], d.product
	default:
		best, next = others[0], others[1]
	}
	candidates := []observe.Candidate{{GTIN: best.GTIN, Probability: ppm(sure)}}
	if next != nil {
		candidates = append(candidates, observe.Candidate{GTIN: next.GTIN, Probability: ppm(second)})
	}
	return candidates
}

// confusable gives two products that the camera may take for the right one:
// those beside it first. The second may be missing in a very small store.
func (w *World) confusable(r *rand.Rand, d deed) [2]*product {
	var near, far []*product
	for _, s := range w.scene.Products {
		p := w.products[s.Name]
		switch {
		case p == d.product:
		case d.at.faces(p), p.home != nil && p.home.shelf == d.at.shelf && r.Float64() < 0.5:
			near = append(near, p)
		default:
			far = append(far, p)
		}
	}
	r.Shuffle(len(near), func(i, j int) { near[i], near[j] = near[j], near[i] })
	r.Shuffle(len(far), func(i, j int) { far[i], far[j] = far[j], far[i] })
	var two [2]*product
	copy(two[:], append(near, far...))
	return two
}

func level(r *rand.Rand, levels []Level) float64 {
	x := r.Float64()
	for _, l := range levels {
		if x -= l.Share; x < 0 {
			return l.Sure
		}
	}
	return levels[len(levels)-1].Sure
}

func ppm(share float64) measure.Probability {
	return measure.Probability(share * float64(measure.Certain))
}
