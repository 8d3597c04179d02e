package sim_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestSameSeedSameWorld: everything repeats with the seed, and the truth is the
// same however well the sensors see.
func TestSameSeedSameWorld(t *testing.T) {
	run := func(seed uint64, p sim.Profile) *watcher {
		return newWatcher(t, sim.Options{Seed: seed, Shoppers: 60, Profile: p}).run()
	}
	a, b := run(5, sim.Nominal()), run(5, sim.Nominal())
	if !reflect.DeepEqual(a.reports, b.reports) || !reflect.DeepEqual(a.visits, b.visits) {
		t.Error("two worlds of one seed differ")
	}
	perfect := run(5, sim.None())
	if c := run(6, sim.None()); reflect.DeepEqual(perfect.visits, c.visits) {
		t.Error("two seeds give one world")
	}
	tokens := func(w *watcher) (all []string) {
		for _, v := range w.visits {
			all = append(all, v.Credential)
		}
		slices.Sort(all)
		return all
	}
	if !slices.Equal(tokens(a), tokens(perfect)) || len(a.visits) != 60 {
		t.Errorf("visits of one seed under two profiles: %d and %d", len(a.visits), len(perfect.visits))
	}
}

// TestVisits: the store sees all that the issue asks for, and nobody takes more
// than a basket.
func TestVisits(t *testing.T) {
	w := newWatcher(t, sim.Options{Seed: 3, Shoppers: 400, Profile: sim.None(), Basket: 5}).run()
	var empty, parties, most int
	for _, v := range w.visits {
		n := 0
		for _, i := range v.Items {
			n += i.Qty
		}
		if n > 5 {
			t.Errorf("%s carried %d units, a basket holds 5", v.Credential, n)
		}
		most = max(most, n)
		if n == 0 {
			empty++
		}
		if v.Bodies > 1 {
			parties++
		}
		if !v.Entered {
			t.Errorf("%s stayed outside", v.Credential)
		}
	}
	var takes, puts, wrong, staff int
	home := make(map[string]string)
	for _, s := range w.scene.Shelves {
		for _, y := range s.Bays {
			for _, f := range y.Facings {
				home[f.Product] = s.Address
			}
		}
	}
	names := make(map[string]string)
	for _, p := range w.scene.Products {
		names[string(p.GTIN)] = p.Name
	}
	for _, i := range of[observe.Interaction](w) {
		switch i.Action {
		case observe.ActionTake:
			takes++
		case observe.ActionPut:
			puts++
			if shelf := home[names[string(i.Candidates[0].GTIN)]]; !strings.HasPrefix(i.At, shelf+".") {
				wrong++
			}
		}
	}
	for _, c := range of[observe.Credential](w) {
		if c.Method == observe.MethodBadge {
			staff++
		}
	}
	t.Logf("%d empty-handed, %d parties, most %d, %d takes, %d puts, %d of them on another shelf, %d staff", empty, parties, most, takes, puts, wrong, staff)
	if most != 5 || empty < 10 || parties < 40 || takes < 400 || puts < 50 || wrong < 5 || staff < 3 {
		t.Error("some of it hardly happens")
	}
}

// TestRefused: whoever is not let in goes away and owes nothing.
func TestRefused(t *testing.T) {
	w := newWatcher(t, sim.Options{Seed: 4, Shoppers: 20, Profile: sim.None()})
	w.refuse = func(token string) bool { return strings.HasSuffix(token, "3") }
	w.run()
	refused := 0
	for _, v := range w.visits {
		if w.refuse(v.Credential) {
			refused++
			if v.Entered || len(v.Items) > 0 {
				t.Errorf("%s was refused and got in: %+v", v.Credential, v)
			}
		} else if !v.Entered {
			t.Errorf("%s was let in and stayed outside", v.Credential)
		}
	}
	if refused != 2 || len(w.visits) != 20 {
		t.Errorf("%d refused of %d", refused, len(w.visits))
	}
}

// TestStaffRefused: a store whose staff can't get in runs empty, and ends.
func TestStaffRefused(t *testing.T) {
	w := newWatcher(t, sim.Options{Seed: 4, Shoppers: 300, Profile: sim.None()})
	w.refuse = func(token string) bool { return strings.HasPrefix(token, "badge") }
	w.run()
	presented := 0
	for _, c := range of[observe.Credential](w) {
		if w.refuse(c.Token) {
			presented++
		}
	}
	if presented != 3 || len(w.visits) != 300 {
		t.Errorf("staff came %d times and %d visits ended, want 3 and 300", presented, len(w.visits))
	}
}

