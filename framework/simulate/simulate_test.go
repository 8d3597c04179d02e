package simulate

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/openaisle/aisle/framework/simulate/witness"
)

// budget runs seeds of a profile and fails on violations, with the command that
// runs each again.
func budget(t *testing.T, profile string, from uint64, seeds int) *Totals {
	t.Helper()
	sum := NewTotals(profile, from)
	Many(context.Background(), seeds, runtime.GOMAXPROCS(0), func(i int) Case {
		c, err := NewCase(profile, from+uint64(i))
		if err != nil {
			t.Error(err)
		}
		return c
	}, func(d Done) {
		sum.Add(&d)
		for _, v := range d.Result.Violations {
			t.Errorf("%s session %s at %s: %s\n  %s", v.ID, v.Session, v.At, v.Text, d.Case.Replay())
		}
	})
	return sum
}

// few is how many seeds there are in short tests.
func few(seeds int) int {
	if testing.Short() {
		return (seeds + 7) / 8
	}
	return seeds
}

// Without noise and faults every receipt is exactly what was taken.
func TestNoneIsExact(t *testing.T) {
	sum := budget(t, "none", 100, few(100))
	if sum.Exact != sum.Receipts-sum.Overcharged-sum.Undercharged && sum.Overcharged+sum.Undercharged > 0 || sum.Sessions < 10*sum.Seeds {
		t.Errorf("%d of %d receipts are exact, of %d sessions", sum.Exact, sum.Receipts, sum.Sessions)
	}
}

// Those who put back what nobody could hear of are counted among the overcharged,
// and by themselves.
func TestUnheardIsCounted(t *testing.T) {
	sum := NewTotals("nominal", 1)
	for range 2 {
		sum.Add(&Done{Result: Result{Tally: witness.Tally{Overcharged: 2, Unheard: 1}}})
	}
	if sum.Overcharged != 4 || sum.Unheard != 2 {
		t.Errorf("%d overcharged, %d of them unheard: want 4 and 2", sum.Overcharged, sum.Unheard)
	}
}

// A canteen without noise and faults charges what its scale for trade weighs, to the
// minor unit, and posts each visit on a badge or a meal plan once. With all faults no
// invariant breaks.
func TestCanteens(t *testing.T) {
	sum := budget(t, "canteen", 1, few(24))
	if sum.Undercharged*200 > sum.Receipts {
		t.Errorf("%d of %d receipts ask for too little", sum.Undercharged, sum.Receipts)
	}
	if sum.Overcharged > 0 || sum.OnAccount < sum.Seeds || sum.Weighed < sum.Seeds {
		t.Errorf("%d receipts ask for too much, %d visits are posted to an account, %d receipts have weighed goods, of %d stores",
			sum.Overcharged, sum.OnAccount, sum.Weighed, sum.Seeds)
	}
	sum = budget(t, "canteen-full", 1, few(24))
	if sum.OnAccount < sum.Seeds || sum.Weighed < sum.Seeds/4 {
		t.Errorf("%d visits are posted to an account, %d receipts have weighed goods, of %d stores", sum.OnAccount, sum.Weighed, sum.Seeds)
	}
}

// A quarter of the far seeds of profile full are canteens, and none of those that
// figures are given of.
func TestFullHasCanteens(t *testing.T) {
	count := func(from uint64) (n int) {
		for seed := from; seed < from+1000; seed++ {
			o, err := ProfileOf("full", seed)
			if err != nil {
				t.Fatal(err)
			}
			if o.Canteen {
				n++
			}
		}
		return n
	}
	if n := count(CanteensFrom - 1000); n != 0 {
		t.Errorf("%d canteens among seeds before %d", n, CanteensFrom)
	}
	if n := count(CanteensFrom); n < 200 || n > 300 {
		t.Errorf("%d of 1000 are canteens", n)
	}
}

func TestNoise(t *testing.T) {
	if sum := budget(t, "nominal", 1, few(60)); sum.Overcharged*1000 > sum.Receipts {
		t.Errorf("%d of %d receipts ask for too much", sum.Overcharged, sum.Receipts)
	}
	budget(t, "harsh", 1, few(30))
}

// Each fault alone, two seeds each: it strikes, and no invariant breaks.
func TestEachFault(t *testing.T) {
	all := Simulated()
	missed := 0
	Many(context.Background(), len(all), runtime.GOMAXPROCS(0), func(i int) Case {
		c, err := NewCase("nominal", 1)
		if err != nil {
			t.Error(err)
		}
		return c.About(all[i:i+1], false)
	}, func(d Done) {
		if d.Missed {
			missed++
			t.Errorf("%s never struck", d.Case.Named[0])
		}
		for _, v := range d.Result.Violations {
			t.Errorf("%s: %s session %s: %s\n  %s", d.Case.Named[0], v.ID, v.Session, v.Text, d.Case.Replay())
		}
	})
}

