package crash

import (
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if Child(os.Args[1:]) {
		return
	}
	os.Exit(m.Run())
}

func run(t *testing.T, o Options) Result {
	t.Helper()
	if err := Usable(); err != nil {
		t.Skip("no power can be cut here: " + err.Error())
	}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	return r
}

func TestNothingIsLost(t *testing.T) {
	points := 600
	if testing.Short() {
		points = 200 // too few for each kind of error
	}
	r := run(t, Options{Points: points, Journeys: 5})
	if r.Violations > 0 || r.Points != points || r.Depth2 < r.Points/5 {
		t.Errorf("%d points, %d of them during a recovery, %d violations", r.Points, r.Depth2, r.Violations)
	}
	if r.Cut != r.Operations && r.Cut < points/2 {
		t.Errorf("the power was cut at %d of %d operations", r.Cut, r.Operations)
	}
	for v := range variants {
		if r.Variants[v.String()] == 0 {
			t.Errorf("no power cut left anything %s", v)
		}
	}
	for e := range wrongs {
		if testing.Short() {
			break
		}
		if r.Variants[e.String()] == 0 {
			t.Errorf("the disk never answered with %s", e)
		}
	}
	if r.NoSpace == 0 || r.FailedSyncs == 0 && !testing.Short() {
		t.Errorf("%d appends without space, %d failed syncs", r.NoSpace, r.FailedSyncs)
	}
}

// Mistakes of whoever uses the journal, and of the disk, are found.
func TestMistakesAreFound(t *testing.T) {
	points := 150
	if testing.Short() {
		points = 60
	}
	for _, c := range []struct{ plant, found string }{
		{plantAckEarly, "was acknowledged"},
		{plantAskEarly, "was sent"},
		{plantNoSync, "was acknowledged"},
	} {
		t.Run(c.plant, func(t *testing.T) {
			r := run(t, Options{Points: points, Journeys: 2, From: 1, plant: c.plant})
			if r.Violations == 0 {
				t.Fatal("it was not found")
			}
			for _, f := range r.Findings {
				if strings.Contains(f.What, c.found) {
					return
				}
			}
			t.Errorf("it was taken for something else: %+v", r.Findings)
		})
	}
}

// What was found is found again by its name.
func TestOnePoint(t *testing.T) {
	points := 200
	if testing.Short() {
		points = 60
	}
	r := run(t, Options{Points: points, Journeys: 1, From: 3, plant: plantNoSync})
	for _, f := range r.Findings {
		if p, err := parsePoint(f.Point); err != nil || p.String() != f.Point {
			t.Fatalf("%s is read as %v: %v", f.Point, p, err)
		}
	}
	var cut string
	for _, f := range r.Findings {
		if strings.Contains(f.Point, Lost.String()) && !strings.Contains(f.Point, "/") {
			cut = f.Point
		}
	}
	if cut == "" {
		t.Fatalf("nothing was found: %+v", r)
	}
	one := run(t, Options{Only: cut, Journeys: 1, plant: plantNoSync})
	if one.Points != 1 || one.Violations != 1 || one.Findings[0].Point != cut {
		t.Errorf("%+v", one)
	}
	// Without the mistake there may be nothing left to lose there, and so no such point.
	if sound, err := Run(t.Context(), Options{Only: cut, Journeys: 1}); err == nil && sound.Violations != 0 {
		t.Errorf("%+v", sound)
	}
}

func TestPointsThatAreNone(t *testing.T) {
	for _, s := range []string{"1", "1:2", "1:2:lost", "x:2:lost:0", "1:x:lost:0", "1:2:eaten:0", "1:2:lost:x", "1:2:lost:0/", "1:2:lost:0/3"} {
		if p, err := parsePoint(s); err == nil {
			t.Errorf("%q is read as %v", s, p)
		}
	}
}

func TestRunsAddUp(t *testing.T) {
	a := Result{From: 1, Journeys: 200, Points: 1000, Variants: map[string]int{"lost": 3}}
	b := Result{From: 201, Journeys: 200, Points: 500, Violations: 1, Variants: map[string]int{"lost": 4}, Findings: []Finding{{Point: "201:1:lost:0"}}}
	sum, err := Add(a, b)
	if err != nil || sum.From != 1 || sum.Journeys != 400 || sum.Points != 1500 || sum.Violations != 1 || sum.Variants["lost"] != 7 || len(sum.Findings) != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	if _, err := Add(sum, b); err == nil {
		t.Error("the same journeys count twice")
	}
}

// The folder's own sync matters, and its error too: SQLite swallows it, and all
// that was acknowledged in a new log could go with the log's name. The journal
// syncs the folder itself, and does not open where that fails. The point is one at
// which a journal that does not would lose what it acknowledged.
func TestFolderSyncFails(t *testing.T) {
	if r := run(t, Options{Only: "90:102:sync_error:0"}); r.Violations != 0 {
		t.Errorf("%+v", r.Findings)
	}
}
