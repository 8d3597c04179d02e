package sim_test

import (
	"math"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// visits is enough for shares of a few per mille to show.
const visits = 4000

// rates are what a profile's reports show beside those of a perfect world's.
type rates struct {
	interactions, weights, passagesOut, tags float64
	late, twice, quantities                  float64
	worst                                    time.Duration
	stated                                   float64
}

// TestProfiles: reports show the rates that a profile states.
func TestProfiles(t *testing.T) {
	perfect := newWatcher(t, sim.Options{Seed: 1, Shoppers: visits, Profile: sim.None()}).run()
	for _, p := range []sim.Profile{sim.Nominal(), sim.Harsh()} {
		w := newWatcher(t, sim.Options{Seed: 1, Shoppers: visits, Profile: p}).run()
		want, got := ratesOf(perfect), ratesOf(w)
		again := 1 + p.Twice
		tags := (1-p.TagMissed)*again + p.StrayRead*float64(visits)*1.3/want.tags
		near(t, p.Name+" interactions", got.interactions/want.interactions, p.Recall*again, 0.03)
		near(t, p.Name+" bodies seen leaving", got.passagesOut/want.passagesOut, (1-p.Unseen)*again, 0.02)
		near(t, p.Name+" tags", got.tags/want.tags, tags, 0.06)
		near(t, p.Name+" late", got.late, p.Late*(1-100.0/float64(p.LateMax.Milliseconds())/2)+p.Twice, 0.015)
		near(t, p.Name+" twice", got.twice, p.Twice/again, 0.005)
		near(t, p.Name+" quantities known", got.quantities, p.QuantityKnown, 0.02)
		if most := p.LateMax + p.TwiceMax + p.Jitter + 200*time.Millisecond; got.worst > most {
			t.Errorf("%s: a report came %v late, the most is %v", p.Name, got.worst, most)
		}
		near(t, p.Name+" sure of the product", got.stated, mean(p.Products), 0.02)
		near(t, p.Name+" sure of the action", statedAction(w), mean(p.Actions), 0.02)
	}
	if got := ratesOf(perfect); got.late > 0 || got.twice > 0 || got.stated != 1 || got.quantities != 1 {
		t.Errorf("a perfect world shows %+v", got)
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %.4f, want %.4f within %.3f", what, got, want, within)
	}
}

func mean(levels []sim.Level) (m float64) {
	for _, l := range levels {
		m += l.Share * l.Sure
	}
	return m
}

// ratesOf counts. A report is late when it came more than a tick and the jitter
// after it was settled.
func ratesOf(w *watcher) rates {
	var r rates
	type key struct {
		device string
		kind   observe.Kind
		span   observe.Interval
		text   string
	}
	seen := make(map[key]bool)
	late, takes, known := 0, 0, 0
	for _, x := range w.reports {
		k := key{x.device, observe.KindOf(x.e), x.e.Span(), ""}
		if tag, ok := x.e.(observe.Tag); ok {
			k.text = tag.EPC
		}
		if weight, ok := x.e.(observe.Weight); ok {
			k.text = string(rune(weight.Bay))
		}
		if p, ok := x.e.(observe.Presence); ok {
			k.text = string(p.Track)
		}
		if i, ok := x.e.(observe.Interaction); ok {
			k.text = string(i.Track) + i.At
		}
		if seen[k] {
			r.twice++
		}
		seen[k] = true
		// Weights carry no jitter, so they show delays alone.
		delay := x.at.Time().Sub(x.e.Span().Settled)
		r.worst = max(r.worst, delay)
		if _, ok := x.e.(observe.Weight); ok {
			r.weights++
			if delay > 100*time.Millisecond {
				late++
			}
		}
		switch e := x.e.(type) {
		case observe.Interaction:
			r.interactions++
			if e.Action != observe.ActionTouch && len(e.Candidates) > 0 {
				takes++
				r.stated += float64(e.Candidates[0].Probability) / float64(measure.Certain)
				if e.Quantity > 0 {
					known++
				}
			}
		case observe.Passage:
			if e.Direction == observe.DirectionOut {
				r.passagesOut++
			}
		case observe.Tag:
			r.tags++
		default:
		}
	}
	r.late = float64(late) / r.weights
	r.twice /= float64(len(w.reports))
	r.quantities = float64(known) / float64(takes)
	r.stated /= float64(takes)
	return r
}

func statedAction(w *watcher) (m float64) {
	all := of[observe.Interaction](w)
	for _, i := range all {
		m += float64(i.Confidence) / float64(measure.Certain) / float64(len(all))
	}
	return m
}