// TestShortAdmission: a gate that shuts before the first body is in its lane
// lets nobody in, and one for fewer bodies leaves the others outside.
func TestShortAdmission(t *testing.T) {
	w := newWatcher(t, sim.Options{Seed: 4, Shoppers: 10, Profile: sim.None()})
	w.expires = time.Millisecond
	w.run()
	for _, v := range w.visits {
		if v.Entered {
			t.Errorf("%s got in after the gate had shut", v.Credential)
		}
	}
	w = newWatcher(t, sim.Options{Seed: 4, Shoppers: 50, Profile: sim.None()})
	w.spare = 1
	w.run()
	in := 0
	for _, p := range of[observe.Passage](w) {
		if p.Direction == observe.DirectionIn {
			in++
		}
	}
	want := 0
	for _, c := range of[observe.Credential](w) {
		want += max(c.Bodies-1, 1)
	}
	if in != want || len(w.visits) != 50 {
		t.Errorf("%d bodies came in, want %d", in, want)
	}
}

// TestAdmit: the table of what a gate answers.
func TestAdmit(t *testing.T) {
	w := newWatcher(t, sim.Options{Seed: 4, Profile: sim.None()})
	soon := w.tl.Now().Add(time.Second)
	for _, c := range []struct {
		name, gate, session string
		bodies              int
		early               bool
		ok                  bool
	}{
		{"an admission", "gate.north", "s1", 1, false, true},
		{"the same again", "gate.north", "s1", 1, false, true},
		{"the same after its time", "gate.north", "s1", 1, true, true},
		{"no such gate", "gate.west", "s2", 1, false, false},
		{"no session", "gate.north", "", 1, false, false},
		{"nobody", "gate.north", "s3", 0, false, false},
		{"a crowd", "gate.north", "s3", observe.MaxBodies + 1, false, false},
		{"the largest party", "gate.north", "s3", observe.MaxBodies, false, true},
		{"too late", "gate.north", "s4", 1, true, false},
	} {
		expires := soon
		if c.early {
			expires = w.tl.Now()
		}
		if err := w.world.Admit(c.gate, c.session, c.bodies, expires); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestAnothersAdmission: nobody walks in on a session that was held on another
// card.
func TestAnothersAdmission(t *testing.T) {
	w := newWatcher(t, sim.Options{Seed: 4, Shoppers: 10, Profile: sim.None()})
	w.refuse = func(token string) bool {
		for _, g := range []string{"gate.north", "gate.south"} {
			session := g + token
			w.world.Authorised(session, "somebody else's")
			if err := w.world.Admit(g, session, 1, w.tl.Now().Add(time.Minute)); err != nil {
				t.Error(err)
			}
		}
		return true
	}
	w.run()
	for _, v := range w.visits {
		if v.Entered {
			t.Errorf("%s walked in on another's admission", v.Credential)
		}
	}
}

// TestFirstVisit: a world that follows an earlier one repeats neither
// credential nor track.
func TestFirstVisit(t *testing.T) {
	names := func(first int) map[string]bool {
		w := newWatcher(t, sim.Options{Seed: 9, Shoppers: 20, FirstVisit: first, Profile: sim.None()}).run()
		all := make(map[string]bool)
		for _, c := range of[observe.Credential](w) {
			if c.Method != observe.MethodBadge {
				all[c.Token] = true
			}
		}
		for _, p := range of[observe.Presence](w) {
			all[string(p.Track)] = true
		}
		for _, tag := range of[observe.Tag](w) {
			all[tag.EPC] = true
		}
		return all
	}
	first, second := names(1), names(21)
	for n := range first {
		if second[n] {
			t.Errorf("%s is in both worlds", n)
		}
	}
	if len(first) < 40 {
		t.Errorf("only %d names", len(first))
	}
}

// TestLevels: a shelf that opens states every bay, a camera every live track.
func TestLevels(t *testing.T) {
	w := newWatcher(t, sim.Options{Seed: 3, Shoppers: 30, Profile: sim.None()})
	w.world.Start()
	for range 400 {
		next, _ := w.tl.Next()
		w.tl.RunTo(next)
	}
	for _, s := range w.scene.Shelves {
		bays := make(map[int]bool)
		for _, e := range w.world.Levels(s.Address) {
			bays[e.(observe.Weight).Bay] = true
		}
		if len(bays) != len(s.Bays) {
			t.Errorf("%s states %d of %d bays", s.Address, len(bays), len(s.Bays))
		}
	}
	live := make(map[observe.Track]bool)
	for _, p := range of[observe.Presence](w) {
		live[p.Track] = p.Phase != observe.PhaseEnded
	}
	for _, e := range w.world.Levels("camera.ceiling") {
		p := e.(observe.Presence)
		if p.Phase != observe.PhasePresent {
			t.Errorf("a live track restated as %v", p.Phase)
		}
		delete(live, p.Track)
	}
	for track, alive := range live {
		if alive {
			t.Errorf("track %s is live and not restated", track)
		}
	}
	if got := w.world.Levels("gate.north"); len(got) != 0 {
		t.Errorf("a gate states %v", got)
	}
}
