package shelftest

import (
	"testing"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
)

// Harness is what the suite needs of a shelf under test.
type Harness struct {
	classtest.Subject
	// Bays is how many bays the shelf has, numbered from 1.
	Bays int
	// Put changes what stands on a bay of the shelf that was opened last;
	// negative to take. It never takes more than the suite put.
	Put func(t testing.TB, bay int, change measure.Mass)
	// Item is what the suite puts and takes.
	Item measure.Mass
	// Tolerance is how far a settled level may be off.
	Tolerance measure.Mass
}

// Run runs the suite.
func Run(t *testing.T, h Harness) { classtest.Run(t, Cases(h)) }

// Cases gives the suite's cases.
func Cases(h Harness) []classtest.Case {
	cases := classtest.Common(h.Subject, "shelf", func(testing.TB, *classtest.Rig) {}) // it restates by itself
	for _, c := range []struct {
		name string
		run  func(t testing.TB, h Harness)
	}{
		{"every bay is stated when the shelf opens", stated},
		{"a level is absolute", absolute},
		{"a level returns when the item does", returns},
		{"bays are kept apart", apart},
		{"levels are restated after the shelf was opened again", restated},
		{"changes on all bays at once are all reported", allAtOnce},
		{"a level after many small changes is right", manyChanges},
		{"tare makes the present mass zero and leaves other bays alone", tare},
		{"below a new zero a level is negative", belowZero},
		{"tare of a bay that isn't there is refused as invalid", tareNowhere},
		{"a shelf without the ability answers unsupported", noTare},
	} {
		cases = append(cases, classtest.Case{Name: c.name, Run: func(t testing.TB) { c.run(t, h) }})
	}
	return cases
}

// levels are the last levels of bays by number.
type levels map[int]measure.Mass

// open opens the shelf and waits until every bay is stated.
func (h Harness) open(t testing.TB) (*classtest.Rig, levels) {
	t.Helper()
	r := h.Open(t)
	return r, h.all(t, r)
}

// all takes reports until every bay has been stated.
func (h Harness) all(t testing.TB, r *classtest.Rig) levels {
	t.Helper()
	at := levels{}
	for len(at) < h.Bays {
		h.next(t, r, at)
	}
	return at
}

func (h Harness) next(t testing.TB, r *classtest.Rig, at levels) {
	t.Helper()
	w, ok := r.NextOf(r.Present).Evidence.(observe.Weight)
	if !ok {
		t.Fatal("a shelf reported no weight")
	}
	if w.Bay > h.Bays {
		t.Fatalf("bay %d of %d", w.Bay, h.Bays)
	}
	at[w.Bay] = w.Mass
}

// reaches takes reports until a bay's level is what it should be. A shelf may
// settle on the way.
func (h Harness) reaches(t testing.TB, r *classtest.Rig, at levels, bay int, want measure.Mass) {
	t.Helper()
	for !h.near(at[bay], want) {
		h.next(t, r, at)
	}
}

func (h Harness) near(a, b measure.Mass) bool { return (a - b).Abs() <= h.Tolerance }

func stated(t testing.TB, h Harness) { h.open(t) }

func absolute(t testing.TB, h Harness) {
	r, at := h.open(t)
	start := at[1]
	for n := measure.Mass(1); n <= 3; n++ {
		h.Put(t, 1, h.Item)
		h.reaches(t, r, at, 1, start+n*h.Item)
	}
}

func returns(t testing.TB, h Harness) {
	r, at := h.open(t)
	start := at[1]
	for range 3 {
		h.Put(t, 1, h.Item)
		h.reaches(t, r, at, 1, start+h.Item)
		h.Put(t, 1, -h.Item)
		h.reaches(t, r, at, 1, start)
	}
}

func apart(t testing.TB, h Harness) {
	if h.Bays < 2 {
		t.Skip("the shelf has one bay")
	}
	r, at := h.open(t)
	first, second := at[1], at[2]
	h.Put(t, 2, h.Item)
	h.reaches(t, r, at, 2, second+h.Item)
	if !h.near(at[1], first) {
		t.Errorf("an item on bay 2 moved bay 1 from %v to %v", first, at[1])
	}
}

