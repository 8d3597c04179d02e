package store_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/fakehost"
	"github.com/openaisle/aisle/plugins/simulated/internal/hub"
	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// oracle attributes evidence in the simplest way there is. Under perfect
// sensors that must give the truth, or no host could.
type oracle struct {
	t        *testing.T
	scene    *scene.Scene
	mass     map[gs1.GTIN]measure.Mass
	zoneOf   map[string]string
	sessions map[string]string
	tracks   map[observe.Track]string
	last     map[string]observe.Passage
	carts    map[string]map[gs1.GTIN]int
	tags     map[string]map[gs1.GTIN]int
	bays     map[string]measure.Mass
	weighed  int
}

func newOracle(t *testing.T, sc *scene.Scene, h *fakehost.Host) *oracle {
	o := &oracle{
		t: t, scene: sc, mass: make(map[gs1.GTIN]measure.Mass), zoneOf: make(map[string]string), sessions: h.Sessions(),
		tracks: make(map[observe.Track]string), last: make(map[string]observe.Passage),
		carts: make(map[string]map[gs1.GTIN]int), tags: make(map[string]map[gs1.GTIN]int), bays: make(map[string]measure.Mass),
	}
	named := make(map[string]measure.Mass)
	for _, p := range sc.Products {
		o.mass[p.GTIN], named[p.Name] = p.PackagedMass, p.PackagedMass
	}
	for _, g := range sc.Gates {
		o.zoneOf[g.Address] = g.Zone
	}
	for _, s := range sc.Shelves {
		for _, b := range s.Bays {
			for _, f := range b.Facings {
				o.bays[scene.BayAddress(s.Address, b.Number)] += named[f.Product] * measure.Mass(f.Depth)
			}
		}
	}
	return o
}

// rank orders evidence of one instant: a hand before the plate it moved, a
// passage before the track it begins.
func rank(e observe.Evidence) int {
	return slices.Index([]observe.Kind{observe.KindInteraction, observe.KindWeight, observe.KindPassage, observe.KindPresence, observe.KindTag}, observe.KindOf(e))
}

func (o *oracle) judge(seen []fakehost.Seen) {
	slices.SortStableFunc(seen, func(a, b fakehost.Seen) int {
		if c := a.Evidence.Span().Settled.Compare(b.Evidence.Span().Settled); c != 0 {
			return c
		}
		return rank(a.Evidence) - rank(b.Evidence)
	})
	for _, s := range seen {
		switch e := s.Evidence.(type) {
		case observe.Passage:
			o.last[o.zoneOf[s.Device]+e.Direction.String()] = e
		case observe.Presence:
			o.presence(e)
		case observe.Interaction:
			o.interaction(e)
		case observe.Weight:
			o.weight(s.Device, e)
		default:
		}
	}
	for _, s := range seen {
		if e, ok := s.Evidence.(observe.Tag); ok {
			o.tag(s.Device, e, seen)
		}
	}
}

func (o *oracle) presence(e observe.Presence) {
	if e.Phase != observe.PhaseBegan {
		return
	}
	p, ok := o.last[e.Zone+observe.DirectionIn.String()]
	if !ok || !p.Settled.Equal(e.Settled) || p.Admission == "" {
		o.t.Errorf("track %s began in %s at %v without an admitted passage", e.Track, e.Zone, e.Settled)
		return
	}
	if o.tracks[e.Track] != "" {
		o.t.Errorf("track %s began twice", e.Track)
	}
	o.tracks[e.Track] = p.Admission
}

func (o *oracle) interaction(e observe.Interaction) {
	session := o.tracks[e.Track]
	if session == "" {
		o.t.Errorf("a hand of unknown track %q at %s", e.Track, e.At)
		return
	}
	if e.Action == observe.ActionTouch {
		return
	}
	if len(e.Candidates) != 1 || e.Candidates[0].Probability != measure.Certain || e.Confidence != measure.Certain || e.Quantity < 1 {
		o.t.Errorf("a perfect camera was not sure: %+v", e)
		return
	}
	gtin, sign := e.Candidates[0].GTIN, 1
	if e.Action == observe.ActionPut {
		sign = -1
	}
	if o.carts[session] == nil {
		o.carts[session] = make(map[gs1.GTIN]int)
	}
	o.carts[session][gtin] += sign * e.Quantity
	o.bays[e.At] -= measure.Mass(sign*e.Quantity) * o.mass[gtin]
}