// Every fault is in the catalogue under its own id, and what the simulator does
// not inject names who does.
func TestCatalogue(t *testing.T) {
	for id := range faultCount {
		f := catalogue[id]
		if back, err := ParseFault(f.ID); err != nil || back != id || f.Tiers == "" || f.By == "" || f.Title == "" {
			t.Errorf("%d is %+v (%v)", id, f, err)
		}
	}
	if n := len(Pairs()); n != len(Simulated())*(len(Simulated())-1)/2 {
		t.Errorf("%d pairs", n)
	}
	for _, tr := range Triples(20, 7) {
		if tr[0] == tr[1] || tr[1] == tr[2] || tr[0] == tr[2] {
			t.Errorf("a triple %v", tr)
		}
	}
	if _, err := ParseFault("FX1"); err == nil {
		t.Error("FX1 is taken for a fault")
	}
	if _, err := ProfileOf("quiet", 1); err == nil {
		t.Error("quiet is taken for a profile")
	}
}

// The same seed gives the same run, event for event, whatever runs beside it.
func TestTraceIsEqualTwice(t *testing.T) {
	seeds := 200
	if raceEnabled {
		seeds = 40
	}
	traces := func(workers int) []string {
		before := runtime.GOMAXPROCS(workers)
		defer runtime.GOMAXPROCS(before)
		var out []string
		Many(context.Background(), seeds, workers, func(i int) Case {
			c, err := NewCase([]string{"none", "harsh", "faults", "full"}[i%4], uint64(i))
			if err != nil {
				t.Error(err)
			}
			c.Options.Visits = 8
			return c
		}, func(d Done) { out = append(out, fmt.Sprint(d.Case.Seed, " ", d.Result.Trace)) })
		return out
	}
	one, two := traces(1), traces(2)
	different := 0
	for i := range one {
		if one[i] != two[i] {
			different++
			t.Errorf("seed %d: %s and then %s", i, one[i], two[i])
		}
	}
	if len(one) != seeds || one[0] == one[1] {
		t.Errorf("%d traces, the first two %s and %s", len(one), one[0], one[1])
	}
}

// Mistakes put into the model of the host are found within few seeds, by an
// invariant that speaks of them.
func TestPlantedBugs(t *testing.T) {
	for _, b := range []struct {
		bug   Bug
		name  string
		about []FaultID
		by    []string
	}{
		{EffectBeforeDurable, "effect before durable", []FaultID{FP1}, []string{"M8"}},
		{FreshKey, "a fresh key for each attempt", []FaultID{FN2, FY4}, []string{"M8", "M3", "M4", "M13"}},
		{TimeoutAsFailure, "time-out taken for failure", []FaultID{FN2}, []string{"M3", "M4"}},
		{ForgetsPending, "pending asks are forgotten", []FaultID{FP1, FD5}, []string{"liveness", "M2", "M4"}},
		{ForgetsFact, "a fact is left out of its record", nil, []string{"M12"}},
	} {
		t.Run(b.name, func(t *testing.T) {
			const within = 60
			for seed := range uint64(within) {
				c, err := NewCase("none", seed)
				if err != nil {
					t.Fatal(err)
				}
				c = c.About(b.about, false)
				c.Options.Bug = b.bug
				for _, v := range Run(c.Seed, c.Options).Violations {
					for _, id := range b.by {
						if v.ID == id {
							t.Logf("found with seed %d by %s: %s", seed, v.ID, v.Text)
							return
						}
					}
				}
			}
			t.Errorf("not found in %d seeds", within)
		})
	}
}

// Results add up over runs, and no seed counts twice: a run that was stopped goes
// on where it was, and comes to the same.
func TestResultsAddUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results.json")
	run := func(file string, from uint64, n, stopAfter int) *Results {
		t.Helper()
		r, err := OpenResults(file, "none")
		if err != nil {
			t.Fatal(err)
		}
		from, n, err = r.Left(from, n)
		if err != nil {
			t.Fatal(err)
		}
		for i := range min(n, stopAfter) {
			c, err := NewCase("none", from+uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			c.Options.Visits = 6
			r.Add(&Done{Case: c, Result: Run(c.Seed, c.Options)})
		}
		if err := r.Save(1); err != nil {
			t.Fatal(err)
		}
		return r
	}
	run(file, 101, 5, 2)
	stopped := run(file, 101, 5, 9)
	whole := run(filepath.Join(t.TempDir(), "other.json"), 101, 5, 9)
	if a, b := stopped.Totals, whole.Totals; a.Seeds != 5 || a.Sessions != b.Sessions || a.Trace != b.Trace || a.From != 101 || len(stopped.Ranges) != 1 {
		t.Errorf("stopped once: %+v %v; in one: %+v", a, stopped.Ranges, b)
	}
	if again := run(file, 101, 5, 9); again.Totals.Seeds != 5 {
		t.Errorf("the same seeds were added twice: %d", again.Totals.Seeds)
	}
	if more := run(file, 106, 1, 9); more.Totals.Seeds != 6 || len(more.Ranges) != 1 {
		t.Errorf("what follows does not go on: %v", more.Ranges)
	}
	r, err := OpenResults(file, "none")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Left(99, 5); err == nil {
		t.Error("seeds of which some were run are run again")
	}
	if _, err := OpenResults(file, "full"); err == nil {
		t.Error("results of two profiles were added up")
	}
}
