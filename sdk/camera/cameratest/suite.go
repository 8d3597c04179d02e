package cameratest

import (
	"testing"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
)

// Harness is what the suite needs of a camera under test. Bodies are named by
// the numbers that Enter gives.
type Harness struct {
	classtest.Subject
	// Zones are addresses of two zones that the camera sees, Place that of a
	// shelf or bay. The camera learned them from its config.
	Zones [2]string
	Place string
	// Item is a product that the camera knows; empty where it names none.
	Item gs1.GTIN
	// Enter, Move, Leave and Reach put bodies and hands before the camera that
	// was opened last. Reach may be nil for a camera that sees no hands.
	Enter func(t testing.TB, zone string) int
	Move  func(t testing.TB, id int, zone string)
	Leave func(t testing.TB, id int)
	Reach func(t testing.TB, id int, place string, a observe.Action, item gs1.GTIN)
}

// Run runs the suite.
func Run(t *testing.T, h Harness) { classtest.Run(t, Cases(h)) }

// Cases gives the suite's cases.
func Cases(h Harness) []classtest.Case {
	cases := classtest.Common(h.Subject, "camera", func(t testing.TB, _ *classtest.Rig) { h.Enter(t, h.Zones[0]) })
	for _, c := range []struct {
		name string
		run  func(t testing.TB, h Harness)
		skip bool
	}{
		{"a body that comes begins a track in its zone", begins, false},
		{"a body that moves keeps its track", moves, false},
		{"a body that goes ends its track", ends, false},
		{"two bodies have two tracks", twoBodies, false},
		{"a track is never used again", neverAgain, false},
		{"a track is never used again, not even after a restart", neverAgainRestart, false},
		{"live tracks are restated after the camera was opened again", restated, false},
		{"a track that ended is not restated", notRestated, false},
		{"a hand is reported with its track and place", hand, h.Reach == nil},
		{"take and put are told apart", actions, h.Reach == nil},
		{"what the hand held is named", candidates, h.Reach == nil || h.Item == ""},
	} {
		if !c.skip {
			cases = append(cases, classtest.Case{Name: c.name, Run: func(t testing.TB) { c.run(t, h) }})
		}
	}
	return cases
}

// presence takes the next presence in a phase, and fails at one of a phase that
// can't come before it.
func presence(t testing.TB, r *classtest.Rig, phases ...observe.Phase) observe.Presence {
	t.Helper()
	p, ok := r.NextOf(r.Present).Evidence.(observe.Presence)
	if !ok {
		t.Fatal("no presence was reported")
	}
	for _, phase := range phases {
		if p.Phase == phase {
			return p
		}
	}
	t.Fatalf("a track is %v in %s; want one of %v", p.Phase, p.Zone, phases)
	return p
}

// enter brings a body and gives its number and the presence that began.
func (h Harness) enter(t testing.TB, r *classtest.Rig, zone string) (int, observe.Presence) {
	t.Helper()
	id := h.Enter(t, zone)
	p := presence(t, r, observe.PhaseBegan)
	if p.Zone != zone {
		t.Fatalf("a body that came to %s began in %s", zone, p.Zone)
	}
	return id, p
}

func begins(t testing.TB, h Harness) {
	r := h.Open(t)
	h.enter(t, r, h.Zones[0])
}

func moves(t testing.TB, h Harness) {
	r := h.Open(t)
	id, began := h.enter(t, r, h.Zones[0])
	for _, zone := range []string{h.Zones[1], h.Zones[0]} {
		h.Move(t, id, zone)
		if p := presence(t, r, observe.PhasePresent); p.Track != began.Track || p.Zone != zone {
			t.Fatalf("track %s that moved to %s is track %s in %s", began.Track, zone, p.Track, p.Zone)
		}
	}
}

func ends(t testing.TB, h Harness) {
	r := h.Open(t)
	id, began := h.enter(t, r, h.Zones[0])
	h.Leave(t, id)
	if p := presence(t, r, observe.PhaseEnded); p.Track != began.Track {
		t.Fatalf("track %s ended, and %s went", p.Track, began.Track)
	}
}