func (o *oracle) weight(device string, e observe.Weight) {
	at := scene.BayAddress(device, e.Bay)
	if e.Mass != o.bays[at] {
		o.t.Errorf("%s weighs %v at %v, the hands left %v", at, e.Mass, e.Settled, o.bays[at])
	}
	o.weighed++
}

// tag counts a tag for the session whose track ended where and when it was read.
func (o *oracle) tag(device string, e observe.Tag, seen []fakehost.Seen) {
	zone := ""
	for _, l := range o.scene.Lanes {
		if l.Address == device {
			zone = o.zoneOf[l.Gate]
		}
	}
	for _, s := range seen {
		p, ok := s.Evidence.(observe.Presence)
		if ok && p.Phase == observe.PhaseEnded && p.Zone == zone && p.Settled.Equal(e.Settled) {
			sgtin, err := gs1.EPC(e.EPC).SGTIN()
			if err != nil {
				o.t.Fatal(err)
			}
			gtin, err := sgtin.GTIN()
			if err != nil {
				o.t.Fatal(err)
			}
			session := o.tracks[p.Track]
			if o.tags[session] == nil {
				o.tags[session] = make(map[gs1.GTIN]int)
			}
			o.tags[session][gtin]++
			return
		}
	}
	o.t.Errorf("tag %s left %s with nobody", e.EPC, zone)
}

// carried gives what each credential owes for by the evidence.
func (o *oracle) carried() map[string]map[gs1.GTIN]int {
	all := make(map[string]map[gs1.GTIN]int)
	for session, cart := range o.carts {
		maps.DeleteFunc(cart, func(_ gs1.GTIN, n int) bool { return n == 0 })
		all[o.sessions[session]] = cart
	}
	return all
}

// TestEvidenceSuffices: under perfect sensors the stream of evidence alone
// gives the truth, weights agree with hands to the milligram, and tags with
// carts.
func TestEvidenceSuffices(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		opt := defaults(t)
		opt.Seed, opt.Shoppers = seed, 100
		begin := time.Now()
		h := visitAll(t, opt, fakehost.Options{})
		t.Logf("seed %d: %d reports in %v", seed, len(h.Seen()), time.Since(begin).Round(time.Millisecond))
		sc := loadCorner(t)
		o := newOracle(t, sc, h)
		o.judge(h.Seen())
		compareTruth(t, sc, o, truth(t, opt))
		if o.weighed < 200 {
			t.Errorf("only %d weights in 100 visits", o.weighed)
		}
	}
}

func compareTruth(t *testing.T, sc *scene.Scene, o *oracle, lines []hub.TruthLine) {
	t.Helper()
	tagged := make(map[gs1.GTIN]bool)
	for _, p := range sc.Products {
		tagged[p.GTIN] = p.Tagged
	}
	byToken := make(map[string]string)
	for s, token := range o.sessions {
		byToken[token] = s
	}
	carried := o.carried()
	seen := make(map[string]bool)
	var empty, groups, units int
	for _, l := range lines {
		if seen[l.Credential] || !l.Entered || strings.HasPrefix(l.Credential, "badge") {
			t.Errorf("truth line of %s: twice, not entered or staff", l.Credential)
		}
		seen[l.Credential] = true
		cart := carried[l.Credential]
		for _, i := range l.Items {
			if cart[i.GTIN] != i.Qty {
				t.Errorf("%s owes %d of %s, the evidence says %d", l.Credential, i.Qty, i.GTIN, cart[i.GTIN])
			}
			if got := o.tags[byToken[l.Credential]][i.GTIN]; tagged[i.GTIN] && got != i.Qty {
				t.Errorf("%s carries %d of %s, %d tags were read", l.Credential, i.Qty, i.GTIN, got)
			}
			units += i.Qty
		}
		if len(cart) != len(l.Items) {
			t.Errorf("%s owes for %v, the evidence says %v", l.Credential, l.Items, cart)
		}
		if len(l.Items) == 0 {
			empty++
		}
		if l.Bodies > 1 {
			groups++
		}
	}
	if len(lines) != 100 || empty == 0 || groups == 0 || units < 150 {
		t.Errorf("%d lines, %d empty, %d groups, %d units: that is no store", len(lines), empty, groups, units)
	}
	t.Logf("%d empty-handed, %d groups, %d units", empty, groups, units)
}