func restated(t testing.TB, h Harness) {
	r, at := h.open(t)
	start := at[1]
	h.Put(t, 1, h.Item)
	h.reaches(t, r, at, 1, start+h.Item)
	r.Reopen()
	if again := h.all(t, r); !h.near(again[1], start+h.Item) {
		t.Errorf("bay 1 was restated as %v, want %v", again[1], start+h.Item)
	}
}

func allAtOnce(t testing.TB, h Harness) {
	r, at := h.open(t)
	start := levels{}
	for bay := 1; bay <= h.Bays; bay++ {
		start[bay] = at[bay]
		h.Put(t, bay, h.Item)
	}
	for bay := 1; bay <= h.Bays; bay++ {
		h.reaches(t, r, at, bay, start[bay]+h.Item)
	}
}

func manyChanges(t testing.TB, h Harness) {
	r, at := h.open(t)
	start := at[1]
	for range 8 {
		h.Put(t, 1, h.Item)
		h.Put(t, 1, h.Item)
		h.Put(t, 1, -h.Item)
	}
	h.reaches(t, r, at, 1, start+8*h.Item)
	for range 8 {
		h.Put(t, 1, -h.Item)
	}
	h.reaches(t, r, at, 1, start)
}

func tare(t testing.TB, h Harness) {
	r, at := h.open(t)
	if !r.Has(shelf.AbilityTare) {
		t.Skip("the shelf has no " + shelf.AbilityTare)
	}
	h.Put(t, 1, h.Item)
	h.reaches(t, r, at, 1, at[1]+h.Item)
	if h.Bays > 1 {
		start := at[2]
		h.Put(t, 2, h.Item)
		h.reaches(t, r, at, 2, start+h.Item)
	}
	other := at[2]
	if err := r.Plugin.Shelf(r.Handle, r.Epoch).Tare(r.Context(), 1); err != nil {
		t.Fatal(err)
	}
	h.reaches(t, r, at, 1, 0)
	h.Put(t, 1, h.Item)
	h.reaches(t, r, at, 1, h.Item)
	if h.Bays > 1 {
		r.Reopen()
		if again := h.all(t, r); !h.near(again[2], other) {
			t.Errorf("tare of bay 1 moved bay 2 from %v to %v", other, again[2])
		}
	}
}

func belowZero(t testing.TB, h Harness) {
	r, at := h.open(t)
	if !r.Has(shelf.AbilityTare) {
		t.Skip("the shelf has no " + shelf.AbilityTare)
	}
	start := at[1]
	h.Put(t, 1, h.Item)
	h.reaches(t, r, at, 1, start+h.Item)
	if err := r.Plugin.Shelf(r.Handle, r.Epoch).Tare(r.Context(), 1); err != nil {
		t.Fatal(err)
	}
	h.reaches(t, r, at, 1, 0)
	h.Put(t, 1, -h.Item)
	h.reaches(t, r, at, 1, -h.Item)
}

func tareNowhere(t testing.TB, h Harness) {
	r, _ := h.open(t)
	if !r.Has(shelf.AbilityTare) {
		t.Skip("the shelf has no " + shelf.AbilityTare)
	}
	for _, bay := range []int{0, h.Bays + 1, observe.MaxBay + 1} {
		err := r.Plugin.Shelf(r.Handle, r.Epoch).Tare(r.Context(), bay)
		if fault.CodeOf(err) != fault.Invalid {
			t.Errorf("tare of bay %d of %d: %v, want code invalid", bay, h.Bays, err)
		}
	}
}

func noTare(t testing.TB, h Harness) {
	r, _ := h.open(t)
	if r.Has(shelf.AbilityTare) {
		t.Skip("the shelf has " + shelf.AbilityTare)
	}
	if err := r.Plugin.Shelf(r.Handle, r.Epoch).Tare(r.Context(), 1); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("tare: %v, want code unsupported", err)
	}
}