func twoBodies(t testing.TB, h Harness) {
	r := h.Open(t)
	_, first := h.enter(t, r, h.Zones[0])
	_, second := h.enter(t, r, h.Zones[0])
	if first.Track == second.Track {
		t.Fatalf("two bodies are both track %s", first.Track)
	}
}

func neverAgain(t testing.TB, h Harness) {
	r := h.Open(t)
	used := map[observe.Track]bool{}
	for range 3 {
		id, began := h.enter(t, r, h.Zones[0])
		if used[began.Track] {
			t.Fatalf("track %s was used for another body", began.Track)
		}
		used[began.Track] = true
		h.Leave(t, id)
		presence(t, r, observe.PhaseEnded)
	}
}

func neverAgainRestart(t testing.TB, h Harness) {
	r := h.Open(t)
	id, before := h.enter(t, r, h.Zones[0])
	h.Leave(t, id)
	presence(t, r, observe.PhaseEnded)
	r.Reopen()
	if _, after := h.enter(t, r, h.Zones[0]); after.Track == before.Track {
		t.Fatalf("track %s was used again after a restart", before.Track)
	}
}

func restated(t testing.TB, h Harness) {
	r := h.Open(t)
	h.enter(t, r, h.Zones[0])
	h.enter(t, r, h.Zones[1])
	r.Reopen()
	zones := map[string]bool{}
	for range 2 {
		zones[presence(t, r, observe.PhaseBegan, observe.PhasePresent).Zone] = true
	}
	if !zones[h.Zones[0]] || !zones[h.Zones[1]] {
		t.Fatalf("bodies in both zones were restated in %v", zones)
	}
}

func notRestated(t testing.TB, h Harness) {
	r := h.Open(t)
	gone, _ := h.enter(t, r, h.Zones[0])
	h.enter(t, r, h.Zones[1])
	h.Leave(t, gone)
	presence(t, r, observe.PhaseEnded)
	r.Reopen()
	if p := presence(t, r, observe.PhaseBegan, observe.PhasePresent); p.Zone != h.Zones[1] {
		t.Fatalf("a body that had gone was restated in %s", p.Zone)
	}
	h.enter(t, r, h.Zones[0]) // and no more was restated before it
}

// reach lets a hand reach and gives the interaction reported.
func (h Harness) reach(t testing.TB, r *classtest.Rig, id int, a observe.Action) observe.Interaction {
	t.Helper()
	h.Reach(t, id, h.Place, a, h.Item)
	i, ok := r.NextOf(r.Present).Evidence.(observe.Interaction)
	if !ok {
		t.Fatal("no interaction was reported")
	}
	return i
}

func hand(t testing.TB, h Harness) {
	r := h.Open(t)
	id, began := h.enter(t, r, h.Zones[0])
	i := h.reach(t, r, id, observe.ActionTake)
	if i.Track != began.Track || i.At != h.Place {
		t.Fatalf("a hand of %s at %s was reported as of %q at %s", began.Track, h.Place, i.Track, i.At)
	}
	if i.Settled.Before(i.Onset) || i.Confidence <= 0 {
		t.Fatalf("from %v to %v with confidence %v", i.Onset, i.Settled, i.Confidence)
	}
}

func actions(t testing.TB, h Harness) {
	r := h.Open(t)
	id, _ := h.enter(t, r, h.Zones[0])
	for _, a := range []observe.Action{observe.ActionTake, observe.ActionPut, observe.ActionTake} {
		if i := h.reach(t, r, id, a); i.Action != a {
			t.Fatalf("a hand that did %v was reported as %v", a, i.Action)
		}
	}
}

func candidates(t testing.TB, h Harness) {
	r := h.Open(t)
	id, _ := h.enter(t, r, h.Zones[0])
	i := h.reach(t, r, id, observe.ActionTake)
	if len(i.Candidates) == 0 || i.Candidates[0].GTIN != h.Item {
		t.Fatalf("a hand that took %s is said to hold %v", h.Item, i.Candidates)
	}
}
